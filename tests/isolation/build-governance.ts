// What people decide on in a world: approvals of each kind, drafts, templates, absences.

import type { Role } from '../../src/kernel/access/permissions.ts'
import { isJsonObject } from '../../src/kernel/json.ts'
import { madeSilently, type Builder, firstId, type Key, made, textAt } from './builder.ts'
import type { GovernedWorld } from './world.ts'

type Keys = Readonly<Record<Role, Key>>

interface Scene {
  readonly builder: Builder
  readonly mark: string
  readonly keys: Keys
  /** A workflow that is active, an execution of which waits for an approval. */
  readonly workflow: string
  readonly approval: string
}

const dayMs = 86_400_000

/** An engine has to be running. */
export async function buildGovernance(scene: Scene): Promise<GovernedWorld> {
  const { builder, mark, keys, approval } = scene
  const { members } = builder
  const ids = {
    owner: members.owner.id,
    admin: members.admin.id,
    builder: members.builder.id,
    operator: members.operator.id,
    viewer: members.viewer.id,
  }
  const board = `board-${mark}`
  await post(scene, 'owner', '/councils', {
    ...{ name: board, title: 'Board', domain: 'board', threshold: 1 },
    members: [ids.admin, ids.operator, ids.viewer],
  })
  madeSilently(
    await builder.send(keys.owner.text, 'POST', `/approvals/${approval}/delegate`, { member: ids.viewer }),
    'delegate',
  )
  const policy = await policyAsks(scene)
  const workflows = await buildCritical(scene)
  const templates = await buildTemplates(scene, board)
  const drafts = await buildDrafts(scene, board)
  const absence = await post(scene, 'operator', '/absences', {
    delegate: ids.admin,
    starts_at: new Date(Date.now() + dayMs).toISOString(),
    ends_at: new Date(Date.now() + 2 * dayMs).toISOString(),
  })
  const asks = {
    ...{ policy, activation: workflows.activation, run: workflows.run },
    ...{ template: templates.approval, draft: drafts.approval },
  }
  return {
    ...{ members: ids, board, handed: approval, asks, absence: textAt(absence, 'id') },
    ...{ critical: workflows.critical, held: workflows.held },
    ...{ template: templates.template, templateId: templates.templateId },
    ...{ instant: templates.instant, asked: templates.asked, deleted: templates.deleted },
    ...{ drafts: drafts.drafts, submitted: drafts.submitted, comments: drafts.comments },
    ...{ approved: drafts.approved, ready: drafts.ready },
  }
}

async function post({ builder, keys }: Scene, as: Role, path: string, body: unknown = {}) {
  return made(await builder.send(keys[as].text, 'POST', path, body), path)
}

/** Raises the policy at once, and asks to lower it. */
async function policyAsks({ builder, keys }: Scene): Promise<string> {
  const patch = async (body: object) =>
    made(await builder.send(keys.owner.text, 'PATCH', '/policies', body), '/policies')
  await patch({ classes: { C: { run: { approvers: { roles: ['owner', 'admin'] }, quorum: 1 } } } })
  const { pending_change: pending } = await patch({ edit_and_approve: true })
  if (!isJsonObject(pending)) throw new Error('No change waits')
  return textAt(pending, 'approval_id')
}

async function buildCritical(scene: Scene) {
  const { builder, keys, mark } = scene
  const [critical, held] = [`critical-${mark}`, `held-${mark}`]
  const activationOf = async (name: string) => {
    const { activation } = await post(scene, 'owner', '/workflows', { source: sending(name) })
    if (!isJsonObject(activation)) throw new Error('No approval')
    return textAt(activation, 'approval_id')
  }
  const activation = await activationOf(critical)
  await post(scene, 'admin', `/approvals/${await activationOf(held)}/decision`, { decision: 'approve' })
  const execution = textAt(await post(scene, 'owner', '/executions', { workflow: held, inputs: {} }), 'id')
  const run = await firstId(builder, keys.owner.text, `/approvals?execution_id=${execution}`)
  return { critical, held, activation, run }
}

async function buildTemplates(scene: Scene, board: string) {
  const { mark, builder, keys } = scene
  const [template, instant, asked, deleted] = [`blank-${mark}`, `instant-${mark}`, `asked-${mark}`, `deleted-${mark}`]
  const create = async (name: string) => textAt(await post(scene, 'owner', '/templates', templateOf(name)), 'id')
  const templateId = await create(template)
  const ask = async (name: string) =>
    textAt(await post(scene, 'owner', `/templates/${name}/pre-approval`, { council: board }), 'approval_id')
  await create(instant)
  await post(scene, 'admin', `/approvals/${await ask(instant)}/decision`, { decision: 'approve' })
  await create(asked)
  const approval = await ask(asked)
  await create(deleted)
  madeSilently(await builder.send(keys.owner.text, 'DELETE', `/templates/${deleted}`), 'delete')
  return { template, templateId, instant, asked, deleted, approval }
}

async function buildDrafts(scene: Scene, board: string) {
  const { workflow } = scene
  const create = async (as: Role, given: object = {}) =>
    textAt(await post(scene, as, '/drafts', { name: 'Run it', workflow, inputs: {}, ...given }), 'id')
  const submitted = await create('builder', { council: board })
  const approval = textAt(await post(scene, 'builder', `/drafts/${submitted}/submit`), 'approval_id')
  const approve = async () => {
    const id = await create('operator')
    await post(scene, 'operator', `/drafts/${id}/submit`)
    return id
  }
  const approved = await approve()
  const ready = await approve()
  const drafts = {
    owner: await create('owner'),
    admin: await create('admin'),
    builder: await create('builder'),
    operator: await create('operator'),
    viewer: submitted,
    agent: await create('agent'),
  }
  const say = async (as: Role) =>
    textAt(await post(scene, as, `/drafts/${drafts[as]}/comments`, { body: 'Why?' }), 'id')
  const comments = {
    owner: await say('owner'),
    admin: await say('admin'),
    builder: await say('builder'),
    operator: await say('operator'),
    viewer: await say('viewer'),
    agent: await say('agent'),
  }
  return { drafts, submitted, approved, ready, approval, comments }
}

const sending = (name: string): string => `
name: ${name}
steps:
  - id: order
    action: http.request
    config: { method: POST, url: 'https://partner.invalid/orders' }
`

export const templateOf = (name: string) => ({
  ...{ name, title: 'Say hello', category: 'operations' },
  source: `name: ${name}
inputs:
  who: { type: string }
  words: { type: string }
steps:
  - id: greet
    action: log
    config: { message: '{{ inputs.words }}' }
`,
  default_inputs: { words: '{{ copy.greeting }}' },
  required_fields: ['who'],
  approved_copy_blocks: { greeting: 'Hello {who}.' },
})
