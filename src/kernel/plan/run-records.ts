// What the runs of an execution went through: the journal read as attempts and waits, for whoever looks back.

import type { Failure, JournalEvent, Wait } from './journal.ts'

/** A wait; times are epoch ms, `endedAt` is undefined while it lasts. */
export interface WaitRecord {
  readonly wait: Wait
  readonly since: number
  endedAt: number | undefined
}

/** `stopped`: the execution ended, or was moved to another version, before the attempt ended. */
export type AttemptStatus = 'running' | 'waiting' | 'completed' | 'failed' | 'retrying' | 'stopped'

export interface AttemptRecord {
  readonly attempt: number
  status: AttemptStatus
  readonly startedAt: number
  endedAt: number | undefined
  failure: Failure | undefined
  /** When the next attempt is due. */
  retryAt: number | undefined
  readonly waits: WaitRecord[]
}

/** All attempts of a step, or of one item of its `for_each`, also those before a retry by a person. */
export interface RunRecord {
  readonly step: string
  readonly item: number | undefined
  readonly attempts: AttemptRecord[]
  startedAt: number
  endedAt: number | undefined
}

/** Names a run among the records. */
export const runKey = (step: string, item: number | undefined): string =>
  item === undefined ? step : `${step} ${item}`

type StepEvent = Extract<JournalEvent, { readonly attempt: number; readonly type: `step.${string}` }>

/** The records of all runs that the journal tells of, by `runKey`, in the order in which they began. */
export function recordRuns(events: Iterable<JournalEvent>): Map<string, RunRecord> {
  const runs = new Map<string, RunRecord>()
  for (const event of events) {
    switch (event.type) {
      case 'step.started':
      case 'step.waiting':
      case 'step.retrying':
      case 'step.completed':
      case 'step.failed':
        recordStep(runs, event)
        break
      case 'step.fanned_out':
        runAt(runs, event.step, undefined, event.startedAt ?? event.at).endedAt = undefined
        break
      case 'step.skipped':
        runAt(runs, event.step, event.item, event.at).endedAt = event.at
        break
      case 'execution.migrated':
        for (const run of runs.values()) {
          const last = run.attempts.at(-1)
          if (isAsking(last) || event.dropped.includes(run.step)) stop(last, event.at)
        }
        break
      case 'execution.ended':
        for (const { attempts } of runs.values()) stop(attempts.at(-1), event.at)
        break
      case 'compensation.retrying':
      case 'compensation.completed':
      case 'compensation.failed':
      case 'execution.paused':
      case 'execution.resumed':
      case 'execution.cancelling':
      case 'execution.failing':
      case 'execution.retried':
        break
    }
  }
  return runs
}

function runAt(runs: Map<string, RunRecord>, step: string, item: number | undefined, startedAt: number): RunRecord {
  const key = runKey(step, item)
  const known = runs.get(key)
  if (known !== undefined) return known
  const run: RunRecord = { step, item, attempts: [], startedAt, endedAt: undefined }
  runs.set(key, run)
  return run
}

function recordStep(runs: Map<string, RunRecord>, event: StepEvent): void {
  const began = event.startedAt ?? event.at
  const run = runAt(runs, event.step, event.item, began)
  const attempt = attemptOf(run, event.attempt, began)
  // Woken, it waits until its next result.
  if (event.type === 'step.started' && attempt.status === 'waiting') return
  endWait(attempt, Math.max(began, attempt.waits.at(-1)?.since ?? began))
  run.endedAt = undefined
  switch (event.type) {
    case 'step.started':
      attempt.status = 'running'
      return
    case 'step.waiting':
      attempt.status = 'waiting'
      attempt.waits.push({ wait: event.wait, since: event.at, endedAt: undefined })
      return
    case 'step.retrying':
      end(attempt, 'retrying', event.at, event.failure)
      attempt.retryAt = event.until
      return
    case 'step.completed':
      end(attempt, 'completed', event.at)
      run.endedAt = event.at
      return
    case 'step.failed':
      end(attempt, 'failed', event.at, event.failure)
      run.endedAt = event.at
  }
}

/** The attempt that is under way, or a new one. */
function attemptOf(run: RunRecord, attempt: number, startedAt: number): AttemptRecord {
  const last = run.attempts.at(-1)
  if (last !== undefined && last.endedAt === undefined && last.attempt === attempt) return last
  const begun: AttemptRecord = {
    attempt,
    status: 'running',
    startedAt,
    endedAt: undefined,
    failure: undefined,
    retryAt: undefined,
    waits: [],
  }
  run.attempts.push(begun)
  return begun
}

function end(attempt: AttemptRecord, status: AttemptStatus, at: number, failure?: Failure): void {
  attempt.status = status
  attempt.endedAt = at
  attempt.failure = failure
}

function endWait({ waits }: AttemptRecord, at: number): void {
  const last = waits.at(-1)
  if (last !== undefined) last.endedAt ??= at
}

function stop(attempt: AttemptRecord | undefined, at: number): void {
  if (attempt === undefined || attempt.endedAt !== undefined) return
  end(attempt, 'stopped', at)
  endWait(attempt, at)
}

function isAsking(attempt: AttemptRecord | undefined): boolean {
  return attempt?.status === 'waiting' && attempt.waits.at(-1)?.wait.on === 'approval'
}

interface Durations {
  /** Time in which attempts worked; of runs side by side, all of it. */
  readonly workingMs: number
  /** Time in which attempts waited: for people, events, timers, children. */
  readonly waitingMs: number
  readonly attempts: number
}

/** How long runs have worked and waited until `now`. */
export function durationsOf(runs: Iterable<RunRecord>, now: number): Durations {
  let workingMs = 0
  let waitingMs = 0
  let attempts = 0
  for (const run of runs) {
    for (const attempt of run.attempts) {
      const waited = attempt.waits.reduce((sum, wait) => sum + Math.max(0, (wait.endedAt ?? now) - wait.since), 0)
      attempts++
      waitingMs += waited
      workingMs += Math.max(0, (attempt.endedAt ?? now) - attempt.startedAt - waited)
    }
  }
  return { workingMs, waitingMs, attempts }
}
