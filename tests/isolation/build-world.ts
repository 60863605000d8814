// Makes a world over HTTP, as its owner would; an engine has to be running.

import { setTimeout as pause } from 'node:timers/promises'
import { memberRoles, type Role } from '../../src/kernel/access/permissions.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import type { World } from './world.ts'

export interface Answered {
  readonly status: number
  readonly body: JsonObject
}

export interface Builder {
  /** Sends a request with a key. */
  send(key: string, method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<Answered>
  readonly tenantId: string
  readonly slug: string
  /** By role, without that of agents. */
  readonly members: Readonly<Record<(typeof memberRoles)[number], { readonly id: string; readonly email: string }>>
  keyOf(memberId: string): Promise<{ id: string; text: string }>
}

/** What tells the names of one world from those of another. */
export async function buildWorld(builder: Builder, mark: string): Promise<World> {
  const { members, keyOf, tenantId, slug } = builder
  const owner = await keyOf(members.owner.id)
  const make = async (path: string, body?: unknown) => made(await builder.send(owner.text, 'POST', path, body), path)
  const workflow = `flow-${mark}`
  const emails = memberRoles.map((role) => members[role].email)
  await make('/workflows', { source: definitionOf(workflow, emails) })
  await make('/workflows', { source: failing(`failing-${mark}`) })
  const waiting = textAt(await make('/executions', { workflow, inputs: {} }), 'id')
  const paused = textAt(await make('/executions', { workflow, inputs: {} }), 'id')
  const failed = textAt(await make('/executions', { workflow: `failing-${mark}`, inputs: {} }), 'id')
  await settled(builder, owner.text, waiting, 'waiting')
  await settled(builder, owner.text, paused, 'waiting')
  await make(`/executions/${paused}/pause`, {})
  await settled(builder, owner.text, paused, 'paused')
  await settled(builder, owner.text, failed, 'failed')
  const first = async (path: string) => firstId(await builder.send(owner.text, 'GET', path), path)
  const agent = textAt(await make('/agents', { name: `agent-${mark}` }), 'id')
  const agentKey = await make(`/agents/${agent}/api-keys`, { name: 'key' })
  const subscription = textAt(
    await make('/subscriptions', { url: 'https://example.com/hook', event_types: ['workflow.failed'] }),
    'id',
  )
  const secret = `SECRET_${mark.toUpperCase()}`
  await make('/secrets', { name: secret, value: 'worth keeping' })
  const council = `council-${mark}`
  await make('/councils', { name: council, title: 'Council', domain: 'media', members: [members.admin.id] })
  return {
    ...{ tenantId, slug, workflow, waiting, paused, failed, agent, subscription, secret, council },
    approval: await first(`/approvals?execution_id=${waiting}`),
    form: await first(`/forms?execution_id=${waiting}`),
    webhook: await first('/triggers?kind=webhook'),
    schedule: await first('/triggers?kind=schedule'),
    member: members.viewer.id,
    agentKey: textAt(agentKey, 'id'),
    invitation: textAt(await make('/invitations', { email: `new@${mark}.example`, role: 'viewer' }), 'id'),
    delivery: textAt(await make(`/subscriptions/${subscription}/test`), 'delivery_id'),
    keys: await keysOf(builder, owner, { id: textAt(agentKey, 'id'), text: textAt(agentKey, 'key') }),
  }
}

type Key = { readonly id: string; readonly text: string }

async function keysOf({ members, keyOf }: Builder, owner: Key, agent: Key): Promise<Record<Role, Key>> {
  const [admin, builder, operator, viewer] = [
    await keyOf(members.admin.id),
    await keyOf(members.builder.id),
    await keyOf(members.operator.id),
    await keyOf(members.viewer.id),
  ]
  return { owner, admin, builder, operator, viewer, agent }
}

function made({ status, body }: Answered, path: string): JsonObject {
  if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(body)}`)
  return body
}

function textAt(body: JsonObject, name: string): string {
  const { [name]: text } = body
  if (typeof text !== 'string') throw new Error(`There is no "${name}" in ${JSON.stringify(body)}`)
  return text
}

function firstId({ body }: Answered, path: string): string {
  const { items } = body
  const first = Array.isArray(items) ? items[0] : undefined
  if (typeof first !== 'object' || first === null || Array.isArray(first)) throw new Error(`${path} lists nothing`)
  return textAt(first, 'id')
}

const longestMs = 30_000

async function settled({ send }: Builder, key: string, id: string, status: string): Promise<void> {
  const deadline = performance.now() + longestMs
  for (;;) {
    const { body } = await send(key, 'GET', `/executions/${id}`)
    if (body['status'] === status) return
    if (performance.now() > deadline) throw new Error(`An execution is ${String(body['status'])}, not ${status}`)
    await pause(20)
  }
}

const definitionOf = (name: string, emails: readonly string[]): string => `
name: ${name}
trigger:
  - webhook: { signature: standard }
  - { schedule: '0 9 * * MON', timezone: Europe/Berlin }
  - manual: {}
steps:
  - id: agree
    action: approval.request
    config:
      approvers: { members: [${emails.join(', ')}] }
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

const failing = (name: string): string => `
name: ${name}
steps:
  - id: check
    action: validate
    config:
      rules:
        - { check: '{{ 1 > 2 }}', message: It is not more }
`
