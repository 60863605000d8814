// An action, called: its config resolved, its context made, its result turned into a journal event and records.

import type { CompiledValue } from '../../kernel/expression/compile.ts'
import type { Json } from '../../kernel/json.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import {
  ActionError,
  type ActionResult,
  type RegisteredAction,
  type Signal,
  type Transaction,
} from '../../packs/kit.ts'
import { admitStep, type HeldAnswer } from '../gate/admission.ts'
import { requireYes } from '../gate/held-run.ts'
import { impactNow, pass } from '../gate/step-gate.ts'
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

/** A step as it is begun, or begun after people were asked, or woken. */
interface Attempt {
  readonly execution: OwnedExecution
  readonly run: Run
  readonly config: CompiledValue
  readonly transaction: Transaction | undefined
}

/** Resolves the config, lets it through the gate, runs the action, and says what to write. */
export async function act(attempt: Attempt, answer?: HeldAnswer): Promise<Ended> {
  const { execution, run } = attempt
  const place = { index: run.index, purpose: '', action: actionAt(execution, run) } as const
  if (answer !== undefined) requireYes({ execution, ...place }, answer.signal)
  const value = resolved(attempt, answer?.askedAt)
  const deed = { ...place, config: value instanceof Promise ? await value : value }
  const level = impactNow(execution, deed)
  const impact = level instanceof Promise ? await level : level
  if (impact === 'C') {
    const held = await admitStep({ execution, signal: run.signal, ...deed }, run, answer)
    if (held !== undefined) return held
  }
  return stepEnded(execution, run, await deed.action.run(new StepContext(attempt, deed, impact)))
}

/** The same for what has waited. No event when the action keeps waiting. */
export async function resume(attempt: Attempt, signal: Signal, memo: Json | undefined): Promise<Ended> {
  const { execution, run } = attempt
  const action = actionAt(execution, run)
  const deed = { index: run.index, purpose: '', action, config: await resolved(attempt) } as const
  const context = new StepContext(attempt, deed, await impactNow(execution, deed, false))
  return stepEnded(execution, run, await action.resume(context, signal, memo))
}

/** As of the moment at which the attempt began, unless people were asked about that of an earlier one. */
function resolved({ execution, run, config }: Attempt, at = run.startedAt): Json | Promise<Json> {
  return evaluateFor(execution, config, eachOf(execution, run), at)
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
  const resolvedConfig = await evaluateFor(execution, config, undefined)
  const deed = { index: run.index, purpose: ':undo', action, config: resolvedConfig } as const
  const impact = await impactNow(execution, deed)
  // Nobody is asked about it alone: what undoes is allowed by what allowed the deed.
  if (impact === 'C') await pass({ execution, signal: run.signal, ...deed })
  const result = await action.run(new StepContext({ execution, run, transaction }, deed, impact))
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

const actionAt = (execution: OwnedExecution, { index }: Run): RegisteredAction =>
  requireAction(execution, stepAt(execution.state.graph, index).step.action)

function requireAction(execution: OwnedExecution, name: string): RegisteredAction {
  const action = actionOf(execution, name)
  if (action !== undefined) return action
  throw new ActionError(
    'unknown_action',
    `No action ${name}: it is not registered, or its pack is not enabled for this tenant.`,
  )
}
