// Makes a world over HTTP, as its owner would; an engine has to be running.

import { setTimeout as pause } from 'node:timers/promises'
import { memberRoles, type Role } from '../../src/kernel/access/permissions.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { buildGovernance } from './build-governance.ts'
import type { World } from './world.ts'

export interface Answered {
  readonly status: number
  readonly body: JsonObject
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Builder {
  /** Sends a request with a key, whichever version it meets. */
  send(key: string, method: Method, path: string, body?: unknown): Promise<Answered>
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
  const agent = textAt(await make('/agents', { name: `agent-${mark}` }), 'id')
  const agentKey = await make(`/agents/${agent}/api-keys`, { name: 'key' })
  const keys = await keysOf(builder, owner, { id: textAt(agentKey, 'id'), text: textAt(agentKey, 'key') })
  const executions = await buildExecutions(builder, owner, mark)
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

async function buildExecutions(builder: Builder, owner: Key, mark: string) {
  const make = async (path: string, body?: unknown) => made(await builder.send(owner.text, 'POST', path, body), path)
  const put = async (path: string, body: unknown) => made(await builder.send(owner.text, 'PUT', path, body), path)
  const start = async (workflow: string) => textAt(await make('/executions', { workflow, inputs: {} }), 'id')
  const workflow = `flow-${mark}`
  const source = definitionOf(workflow, builder.members)
  await make('/workflows', { source })
  await make('/workflows', { source: failing(`failing-${mark}`) })
  await make('/workflows', { source: passing(`passing-${mark}`) })
  const waiting = await start(workflow)
  const paused = await start(workflow)
  const failed = await start(`failing-${mark}`)
  const completed = await start(`passing-${mark}`)
  await settled(builder, owner.text, waiting, 'waiting')
  await settled(builder, owner.text, paused, 'waiting')
  await make(`/executions/${paused}/pause`, {})
  await settled(builder, owner.text, paused, 'paused')
  await settled(builder, owner.text, failed, 'failed')
  await settled(builder, owner.text, completed, 'completed')
  await put(`/workflows/${workflow}`, { source: `${source}description: The second version\n` })
  await put(`/workflows/${workflow}/tests`, { source: testCases })
  await make(`/workflows/${workflow}/tests`, {})
  return { workflow, waiting, paused, failed, completed }
}

/** Of a workflow of a world. */
export const testCases = '- { name: It waits, expect: {} }\n'

export type Key = { readonly id: string; readonly text: string }

async function keysOf({ members, keyOf }: Builder, owner: Key, agent: Key): Promise<Record<Role, Key>> {
  const [admin, builder, operator, viewer] = [
    await keyOf(members.admin.id),
    await keyOf(members.builder.id),
    await keyOf(members.operator.id),
    await keyOf(members.viewer.id),
  ]
  return { owner, admin, builder, operator, viewer, agent }
}

export function made({ status, body }: Answered, path: string): JsonObject {
  if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(body)}`)
  return body
}

export function textAt(body: JsonObject, name: string): string {
  const { [name]: text } = body
  if (typeof text !== 'string') throw new Error(`There is no "${name}" in ${JSON.stringify(body)}`)
  return text
}

export function answerless({ status, body }: Answered, what: string): void {
  if (status !== 204) throw new Error(`${what} answered ${status}: ${JSON.stringify(body)}`)
}

const longestMs = 30_000

async function settled({ send }: Builder, key: string, id: string, status: string): Promise<void> {
  await until(async () => {
    const { body } = await send(key, 'GET', `/executions/${id}`)
    return body['status'] === status ? true : undefined
  }, `an execution to be ${status}`)
}

/** As soon as a list has one. */
export async function firstId({ send }: Builder, key: string, path: string): Promise<string> {
  return until(async () => {
    const { items } = (await send(key, 'GET', path)).body
    const first = Array.isArray(items) ? items[0] : undefined
    return typeof first !== 'object' || first === null || Array.isArray(first) ? undefined : textAt(first, 'id')
  }, `${path} to list something`)
}

async function until<T>(look: () => Promise<T | undefined>, wanted: string): Promise<T> {
  const deadline = performance.now() + longestMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (performance.now() > deadline) throw new Error(`Waited for ${wanted}`)
    await pause(20)
  }
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
