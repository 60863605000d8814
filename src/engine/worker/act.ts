// An action, called: its config resolved, its context made, its result turned into a journal event and records.

import { type CompiledValue, compileValue } from '../../kernel/expression/compile.ts'
import type { Scope } from '../../kernel/expression/scope.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'
import type { Result } from '../../kernel/problem.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { stateAt } from '../../kernel/plan/state.ts'
import {
  ActionError,
  type ActionContext,
  type ActionResult,
  type RegisteredAction,
  type Transaction,
} from '../../packs/kit.ts'
import { ProblemError } from './failure.ts'
import type { Run } from './in-flight.ts'
import type { Records } from './outbox.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { pastTrouble } from './passing.ts'
import { type EachItem, scopeOf } from './scope.ts'
import { waitRecords, writeRecords } from './waits.ts'

/** How a run ended: with an event and its records, or with records alone. */
export interface Ended {
  readonly event?: JournalEvent
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
  return stepEnded(execution, run, await call(action, actionContext(execution, run, resolved, '', transaction)))
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
  const result = await action.run(actionContext(execution, run, resolved, ':undo', transaction))
  if (result === 'keep waiting' || 'wait' in result) {
    throw new ActionError('step_failed', `${action.name} waits for something, so it cannot compensate a step.`)
  }
  checkSize(execution, result.output)
  const records = await writeRecords(execution, run, result.writes)
  const { attempt, startedAt } = run
  const at = execution.host.parts.now()
  return { event: { type: 'compensation.completed', step, attempt, output: result.output, at, startedAt }, records }
}

/** The value of a template in the execution as it stands, at once where it can be. Throws a `ProblemError` when it has none. */
export function evaluateFor(
  execution: OwnedExecution,
  value: CompiledValue,
  each: EachItem | undefined,
): Json | Promise<Json> {
  if (value.root.kind === 'constant') return value.root.value
  return valueOf(execution, value, currentScope(execution, each))
}

function valueOf(execution: OwnedExecution, value: CompiledValue, scope: Scope): Json | Promise<Json> {
  const pending = execution.host.parts.evaluate(value, scope)
  return pending instanceof Promise ? pending.then(valueOrProblem) : valueOrProblem(pending)
}

function valueOrProblem(result: Result<Json>): Json {
  if (!result.ok) throw new ProblemError(result.problems)
  return result.value
}

function currentScope({ host, claimed, version, state, tenant }: OwnedExecution, each: EachItem | undefined): Scope {
  const { parts } = host
  return scopeOf({ claimed, version, state, tenant, secrets: parts.secretsOf(claimed.tenantId) }, parts.now(), each)
}

/** The value of an expression that the action evaluates itself, over values that it brings. */
async function evaluateOwn(execution: OwnedExecution, run: Run, text: string, own: JsonObject): Promise<Json> {
  const compiled = compileValue(text, { secrets: true, own: Object.keys(own) })
  return valueOf(execution, compiled, { ...currentScope(execution, eachOf(execution, run)), ...own })
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

async function stepEnded(execution: OwnedExecution, run: Run, result: ActionResult<Json>): Promise<Ended> {
  if (result === 'keep waiting') return {}
  const { parts } = execution.host
  const { id: step } = stepAt(execution.state.graph, run.index)
  const at = parts.now()
  const place = {
    step,
    attempt: run.attempt,
    startedAt: run.startedAt,
    ...(run.item !== undefined && { item: run.item }),
  }
  const records = result.writes === undefined ? undefined : await writeRecords(execution, run, result.writes)
  if ('wait' in result) {
    const { wait, records: waiting } = await waitRecords(execution, run, result.wait, records)
    const memo = result.memo === undefined ? {} : { memo: result.memo }
    checkSize(execution, result.memo ?? null)
    return { event: { type: 'step.waiting', ...place, wait, ...memo, at }, records: waiting }
  }
  checkSize(execution, result.output)
  return {
    event: { type: 'step.completed', ...place, outcome: result.outcome ?? 'completed', output: result.output, at },
    records,
  }
}

function actionContext(
  execution: OwnedExecution,
  run: Run,
  config: Json,
  purpose: '' | ':undo',
  transaction: Transaction | undefined,
): ActionContext<Json> {
  const { host, claimed, version } = execution
  const { parts } = host
  const { id: step } = stepAt(execution.state.graph, run.index)
  const { repeats } = stateAt(execution.state, run.index)
  const { tenantId, id: executionId } = claimed
  const place = { tenantId, executionId, step, item: run.item, repeats }
  return {
    config,
    tenantId,
    executionId,
    workflow: version.workflow.name,
    step,
    item: run.item,
    attempt: run.attempt,
    idempotencyKey: `${executionId}:${step}${run.item === undefined ? '' : `[${run.item}]`}:${repeats}${purpose}`,
    now: parts.now(),
    get signal() {
      return run.abort.signal
    },
    doors: parts.doors,
    callbackUrl: () => parts.callbackUrl(place),
    evaluateOwn: (text, own) => evaluateOwn(execution, run, text, own),
    recipients: (audience) => pastTrouble(() => parts.recipients(tenantId, audience), run.abort.signal),
    log: (level, message, data) =>
      parts.log(level, message, { tenantId, executionId, step, ...(data !== undefined && { data }) }),
    transaction,
  }
}

function eachOf(execution: OwnedExecution, run: Run): EachItem | undefined {
  if (run.item === undefined) return undefined
  return { item: stateAt(execution.state, run.index).fanOut?.items[run.item] ?? null, index: run.item }
}

function requireAction(execution: OwnedExecution, name: string): RegisteredAction {
  const action = actionOf(execution, name)
  if (action !== undefined) return action
  throw new ActionError(
    'unknown_action',
    `No action ${name}: it is not registered, or its pack is not enabled for this tenant.`,
  )
}
