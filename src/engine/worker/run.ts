// What a worker runs for an execution: an attempt of a step, a wake-up, a compensation, the final output.

import { failAttempt, failCompensation } from '../../kernel/plan/attempt.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import type { Failure, JournalEvent } from '../../kernel/plan/journal.ts'
import { runAt, stateAt } from '../../kernel/plan/state.ts'
import { ActionError, type Signal, type Transaction } from '../../packs/kit.ts'
import { act, actionOf, checkSize, compensate, type Ended, evaluateFor } from './act.ts'
import { failureOf } from './failure.ts'
import { LazyAbort, type Run } from './in-flight.ts'
import type { Records } from './outbox.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { isPassing } from './passing.ts'
import { settledWaits } from './waits.ts'

const mostItems = 10_000
const outputTimeoutMs = 60_000
/** The place among the runs of what belongs to no step: the final output, and a change of version. */
const finalOutput = -1

interface Place {
  readonly index: number
  readonly item: number | undefined
  readonly attempt: number
  readonly timeoutMs: number
  /** Whether the action writes in the transaction that writes its event. */
  readonly isTransactional: boolean
  /** Whether the journal tells when it starts. */
  readonly isTold: boolean
  /** What goes with its end, however it ends: the signal it was woken with, the wait it answers. */
  readonly records?: Partial<Records>
  /** Undefined when its failure no longer matters. */
  failed(failure: Failure, startedAt: number): JournalEvent | undefined
}

/** Starts an attempt of a step, or of one item of it. Before a step acts or fans out, its condition decides. */
export function runStep(execution: OwnedExecution, index: number, item: number | undefined, attempt: number): void {
  const current = stateAt(execution.state, index)
  const templates = execution.version.templates[index]
  if (templates === undefined) return
  const place = stepPlace(execution, index, item, attempt)
  const isWhole = item === undefined && current.fanOut === undefined
  begin(execution, place, async (run, transaction) => {
    if (isWhole && templates.condition !== undefined) {
      const condition = await evaluateFor(execution, templates.condition, undefined)
      if (typeof condition !== 'boolean')
        throw new ActionError('expression_type', 'The condition is neither true nor false.')
      if (!condition)
        return { event: { type: 'step.skipped', step: stepId(execution, index), at: execution.host.parts.now() } }
    }
    if (isWhole && templates.items !== undefined) return fanOut(execution, index)
    return act(execution, run, templates.config, transaction, (action, context) => action.run(context))
  })
}

/** Wakes a waiting run with a signal, which is consumed with the event that follows. */
export function wakeStep(
  execution: OwnedExecution,
  at: { readonly index: number; readonly item: number | undefined },
  signal: Signal,
  consumed: Partial<Records> | undefined,
): void {
  const { memo, attempt } = runAt(stateAt(execution.state, at.index), at.item)
  const config = execution.version.templates[at.index]?.config
  if (config === undefined) return
  const answered = { ...consumed, closedWaits: settledWaits(execution, at.index, at.item, signal) }
  const place = { ...stepPlace(execution, at.index, at.item, attempt), records: answered }
  begin(execution, place, async (run, transaction) => {
    const ended = await act(execution, run, config, transaction, (action, context) =>
      action.resume(context, signal, memo),
    )
    if (ended.event !== undefined) return { event: ended.event, records: { ...ended.records, ...answered } }
    if (consumed === undefined) throw new Error('The action keeps waiting although its time has come.')
    return { records: consumed }
  })
}

export function runCompensation(execution: OwnedExecution, index: number, attempt: number): void {
  const step = stepAt(execution.state.graph, index)
  const place: Place = {
    index,
    item: undefined,
    attempt,
    ...timing(execution, index, step.step.compensate?.action),
    isTold: true,
    failed: (failure, startedAt) => failCompensation(step, { attempt, failure, startedAt, ...moment(execution) }),
  }
  begin(execution, place, (run, transaction) => compensate(execution, run, transaction))
}

/** All steps have settled: the workflow's output is computed, and with it the execution ends. */
export function completeExecution(execution: OwnedExecution): void {
  if (execution.runs.has(finalOutput, undefined)) return
  const { output } = execution.version
  const place: Place = {
    index: finalOutput,
    item: undefined,
    attempt: 1,
    timeoutMs: outputTimeoutMs,
    isTransactional: false,
    isTold: true,
    failed: (failure) => {
      if (execution.state.ending !== undefined) return undefined
      return { type: 'execution.failing', failure, at: execution.host.parts.now() }
    },
  }
  begin(execution, place, async () => {
    const value = output === undefined ? null : await evaluateFor(execution, output, undefined)
    checkSize(execution, value)
    // Cancelled meanwhile: then that is how it ends.
    if (execution.state.ending !== undefined) return {}
    return { event: { type: 'execution.ended', status: 'completed', output: value, at: execution.host.parts.now() } }
  })
}

