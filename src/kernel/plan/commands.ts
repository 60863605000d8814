// What to do next: a pure function of the state, the time, and what is already under way.

import { failedOutcome } from './attempt.ts'
import { fanOutDetail } from './fan-out.ts'
import { stepAt } from './graph.ts'
import type { Failure, JournalEvent } from './journal.ts'
import { type ExecutionState, type FanOut, runAt, type RunState, stateAt, type StepState } from './state.ts'

export type Command =
  /** Run an attempt of a step's action (or first decide its condition and its items). */
  | { readonly do: 'run'; readonly index: number; readonly item: number | undefined; readonly attempt: number }
  /** Wake a waiting run: its time has come. */
  | {
      readonly do: 'wake'
      readonly index: number
      readonly item: number | undefined
      readonly signal: 'due' | 'expired'
    }
  /** The attempt's timeout passed while it waited. */
  | { readonly do: 'expire'; readonly index: number; readonly item: number | undefined }
  | { readonly do: 'compensate'; readonly index: number; readonly attempt: number }
  /** A fact that follows from the state: append it. */
  | { readonly do: 'record'; readonly event: JournalEvent }
  /** All steps have settled: compute the output and end. */
  | { readonly do: 'complete' }
  /** Stop what is under way: the execution is cancelled or timed out. */
  | { readonly do: 'abort' }

export interface Plan {
  readonly commands: readonly Command[]
  /** When something falls due by itself, in epoch ms. */
  readonly wakeAt: number | undefined
}

/** Says whether a run (a step's, an item's, a compensation's) is under way in this process. */
export type InFlight = {
  readonly count: number
  has(index: number, item: number | undefined): boolean
  /** How many items of the step are under way. */
  items(index: number): number
}

/**
 * The commands that the state calls for now, and when to look again. Issuing them twice is prevented by `inFlight`. After
 * an event has been appended, a `record` or `expire` of its own included, the answer is another one: ask again.
 */
export function nextCommands(state: ExecutionState, now: number, inFlight: InFlight): Plan {
  if (state.ended !== undefined) return { commands: [], wakeAt: undefined }
  const plan = new Planning(state, now, inFlight)
  if (state.ending !== undefined) plan.windDown(state.ending)
  else plan.goOn()
  // A fact may make the execution fail: it is told alone, so that nothing starts beside it that may no longer start.
  const facts = plan.commands.filter((command) => command.do === 'record' || command.do === 'expire')
  return { commands: facts.length > 0 ? facts : plan.commands, wakeAt: plan.wakeAt }
}

class Planning {
  readonly commands: Command[] = []
  wakeAt: number | undefined
  private readonly state: ExecutionState
  private readonly now: number
  private readonly inFlight: InFlight

  constructor(state: ExecutionState, now: number, inFlight: InFlight) {
    this.state = state
    this.now = now
    this.inFlight = inFlight
  }

  goOn(): void {
    const { state } = this
    const { timeoutMs } = state.graph
    if (state.unsettled === 0 && !state.paused) {
      // Before the timeout: work that is all done must not be undone because the last look at it came late.
      this.commands.push({ do: 'complete' })
      return
    }
    if (timeoutMs !== undefined && this.isPast(state.timeoutFrom + timeoutMs)) return this.timeOut()
    if (state.paused) return
    for (const index of state.open) this.planStep(index, stateAt(state, index))
  }

  /** Nothing new starts; once nothing is under way, completed steps are undone in reverse order, then it ends. */
  windDown(ending: NonNullable<ExecutionState['ending']>): void {
    const { state, now } = this
    if (this.inFlight.count > 0) {
      if (ending.abort && !this.isCompensating()) this.commands.push({ do: 'abort' })
      return
    }
    for (const index of state.completed.toReversed()) {
      if (stepAt(state.graph, index).step.compensate === undefined) continue
      const run = state.compensations.get(index)
      if (run?.status === 'completed' || run?.status === 'failed') continue
      if (run?.retryAt !== undefined && !this.isPast(run.retryAt)) return
      this.commands.push({ do: 'compensate', index, attempt: (run?.attempt ?? 0) + 1 })
      return
    }
    const { status, failure } = ending
    this.commands.push({ do: 'record', event: { type: 'execution.ended', status, failure, at: now } })
  }

  /** What is under way for a step that has completed can only be its compensation, and nothing else runs beside one. */
  private isCompensating(): boolean {
    return this.state.completed.some((index) => this.inFlight.has(index, undefined))
  }

  private timeOut(): void {
    const failure = {
      code: 'execution_timeout',
      message: 'The execution took longer than its settings allow.',
      retry: false,
    } as const
    this.commands.push({ do: 'record', event: { type: 'execution.failing', failure, at: this.now } })
  }

  private planStep(index: number, step: StepState): void {
    const { fanOut } = step
    if (fanOut === undefined) return this.planRun(index, undefined, step)
    if (fanOut.failure !== undefined) return this.closeFailedFanOut(index, step.attempt, fanOut, fanOut.failure)
    for (const item of fanOut.active) this.planRun(index, item, runAt(step, item))
  }

  private planRun(index: number, item: number | undefined, run: RunState): void {
    if (this.inFlight.has(index, item)) return
    if (run.status === 'waiting') return this.planWaiting(index, item, run)
    if (run.status === 'retrying') {
      if (this.isPast(run.retryAt)) this.commands.push({ do: 'run', index, item, attempt: run.attempt + 1 })
      return
    }
    // A run that a dead worker left behind is the same attempt again: nobody knows how far it came.
    this.commands.push({ do: 'run', index, item, attempt: Math.max(run.attempt, 1) })
  }

  /** Both times may have passed while nobody looked: the earlier one counts, so that an outage changes no outcome. */
  private planWaiting(index: number, item: number | undefined, run: RunState): void {
    const { timeoutMs } = stepAt(this.state.graph, index)
    const until = run.wait?.until
    const expiry = run.startedAt === undefined || timeoutMs === undefined ? undefined : run.startedAt + timeoutMs
    if (this.isPast(expiry) && (until === undefined || expiry < until)) {
      this.commands.push({ do: 'expire', index, item })
    } else if (this.isPast(until)) {
      this.commands.push({ do: 'wake', index, item, signal: run.wait?.on === 'timer' ? 'due' : 'expired' })
    }
  }

  /** A failed item fails the step once its other items no longer work. */
  private closeFailedFanOut(index: number, attempt: number, fan: FanOut, cause: Failure): void {
    if (this.inFlight.items(index) > 0) return
    const step = stepAt(this.state.graph, index)
    const outcome = failedOutcome(step, cause)
    const failure = { ...cause, detail: fanOutDetail(fan) }
    this.commands.push({
      do: 'record',
      event: { type: 'step.failed', step: step.id, attempt: Math.max(attempt, 1), outcome, failure, at: this.now },
    })
  }

  /** Whether the time has come; one still ahead is remembered as a time to wake. No time never comes. */
  private isPast(at: number | undefined): at is number {
    if (at === undefined) return false
    if (at <= this.now) return true
    this.wakeAt = Math.min(this.wakeAt ?? at, at)
    return false
  }
}
