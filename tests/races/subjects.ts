// What a round races about: something of each kind that waits for people, made by the product itself.

import type { DraftContent } from '../../src/kernel/draft/difference.ts'
import type { Result } from '../../src/kernel/problem.ts'
import { validateWorkflow } from '../../src/kernel/definition/validation.ts'
import { createDraft } from '../../src/governance/draft-editing.ts'
import { submitDraft } from '../../src/governance/draft-submission.ts'
import { giveGrant } from '../../src/governance/grants.ts'
import { changePolicies } from '../../src/governance/policies.ts'
import { saveGoverned } from '../../src/governance/save-governed.ts'
import { askPreApproval } from '../../src/governance/template-approval.ts'
import { createTemplate } from '../../src/governance/templates.ts'
import { ok } from '../../src/kernel/problem.ts'
import { closureOf } from '../../src/engine/gate/closure.ts'
import { workflowSchema, type Workflow } from '../../src/kernel/definition/workflow.ts'
import { notifyRunnable, type Queryable } from '../../src/record/database.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { findVersion, findWorkflow } from '../../src/record/workflows.ts'
import type { Dice } from '../fuzz/dice.ts'
import { inRequest, type Stage } from './stage.ts'
import { council, councillors, financeManagers, governors, type Name, type Person, type RaceTenant } from './tenant.ts'

export const kinds = ['activation', 'draft', 'template', 'policy', 'step', 'run'] as const
export type Kind = (typeof kinds)[number]

export interface Scene {
  readonly kind: Kind
  readonly stage: Stage
  readonly dice: Dice
  readonly tenant: RaceTenant
  /** Of workflows, templates and tags of this round. */
  readonly mark: string
  readonly requester: Name
  readonly author: Name
  readonly asked: readonly Name[]
  readonly approvalId: string
  readonly expiresAt: number
  /** Of a draft, a template or a change of the policy. */
  readonly subjectId: string
  /** Where there is one from the beginning. */
  readonly version: { readonly workflowId: string; readonly id: string; readonly version: number } | undefined
  readonly executionId: string | undefined
}

const childName = 'race-child'

/** YAML; JSON is. `salt` is another content. */
export function sourceOf({ stage, mark }: Pick<Scene, 'stage' | 'mark'>, salt: string, withChild = false): string {
  const call = { method: 'POST', url: stage.outside, body: '{{ inputs.tag }}' }
  return JSON.stringify({
    name: mark,
    inputs: { tag: { type: 'string' } },
    steps: [
      { id: 'say', action: 'log', config: { message: `Content ${salt}` } },
      { id: 'call', action: 'http.request', config: call },
      ...(withChild ? [{ id: 'child', action: 'workflow.run', config: { workflow: childName } }] : []),
    ],
  })
}

export const childSource = (salt: string): string =>
  JSON.stringify({ name: childName, steps: [{ id: 'say', action: 'log', config: { message: `Child ${salt}` } }] })

export function parsed({ parts }: Stage, source: string): Workflow {
  const { workflow, problems } = validateWorkflow(source, {
    actions: parts.registry.actions(['core']),
    secrets: new Set(),
  })
  if (workflow === undefined) throw new Error(JSON.stringify(problems))
  return workflow
}

function within<T>({ database }: Stage, tenantId: string, work: (client: Queryable) => Promise<Result<T>>) {
  return inRequest(database, tenantId, work).then((result) => {
    if (result.ok) return result.value
    throw new Error(`A round could not begin: ${JSON.stringify(result.problems)}`)
  })
}

type Setting = Pick<Scene, 'kind' | 'stage' | 'dice' | 'tenant' | 'mark'>

/** What waits for people, all that can go wrong still before it. */
export async function openScene(setting: Setting): Promise<Scene> {
  const { stage, tenant, kind } = setting
  const made = await make[kind](setting)
  const { rows } = await stage.sql.query<{ id: string; expiresAt: Date; subjectId: string | null }>(
    `select id, expires_at as "expiresAt", subject_id as "subjectId" from approvals
      where tenant_id = $1 and kind = $2 and status = 'pending' and ($3::uuid is null or execution_id = $3) order by id desc limit 1`,
    [tenant.id, kind, made.executionId ?? null],
  )
  const [row] = rows
  if (row === undefined) throw new Error(`Nothing waits for people in a round of ${kind}`)
  const version =
    made.version ?? (kind === 'activation' ? await currentVersion(stage, tenant.id, setting.mark) : undefined)
  return {
    ...setting,
    ...made,
    version,
    executionId: made.executionId,
    approvalId: row.id,
    expiresAt: row.expiresAt.getTime(),
    subjectId: row.subjectId ?? '',
  }
}

interface Made {
  readonly requester: Name
  readonly author: Name
  readonly asked: readonly Name[]
  readonly executionId?: string
  readonly version?: Scene['version']
}