/** A retry that changes over to another version, which may have to be loaded first. */
export function retryWithVersion(
  execution: OwnedExecution,
  versionId: string,
  event: JournalEvent,
  records: Partial<Records>,
): void {
  const { host, claimed } = execution
  const place: Place = {
    index: finalOutput,
    item: undefined,
    attempt: 1,
    timeoutMs: outputTimeoutMs,
    isTransactional: false,
    isTold: true,
    records,
    failed: ({ message }) => {
      host.parts.log('error', 'An execution was not retried.', {
        executionId: claimed.id,
        tenantId: claimed.tenantId,
        error: message,
      })
      return undefined
    },
  }
  begin(execution, place, async () => {
    try {
      execution.addVersion(await host.versions.get(claimed.tenantId, versionId))
    } catch (error) {
      if (!isPassing(error)) throw error
      host.fault(execution, error)
    }
    return { event, records }
  })
}

type Work = (run: Run, transaction: Transaction | undefined) => Promise<Ended>

/** Registers the run, and sees to it that exactly one end of it is told: its own, or the failure set from outside. */
function begin(execution: OwnedExecution, place: Place, work: Work): void {
  const startedAt = execution.host.parts.now()
  const { index, item, attempt } = place
  const fail = (failure: Failure) => {
    // An attempt that ends while the execution winds down is not tried again.
    const isLast = execution.state.ending !== undefined && !isCompensating(execution, index)
    const event = place.failed(isLast ? { ...failure, retry: false } : failure, startedAt)
    run.tell({ ...(event !== undefined && { event }), ...(place.records !== undefined && { records: place.records }) })
  }
  const run: Run = {
    index,
    item,
    attempt,
    startedAt,
    abort: new LazyAbort(),
    deadline: startedAt + place.timeoutMs,
    isRecorded: place.isTold,
    isOver: false,
    tell: (ended) => {
      if (run.isOver) return
      run.isOver = true
      execution.tell({ event: ended.event, records: ended.records, run: { index, item } })
    },
    expire: () => {
      run.abort.abort()
      fail({
        code: 'step_timeout',
        message: `${describe(execution, index)} took longer than ${place.timeoutMs / 1000} s.`,
        retry: true,
      })
    },
  }
  execution.runs.add(run)
  const told = place.isTransactional
    ? execution.host.transact(execution, run, (transaction) => work(run, transaction))
    : work(run, undefined).then(run.tell)
  told.catch((error: unknown) => fail(failureOf(error)))
}

function stepPlace(execution: OwnedExecution, index: number, item: number | undefined, attempt: number): Place {
  const step = stepAt(execution.state.graph, index)
  const isRunning = runAt(stateAt(execution.state, index), item).status === 'running'
  const isFanOut = step.step.for_each !== undefined && item === undefined
  return {
    index,
    item,
    attempt,
    ...timing(execution, index, step.step.action),
    isTold: isRunning || isFanOut,
    failed: (failure, startedAt) => failAttempt(step, { item, attempt, failure, startedAt, ...moment(execution) }),
  }
}

async function fanOut(execution: OwnedExecution, index: number): Promise<Ended> {
  const template = execution.version.templates[index]?.items
  const items = template === undefined ? [] : await evaluateFor(execution, template, undefined)
  if (!Array.isArray(items)) throw new ActionError('expression_type', 'The items of for_each are not a list.')
  if (items.length > mostItems)
    throw new ActionError('payload_too_large', `for_each has ${items.length} items; at most ${mostItems} are allowed.`)
  checkSize(execution, items)
  return { event: { type: 'step.fanned_out', step: stepId(execution, index), items, at: execution.host.parts.now() } }
}

function isCompensating(execution: OwnedExecution, index: number): boolean {
  return index >= 0 && stateAt(execution.state, index).status === 'completed'
}

function timing(execution: OwnedExecution, index: number, name = ''): Pick<Place, 'timeoutMs' | 'isTransactional'> {
  const action = actionOf(execution, name)
  return {
    timeoutMs: stepAt(execution.state.graph, index).timeoutMs ?? action?.timeoutMs ?? outputTimeoutMs,
    isTransactional: action?.effect === 'transactional',
  }
}

function moment(execution: OwnedExecution): { at: number; chance: number } {
  const { parts } = execution.host
  return { at: parts.now(), chance: parts.chance() }
}

function stepId(execution: OwnedExecution, index: number): string {
  return stepAt(execution.state.graph, index).id
}

function describe(execution: OwnedExecution, index: number): string {
  return index === finalOutput ? 'The output' : `Step ${stepId(execution, index)}`
}
