// Makes a world over HTTP, as its owner would; an engine has to be running.

import { memberRoles, type Role } from '../../src/kernel/access/permissions.ts'
import { buildGovernance } from './build-governance.ts'
import { type Builder, firstId, type Key, made, type Method, textAt, until } from './builder.ts'
import type { World } from './world.ts'

/** What tells the names of one world from those of another. */
export async function buildWorld(builder: Builder, mark: string): Promise<World> {
  const { members, keyOf, tenantId, slug } = builder
  const owner = await keyOf(members.owner.id)
  const make = async (path: string, body?: unknown) => made(await builder.send(owner.text, 'POST', path, body), path)
  const agent = textAt(await make('/agents', { name: `agent-${mark}` }), 'id')
  const agentKey = await make(`/agents/${agent}/api-keys`, { name: 'key' })
  const keys = await keysOf(builder, owner, { id: textAt(agentKey, 'id'), text: textAt(agentKey, 'key') })
  const executions = await buildExecutions(builder, keys, mark)
  const { workflow, waiting, paused } = executions
  const subscription = textAt(
    await make('/subscriptions', { url: 'https://example.com/hook', event_types: ['workflow.failed'] }),
    'id',
  )
  const secret = `SECRET_${mark.toUpperCase()}`
  await make('/secrets', { name: secret, value: 'worth keeping' })
  const council = `council-${mark}`
  await make('/councils', { name: council, title: 'Council', domain: 'media', members: [members.admin.id] })
  const first = (path: string) => firstId(builder, owner.text, path)
  const handed = await first(`/approvals?execution_id=${paused}`)
  return {
    ...{ tenantId, slug, ...executions, agent, subscription, secret, council, keys },
    ...(await buildGovernance({ builder, mark, keys, workflow, approval: handed })),
    approval: await first(`/approvals?execution_id=${waiting}`),
    form: await first(`/forms?execution_id=${waiting}`),
    webhook: await first('/triggers?kind=webhook'),
    schedule: await first('/triggers?kind=schedule'),
    member: members.viewer.id,
    agentKey: textAt(agentKey, 'id'),
    invitation: textAt(await make('/invitations', { email: `new@${mark}.example`, role: 'viewer' }), 'id'),
    delivery: textAt(await make(`/subscriptions/${subscription}/test`), 'delivery_id'),
  }
}

async function buildExecutions(builder: Builder, { owner, builder: author, agent }: Record<Role, Key>, mark: string) {
  const sendAs = async ({ text }: Key, method: Method, path: string, body: unknown = {}) =>
    made(await builder.send(text, method, path, body), path)
  // Whoever makes it or starts it does not decide what it asks.
  const save = (source: string) => sendAs(author, 'POST', '/workflows', { source })
  const start = async (workflow: string) =>
    textAt(await sendAs(agent, 'POST', '/executions', { workflow, inputs: {} }), 'id')
  const workflow = `flow-${mark}`
  const source = definitionOf(workflow, builder.members)
  await save(source)
  await save(failing(`failing-${mark}`))
  await save(passing(`passing-${mark}`))
  const waiting = await start(workflow)
  const paused = await start(workflow)
  const failed = await start(`failing-${mark}`)
  const completed = await start(`passing-${mark}`)
  await settled(builder, owner.text, waiting, 'waiting')
  await settled(builder, owner.text, paused, 'waiting')
  await sendAs(owner, 'POST', `/executions/${paused}/pause`)
  await settled(builder, owner.text, paused, 'paused')
  await settled(builder, owner.text, failed, 'failed')
  await settled(builder, owner.text, completed, 'completed')
  await sendAs(author, 'PUT', `/workflows/${workflow}`, { source: `${source}description: The second version\n` })
  await sendAs(author, 'PUT', `/workflows/${workflow}/tests`, { source: testCases })
  await sendAs(author, 'POST', `/workflows/${workflow}/tests`)
  return { workflow, waiting, paused, failed, completed }
}

/** Of a workflow of a world. */
export const testCases = '- { name: It waits, expect: {} }\n'

async function keysOf({ members, keyOf }: Builder, owner: Key, agent: Key): Promise<Record<Role, Key>> {
  const [admin, builder, operator, viewer] = [
    await keyOf(members.admin.id),
    await keyOf(members.builder.id),
    await keyOf(members.operator.id),
    await keyOf(members.viewer.id),
  ]
  return { owner, admin, builder, operator, viewer, agent }
}

async function settled({ send }: Builder, key: string, id: string, status: string): Promise<void> {
  await until(async () => {
    const { body } = await send(key, 'GET', `/executions/${id}`)
    return body['status'] === status ? true : undefined
  }, `an execution to be ${status}`)
}

function definitionOf(name: string, members: Builder['members']): string {
  const emails = memberRoles.map((role) => members[role].email)
  const asked = memberRoles.filter((role) => role !== 'viewer').map((role) => members[role].email)
  return `
name: ${name}
trigger:
  - webhook: { signature: standard }
  - { schedule: '0 9 * * MON', timezone: Europe/Berlin }
  - manual: {}
steps:
  - id: agree
    action: approval.request
    config:
      approvers: { members: [${asked.join(', ')}] }
      expires_in: 30d
      summary: Agree
  - id: fill
    action: form.request
    config:
      title: Why
      audience: { members: [${emails.join(', ')}] }
      expires_in: 30d
      fields:
        reason: { type: string }
`
}

const failing = (name: string): string => `
name: ${name}
steps:
  - id: check
    action: validate
    config:
      rules:
        - { check: '{{ 1 > 2 }}', message: It is not more }
`

const passing = (name: string): string => `
name: ${name}
steps:
  - id: note
    action: log
    config: { message: hello }
`
