// An action, called: its config resolved, its context made, its result turned into a journal event and records.

import type { CompiledValue } from '../../kernel/expression/compile.ts'
import type { Json } from '../../kernel/json.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import {
  ActionError,
  type ActionContext,
  type ActionResult,
  type RegisteredAction,
  type Transaction,
} from '../../packs/kit.ts'
import { evaluateFor } from './evaluation.ts'
import type { Run } from './in-flight.ts'
import type { Records } from './outbox.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { eachOf, StepContext } from './step-context.ts'
import { waitRecords, writeRecords } from './waits.ts'

export interface Ended {
  readonly event?: JournalEvent | undefined
  readonly records?: Partial<Records> | undefined
}

type Call = (action: RegisteredAction, context: ActionContext<Json>) => Promise<ActionResult<Json>>

/** Resolves the config, calls the action, and says what to write. No event when the action keeps waiting. */
export async function act(
  execution: OwnedExecution,
  run: Run,
  config: CompiledValue,
  transaction: Transaction | undefined,
  call: Call,
): Promise<Ended> {
  const action = requireAction(execution, stepAt(execution.state.graph, run.index).step.action)
  const pending = evaluateFor(execution, config, eachOf(execution, run))
  const resolved = pending instanceof Promise ? await pending : pending
  return stepEnded(execution, run, await call(action, new StepContext(execution, run, resolved, '', transaction)))
}

export async function compensate(
  execution: OwnedExecution,
  run: Run,
  transaction: Transaction | undefined,
): Promise<Ended> {
  const { id: step, step: definition } = stepAt(execution.state.graph, run.index)
  const config = execution.version.templates[run.index]?.compensation
  if (definition.compensate === undefined || config === undefined) throw new Error(`Step ${step} has no compensation.`)
  const action = requireAction(execution, definition.compensate.action)
  const resolved = await evaluateFor(execution, config, undefined)
  const result = await action.run(new StepContext(execution, run, resolved, ':undo', transaction))
  if (result === 'keep waiting' || 'wait' in result) {
    throw new ActionError('step_failed', `${action.name} waits for something, so it cannot compensate a step.`)
  }
  checkSize(execution, result.output)
  const records = await writeRecords(execution, run, result.writes)
  const { attempt, startedAt } = run
  const at = execution.host.parts.now()
  return { event: { type: 'compensation.completed', step, attempt, output: result.output, at, startedAt }, records }
}

export function actionOf(execution: OwnedExecution, name: string): RegisteredAction | undefined {
  return execution.host.parts.findAction(execution.tenant, name)
}

/** Throws when the value is too large for the journal. */
export function checkSize(execution: OwnedExecution, value: Json): void {
  if (value === null || typeof value !== 'object') {
    if (typeof value !== 'string' || value.length <= execution.host.maxPayload) return
  }
  const size = JSON.stringify(value).length
  if (size <= execution.host.maxPayload) return
  throw new ActionError(
    'payload_too_large',
    `There are ${size} characters to keep; at most ${execution.host.maxPayload} are allowed. Return a reference instead.`,
  )
}

function stepEnded(execution: OwnedExecution, run: Run, result: ActionResult<Json>): Ended | Promise<Ended> {
  if (result === 'keep waiting') return {}
  if ('wait' in result) return stepWaits(execution, run, result)
  checkSize(execution, result.output)
  const event = completed(execution, run, result.outcome ?? 'completed', result.output)
  if (result.writes === undefined) return { event }
  return writeRecords(execution, run, result.writes).then((records) => ({ event, records }))
}

function completed({ state, host }: OwnedExecution, run: Run, outcome: string, output: Json): JournalEvent {
  const { item, attempt, startedAt } = run
  const step = stepAt(state.graph, run.index).id
  const at = host.parts.now()
  if (item === undefined) return { type: 'step.completed', step, attempt, outcome, output, startedAt, at }
  return { type: 'step.completed', step, item, attempt, outcome, output, startedAt, at }
}

async function stepWaits(
  execution: OwnedExecution,
  run: Run,
  result: Extract<ActionResult<Json>, { wait: unknown }>,
): Promise<Ended> {
  const at = execution.host.parts.now()
  const { item, attempt, startedAt } = run
  const step = stepAt(execution.state.graph, run.index).id
  const written = await writeRecords(execution, run, result.writes)
  const { wait, records } = await waitRecords(execution, run, result.wait, written)
  checkSize(execution, result.memo ?? null)
  const place = { step, attempt, startedAt, ...(item !== undefined && { item }) }
  const memo = result.memo === undefined ? {} : { memo: result.memo }
  return { event: { type: 'step.waiting', ...place, wait, ...memo, at }, records }
}

function requireAction(execution: OwnedExecution, name: string): RegisteredAction {
  const action = actionOf(execution, name)
  if (action !== undefined) return action
  throw new ActionError(
    'unknown_action',
    `No action ${name}: it is not registered, or its pack is not enabled for this tenant.`,
  )
}
