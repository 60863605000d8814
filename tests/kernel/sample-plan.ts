// Short ways to write workflows, journals and runs under way, for the tests of the plan.

import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'
import { type InFlight, nextCommands, type Plan } from '../../src/kernel/plan/commands.ts'
import { applyEvent, fold } from '../../src/kernel/plan/fold.ts'
import { buildGraph } from '../../src/kernel/plan/graph.ts'
import type { Failure, JournalEvent } from '../../src/kernel/plan/journal.ts'
import { type ExecutionState, stateAt, type StepState } from '../../src/kernel/plan/state.ts'

export function workflowOf(steps: readonly Partial<Step>[], settings?: Workflow['settings']): Workflow {
  return {
    name: 'sample',
    settings,
    steps: steps.map((step, index) => ({ id: `step_${index}`, action: 'log', ...step })),
  }
}

export const broken: Failure = { code: 'http_failed', message: 'No answer.', retry: true }
export const timedOut: Failure = { code: 'step_timeout', message: 'Too slow.', retry: false }

type Extras = { readonly item?: number; readonly attempt?: number; readonly at?: number; readonly startedAt?: number }

/** One event each; `attempt` is 1 and `at` 0 unless told. */
export const tell = {
  started: (step: string, extras: Extras = {}): JournalEvent => ({
    ...{ type: 'step.started', step, attempt: 1, at: 0 },
    ...extras,
  }),
  completed: (step: string, outcome = 'completed', extras: Extras = {}): JournalEvent => ({
    ...{ type: 'step.completed', step, attempt: 1, at: 0, outcome, output: `${step}!` },
    ...extras,
  }),
  failed: (
    step: string,
    extras: Extras & { failure?: Failure; outcome?: 'failed' | 'expired' } = {},
  ): JournalEvent => ({
    ...{ type: 'step.failed', step, attempt: 1, at: 0, outcome: 'failed', failure: broken },
    ...extras,
  }),
  skipped: (step: string, item?: number): JournalEvent => ({
    ...{ type: 'step.skipped', step, at: 0 },
    ...(item !== undefined && { item }),
  }),
  fannedOut: (step: string, count: number, extras: { at?: number; startedAt?: number } = {}): JournalEvent => ({
    ...{ type: 'step.fanned_out', step, items: Array.from({ length: count }, (_, item) => item), at: 0 },
    ...extras,
  }),
  retrying: (step: string, until: number, extras: Extras = {}): JournalEvent => ({
    ...{ type: 'step.retrying', step, attempt: 1, at: 0, failure: broken, until },
    ...extras,
  }),
  waiting: (step: string, on: 'timer' | 'approval', until?: number, extras: Extras = {}): JournalEvent => ({
    ...{
      type: 'step.waiting',
      step,
      attempt: 1,
      at: 0,
      wait: { on, ...(until !== undefined && { until }) },
      memo: 'memo',
    },
    ...extras,
  }),
  undone: (step: string): JournalEvent => ({ type: 'compensation.completed', step, attempt: 1, output: null, at: 0 }),
  ended: (status: 'completed' | 'failed' | 'cancelled'): JournalEvent => ({ type: 'execution.ended', status, at: 0 }),
  cancelling: { type: 'execution.cancelling', by: 'ana', at: 0 },
  paused: { type: 'execution.paused', by: 'ana', at: 0 },
  resumed: { type: 'execution.resumed', by: 'ana', at: 0 },
  retried: (steps: readonly string[] = [], extras: { versionId?: string; at?: number } = {}): JournalEvent => ({
    ...{ type: 'execution.retried', by: 'ana', steps, at: 0 },
    ...extras,
  }),
  migrated: (dropped: readonly string[] = []): JournalEvent => ({
    ...{ type: 'execution.migrated', by: 'ana', versionId: 'mended', dropped, at: 0 },
  }),
} as const

/** A run under way: the position of its step, and that of its item. */
type UnderWay = readonly [index: number, item?: number]

function underWay(runs: readonly UnderWay[]): InFlight {
  return {
    count: runs.length,
    has: (index, item) => runs.some((run) => run[0] === index && run[1] === item),
    items: (index) => runs.filter((run) => run[0] === index && run[1] !== undefined).length,
  }
}

/** An execution that started at 0, with the journal so far; `mended` is the graph of any other version. */
export class SamplePlay {
  readonly state: ExecutionState
  private readonly mended: Workflow

  constructor(workflow: Workflow, journal: readonly JournalEvent[] = [], mended: Workflow = workflow) {
    this.mended = mended
    this.state = fold(buildGraph(workflow), 0, journal, () => buildGraph(mended))
  }

  add(...events: readonly JournalEvent[]): this {
    for (const event of events) applyEvent(this.state, event, () => buildGraph(this.mended))
    return this
  }

  plan(now = 0, ...runs: readonly UnderWay[]): Plan {
    return nextCommands(this.state, now, underWay(runs))
  }

  /** The commands in short: `run a`, `run a[2] #3` (third attempt), `wake a due`, `record step.failed`, `complete`. */
  next(now = 0, ...runs: readonly UnderWay[]): readonly string[] {
    return this.plan(now, ...runs).commands.map((command) => {
      if (command.do === 'complete' || command.do === 'abort') return command.do
      if (command.do === 'record') return `record ${command.event.type}`
      const id = this.state.graph.steps[command.index]?.id ?? '?'
      const item = 'item' in command && command.item !== undefined ? `[${command.item}]` : ''
      const attempt = 'attempt' in command && command.attempt > 1 ? ` #${command.attempt}` : ''
      const signal = command.do === 'wake' ? ` ${command.signal}` : ''
      return `${command.do} ${id}${item}${attempt}${signal}`
    })
  }

  step(id: string): StepState {
    return stateAt(this.state, this.state.graph.indexOf.get(id) ?? -1)
  }

  statuses(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.state.graph.steps.map(({ id, index }) => [id, stateAt(this.state, index).status]))
  }
}