const make: Record<Kind, (setting: Setting) => Promise<Made>> = {
  activation: async (setting) => {
    const { stage, tenant, dice } = setting
    const by = dice.pick(['adam', 'anna', 'bob'] as const)
    const withChild = dice.falls(0.4)
    if (withChild) await save(stage, tenant, tenant.people.olga, childSource('first'))
    await save(stage, tenant, tenant.people[by], sourceOf(setting, 'first', withChild))
    return { requester: by, author: by, asked: governors }
  },
  draft: async (setting) => {
    const { stage, tenant, dice } = setting
    const by = dice.pick(['fay', 'bob'] as const)
    const content: DraftContent = {
      ...{ name: 'Race', purpose: null, workflow: null, schedule: null, council },
      source: sourceOf(setting, 'first'),
      inputs: { tag: `${setting.mark}-draft` },
    }
    const { id } = await within(stage, tenant.id, (client) =>
      createDraft(stage.parts, client, tenant.people[by], content),
    )
    await within(stage, tenant.id, (client) => submitDraft(stage.parts, client, tenant.people[by], { id }))
    return { requester: by, author: by, asked: councillors }
  },
  template: async (setting) => {
    const { stage, tenant, dice, mark } = setting
    const [author, by] = dice.pick([
      ['bob', 'fay'],
      ['bob', 'bob'],
      ['fay', 'bob'],
    ] as const)
    const given = { name: mark, title: mark, description: '', category: 'test', tags: [] }
    const fields = { defaultInputs: {}, requiredFields: ['tag'], optionalFields: [], copyBlocks: {} }
    const source = sourceOf(setting, 'first')
    await within(stage, tenant.id, (client) =>
      createTemplate(stage.parts, client, tenant.people[author], { ...given, ...fields, source }),
    )
    await within(stage, tenant.id, (client) =>
      askPreApproval(stage.parts, client, tenant.people[by], { name: mark, council }),
    )
    return { requester: by, author, asked: councillors }
  },
  policy: async ({ stage, tenant, dice, mark }) => {
    const by = dice.pick(['olga', 'adam', 'anna'] as const)
    const edit = { kept: {}, governance: { internal_hosts: [`${mark}.example`] } }
    await within(stage, tenant.id, (client) =>
      changePolicies(stage.parts, client, tenant.people[by], edit, () => ok(undefined)),
    )
    return { requester: by, author: by, asked: governors }
  },
  step: (setting) => park(setting, true),
  run: (setting) => park(setting, false),
}

const signing = {
  id: 'sign',
  action: 'approval.request',
  config: { approvers: { role: 'finance_manager' }, quorum: 2, expires_in: '1h', details: { amount: 7 } },
}

/** A real execution that waits; Bob made what it runs. */
async function park(setting: Setting, signs: boolean): Promise<Made> {
  const { stage, tenant, mark, dice } = setting
  const by = dice.pick(['fay', 'adam'] as const)
  const name = signs ? 'race-step' : 'race-run'
  const definition = { ...JSON.parse(sourceOf({ stage, mark: name }, 'same')), name }
  if (signs) definition.steps = [signing, { ...definition.steps[1], depends_on: ['sign.approved'] }]
  else definition.steps = [definition.steps[1]]
  await save(stage, tenant, tenant.people.bob, JSON.stringify(definition))
  const version = await currentVersion(stage, tenant.id, name)
  if (signs) await countersign(stage, tenant.id, version.id)
  const executionId = await start({ stage, tenant }, version, `${mark}-${name}`, tenant.people[by])
  await waits(stage, executionId)
  return { requester: by, author: 'bob', asked: financeManagers, executionId, version }
}

export async function start(
  { stage, tenant }: Pick<Scene, 'stage' | 'tenant'>,
  version: { readonly workflowId: string; readonly id: string },
  tag: string,
  by: Person,
): Promise<string> {
  const { engine } = stage.database
  const id = stage.parts.newId()
  const ids = { tenantId: tenant.id, id, workflowId: version.workflowId, versionId: version.id }
  const given = { inputs: { tag }, trigger: { tag }, startedBy: `member:${by.id}`, createdAt: new Date(stage.now()) }
  await startExecutions(engine, [{ ...ids, ...given }])
  await notifyRunnable(engine)
  return id
}

async function waits(stage: Stage, executionId: string): Promise<void> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await stage.heard()) {
    const { rowCount } = await stage.sql.query(
      `select from approvals a join execution_states e on e.tenant_id = a.tenant_id and e.id = a.execution_id
        where a.execution_id = $1 and a.status = 'pending' and e.worker_id is null`,
      [executionId],
    )
    if (rowCount === 1) return
  }
  const { rows } = await stage.sql.query(`select status, failure from execution_states where id = $1`, [executionId])
  throw new Error(`Execution ${executionId} never waited for people: ${JSON.stringify(rows)}`)
}

function save(stage: Stage, tenant: RaceTenant, by: Person, source: string) {
  const workflow = parsed(stage, source)
  return within(stage, tenant.id, async (client) =>
    ok(await saveGoverned(stage.parts, client, by, { workflow, source })),
  )
}

async function currentVersion({ database }: Stage, tenantId: string, name: string) {
  const row = await findWorkflow(database.engine, tenantId, name)
  if (row === undefined) throw new Error(`There is no workflow ${name}`)
  return { workflowId: row.id, id: row.versionId, version: row.version }
}

/** Unless it is: an earlier round may have revoked it. What is pending for it is of no interest to these rounds. */
async function countersign({ sql, database, parts }: Stage, tenantId: string, versionId: string): Promise<void> {
  const { engine } = database
  await sql.query(`delete from approvals where tenant_id = $1 and subject_id = $2 and status = 'pending'`, [
    tenantId,
    versionId,
  ])
  const found = await findVersion(engine, tenantId, versionId)
  const { rowCount } = await engine.query(
    `select from grants where tenant_id = $1 and version_id = $2 and revoked_at is null`,
    [tenantId, versionId],
  )
  if (found === undefined || rowCount !== 0) return
  const { hash: contentHash, content } = await closureOf(engine, tenantId, workflowSchema.parse(found.definition))
  const ids = { workflowId: found.workflowId, versionId, approvalId: null }
  await giveGrant(
    parts,
    engine,
    { tenantId },
    { kind: 'activation', ...ids, acts: ['activate_workflow'], contentHash, content },
  )
}
