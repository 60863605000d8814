// What a worker runs for an execution: an attempt of a step, a wake-up, a compensation, the final output.

import { failAttempt, failCompensation } from '../../kernel/plan/attempt.ts'
import { type GraphStep, stepAt } from '../../kernel/plan/graph.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { runAt, stateAt } from '../../kernel/plan/state.ts'
import { ActionError, type RegisteredAction, type Signal } from '../../packs/kit.ts'
import { heldMemoOf } from '../gate/held-run.ts'
import { act, actionOf, checkSize, compensate, type Ended, resume } from './act.ts'
import { evaluateFor } from './evaluation.ts'
import type { Records } from './outbox.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { isPassing } from './passing.ts'
import { begin, type Place } from './step-run.ts'
import { settledWaits } from './waits.ts'

const mostItems = 10_000
const outputTimeoutMs = 60_000
/** The place among the runs of what belongs to no step: the final output, and a change of version. */
const finalOutput = -1
const wholePlace = {
  index: finalOutput,
  item: undefined,
  attempt: 1,
  timeoutMs: outputTimeoutMs,
  isTransactional: false,
  isTold: true,
  records: undefined,
  title: 'The output',
} as const

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
    return act({ execution, run, transaction, config: templates.config })
  })
}

/** Wakes a waiting run with a signal, which is consumed with the event that follows. */
export function wakeStep(
  execution: OwnedExecution,
  at: { readonly index: number; readonly item: number | undefined },
  signal: Signal,
  consumed: Partial<Records> | undefined,
): void {
  const { memo, attempt, wait } = runAt(stateAt(execution.state, at.index), at.item)
  const config = execution.version.templates[at.index]?.config
  if (config === undefined) return
  const answered = { ...consumed, closedWaits: settledWaits(execution, at.index, at.item, signal) }
  const place = stepPlace(execution, at.index, at.item, attempt, answered)
  begin(execution, place, async (run, transaction) => {
    const woken = { execution, run, transaction, config }
    const held = heldMemoOf(memo)
    const ended =
      held === undefined
        ? await resume(woken, signal, memo)
        : await act(woken, { signal, askedAt: held.asked_at, approvalId: wait?.ref })
    if (ended.event !== undefined) return { event: ended.event, records: { ...ended.records, ...answered } }
    if (consumed === undefined) throw new Error('The action keeps waiting although its time has come.')
    return { records: consumed }
  })
}

export function runCompensation(execution: OwnedExecution, index: number, attempt: number): void {
  const step = stepAt(execution.state.graph, index)
  const action = actionOf(execution, step.step.compensate?.action ?? '')
  const place: Place = {
    index,
    item: undefined,
    attempt,
    timeoutMs: timeoutOf(step, action),
    isTransactional: action?.effect === 'transactional',
    isTold: true,
    records: undefined,
    title: `Step ${step.id}`,
    failed: (failure, startedAt) => failCompensation(step, { attempt, failure, startedAt, ...moment(execution) }),
  }
  begin(execution, place, (run, transaction) => compensate(execution, run, transaction))
}

/** All steps have settled: the workflow's output is computed, and with it the execution ends. */
export function completeExecution(execution: OwnedExecution): void {
  if (execution.runs.has(finalOutput, undefined)) return
  const { output } = execution.version
  const place: Place = {
    ...wholePlace,
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
    ...wholePlace,
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
      await execution.versions.load(host, claimed.tenantId, versionId)
    } catch (error) {
      if (!isPassing(error)) throw error
      host.fault(execution, error)
    }
    return { event, records }
  })
}

/** Loads a version that the execution may change over to; it is marked as missing when that cannot be. */
export function loadVersion(execution: OwnedExecution, versionId: string): void {
  const { host, claimed } = execution
  const place: Place = { ...wholePlace, failed: () => undefined }
  begin(execution, place, async () => {
    try {
      await execution.versions.load(host, claimed.tenantId, versionId)
    } catch (error) {
      if (isPassing(error)) host.fault(execution, error)
      else execution.versions.miss(versionId)
    }
    return {}
  })
}

function stepPlace(
  execution: OwnedExecution,
  index: number,
  item: number | undefined,
  attempt: number,
  records?: Partial<Records>,
): Place {
  const step = stepAt(execution.state.graph, index)
  const isRunning = runAt(stateAt(execution.state, index), item).status === 'running'
  const isFanOut = step.step.for_each !== undefined && item === undefined
  const action = actionOf(execution, step.step.action ?? '')
  return {
    index,
    item,
    attempt,
    timeoutMs: timeoutOf(step, action),
    isTransactional: action?.effect === 'transactional',
    isTold: isRunning || isFanOut,
    records,
    title: `Step ${step.id}`,
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

function timeoutOf({ timeoutMs }: GraphStep, action: RegisteredAction | undefined): number {
  return timeoutMs ?? action?.timeoutMs ?? outputTimeoutMs
}

function moment(execution: OwnedExecution): { at: number; chance: number } {
  const { parts } = execution.host
  return { at: parts.now(), chance: parts.chance() }
}

function stepId(execution: OwnedExecution, index: number): string {
  return stepAt(execution.state.graph, index).id
}
