// Executions that wait, moved to another version of their workflow: judged first, then told to move.

import type { Actor } from '../kernel/access/actor.ts'
import { readInputs, withDefaults } from '../kernel/definition/inputs.ts'
import { type Workflow, workflowSchema } from '../kernel/definition/workflow.ts'
import type { JsonObject } from '../kernel/json.ts'
import { fold } from '../kernel/plan/fold.ts'
import { buildGraph, type Graph } from '../kernel/plan/graph.ts'
import { versionIdOf } from '../kernel/plan/journal.ts'
import { planMigration, type StepMove } from '../kernel/plan/migration-plan.ts'
import { isMoveLegal } from '../kernel/plan/moves.ts'
import type { ExecutionState } from '../kernel/plan/state.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import type { Starter } from '../engine/triggers/starter.ts'
import type { Queryable } from '../record/database.ts'
import { type ExecutionDetail, findExecutionDetail, findVersionOf } from '../record/execution-details.ts'
import { readJournal } from '../record/journal.ts'
import { findVersion } from '../record/workflows.ts'
import type { GovernanceParts } from './approvals.ts'
import { controlExecution } from './executions.ts'

export interface MigrationParts extends Pick<GovernanceParts, 'now' | 'newId'> {
  /** Says under which concurrency limit it will stand. */
  readonly starter: Pick<Starter, 'admission'>
}

export interface MigrationWish {
  /** The current one when absent. */
  readonly version?: number | undefined
  readonly reason?: string | undefined
  /** Only says what would happen. */
  readonly isDryRun: boolean
}

export interface Migration {
  readonly from: number
  readonly to: number
  readonly steps: readonly StepMove[]
}

/**
 * Tells a waiting or paused execution to move to a version of its workflow, which its worker then does. Problems: `not_found`
 * (the execution, or the version); `conflict` and `invalid_input`, all reasons at once why it cannot be moved.
 */
export async function migrateExecution(
  parts: MigrationParts,
  client: Queryable,
  actor: Actor,
  executionId: string,
  wish: MigrationWish,
): Promise<Result<Migration>> {
  const { tenantId } = actor
  const execution = await findExecutionDetail(client, tenantId, executionId)
  if (execution === undefined) return failed({ code: 'not_found', message: `There is no execution ${executionId}.` })
  const { workflow, workflowId } = execution
  const target = await findVersionOf(client, tenantId, workflowId, wish.version ?? 'current')
  if (target === undefined) {
    const message = `The workflow "${workflow}" has no version ${wish.version}.`
    return failed({ code: 'not_found', message, pointer: '/version' })
  }
  const { state, version: from, versionId } = await foldExecution(client, tenantId, execution)
  const definition = workflowSchema.parse(target.definition)
  const { moves, problems } = planMigration(state, buildGraph(definition))
  const reasons = [
    ...statusProblems(execution),
    ...(target.id === versionId ? [sameVersion(executionId, from)] : []),
    ...(state.ended === undefined ? problems : []),
    ...inputProblems(execution, definition),
  ]
  if (reasons.length > 0) return failed(...reasons)
  const migration = { from, to: target.version, steps: moves }
  if (wish.isDryRun) return ok(migration)
  const next = { versionId: target.id, before: state.graph.workflow, after: definition }
  const limit = await limitOf(parts, tenantId, execution, next)
  if (!limit.ok) return limit
  const told = { versionId: target.id, ...(wish.reason !== undefined && { reason: wish.reason }), ...limit.value }
  const moved = await controlExecution(parts, client, actor, executionId, 'migrate', told)
  return moved.ok ? ok(migration) : moved
}

interface Folded {
  readonly state: ExecutionState
  /** Of the version that it runs now. */
  readonly version: number
  readonly versionId: string
}

async function foldExecution(client: Queryable, tenantId: string, execution: ExecutionDetail): Promise<Folded> {
  const events = (await readJournal(client, { tenantId, executionId: execution.id })).map(({ event }) => event)
  const ids = [execution.versionId, ...events.flatMap((event) => versionIdOf(event) ?? [])]
  const graphs = new Map<string, { graph: Graph; version: number }>()
  for (const id of new Set(ids)) {
    const found = await findVersion(client, tenantId, id)
    if (found !== undefined) graphs.set(id, { graph: buildGraph(workflowSchema.parse(found.definition)), ...found })
  }
  const versionOf = (id: string) => {
    const found = graphs.get(id)
    if (found === undefined) throw new Error(`Workflow version ${id} does not exist`)
    return found
  }
  const begun = (execution.startedAt ?? execution.createdAt).getTime()
  const state = fold(versionOf(execution.versionId).graph, begun, events, (id) => versionOf(id).graph)
  const versionId = ids.at(-1) ?? execution.versionId
  return { state, versionId, version: versionOf(versionId).version }
}

function statusProblems({ id, status }: ExecutionDetail): readonly Problem[] {
  if (isMoveLegal('migrate', status)) return []
  const hint =
    status === 'queued' || status === 'running'
      ? 'Pause it and try again, or wait until it waits.'
      : 'Retry it with the version, or start a new one.'
  return [
    {
      code: 'conflict',
      message: `The execution ${id} is ${status}: only one that waits or is paused can be moved.`,
      hint,
    },
  ]
}

const sameVersion = (id: string, version: number): Problem => ({
  code: 'conflict',
  message: `The execution ${id} runs version ${version} already.`,
  pointer: '/version',
})

/** What it was given must do for the version; what the version adds with a default is filled in. */
function inputProblems({ inputs }: ExecutionDetail, { inputs: fields }: Workflow): readonly Problem[] {
  return readInputs(fields, inputs, { allowUnknown: true }).problems.map(({ code, message }) => ({
    code,
    message: `The version cannot work with the inputs that the execution has: ${message}`,
    hint: 'Give the input a default, or `required: false`.',
  }))
}

/** Empty where neither version says anything of a limit. */
async function limitOf(
  { starter }: MigrationParts,
  tenantId: string,
  { workflowId, inputs: given, trigger, startedBy }: ExecutionDetail,
  { versionId, before, after }: { readonly versionId: string; readonly before: Workflow; readonly after: Workflow },
): Promise<Result<JsonObject>> {
  if (before.settings?.concurrency === undefined && after.settings?.concurrency === undefined) return ok({})
  const inputs = withDefaults(after.inputs, given)
  const limit = await starter.admission.limitOf({ tenantId, workflowId, versionId, inputs, trigger, startedBy })
  return limit.ok ? ok({ concurrency: limit.value === undefined ? null : { ...limit.value } }) : limit
}
