// What to do next: a pure function of the state, the time, and what is already under way.

import { fanOutOutput } from './fan-out.ts'
import { stepAt } from './graph.ts'
import type { JournalEvent } from './journal.ts'
import { type ExecutionState, type RunState, stateAt, type StepState } from './state.ts'

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

/** The commands that the state calls for now, and when to look again. Issuing them twice is prevented by `inFlight`. */
export function nextCommands(state: ExecutionState, now: number, inFlight: InFlight): Plan {
  if (state.ended !== undefined) return { commands: [], wakeAt: undefined }
  const plan = new Planning(state, now, inFlight)
  if (state.ending !== undefined) plan.windDown(state.ending)
  else plan.goOn()
  return { commands: plan.commands, wakeAt: plan.wakeAt }
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
    if (state.graph.timeoutMs !== undefined && this.isPast(state.startedAt + state.graph.timeoutMs))
      return this.timeOut()
    if (state.paused) return
    if (state.unsettled === 0) {
      this.commands.push({ do: 'complete' })
      return
    }
    for (const index of state.open) this.planStep(index, stateAt(state, index))
  }

  /** Nothing new starts; once nothing is under way, completed steps are undone in reverse order, then it ends. */
  windDown(ending: NonNullable<ExecutionState['ending']>): void {
    const { state, now } = this
    if (ending.abort && this.inFlight.count > 0) this.commands.push({ do: 'abort' })
    if (this.inFlight.count > 0) return
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

  private timeOut(): void {
    const failure = {
      code: 'execution_timeout',
      message: 'The execution took longer than its settings allow.',
      retry: false,
    } as const
    this.commands.push({ do: 'record', event: { type: 'execution.timed_out', failure, at: this.now } })
  }

  private planStep(index: number, step: StepState): void {
    if (step.fanOut === undefined) return this.planRun(index, undefined, step)
    if (step.fanOut.failure !== undefined) return this.closeFailedFanOut(index, step)
    for (const item of step.fanOut.active) {
      const run = step.fanOut.runs[item]
      if (run !== undefined) this.planRun(index, item, run)
    }
  }

  private planRun(index: number, item: number | undefined, run: RunState): void {
    if (this.inFlight.has(index, item)) return
    switch (run.status) {
      case 'pending':
      case 'ready':
        this.commands.push({ do: 'run', index, item, attempt: 1 })
        return
      case 'running':
        this.commands.push({ do: 'run', index, item, attempt: run.attempt })
        return
      case 'retrying':
        if (this.isPast(run.retryAt ?? 0)) this.commands.push({ do: 'run', index, item, attempt: run.attempt + 1 })
        return
      case 'waiting':
        return this.planWaiting(index, item, run)
      default:
        return
    }
  }

  private planWaiting(index: number, item: number | undefined, run: RunState): void {
    const { timeoutMs } = stepAt(this.state.graph, index)
    const until = run.wait?.until
    if (until !== undefined && this.isPast(until)) {
      this.commands.push({ do: 'wake', index, item, signal: run.wait?.on === 'timer' ? 'due' : 'expired' })
      return
    }
    if (timeoutMs !== undefined && run.startedAt !== undefined && this.isPast(run.startedAt + timeoutMs)) {
      this.commands.push({ do: 'expire', index, item })
    }
  }

  /** A failed item fails the step once its other items no longer work. */
  private closeFailedFanOut(index: number, step: StepState): void {
    if (step.fanOut?.failure === undefined || this.inFlight.items(index) > 0) return
    const failure = { ...step.fanOut.failure, detail: fanOutOutput(step.fanOut) }
    const id = stepAt(this.state.graph, index).id
    this.commands.push({
      do: 'record',
      event: { type: 'step.failed', step: id, attempt: 1, outcome: 'failed', failure, at: this.now },
    })
  }

  /** Whether the time has come; one still ahead is remembered as a time to wake. */
  private isPast(at: number): boolean {
    if (at <= this.now) return true
    this.wakeAt = Math.min(this.wakeAt ?? at, at)
    return false
  }
}
