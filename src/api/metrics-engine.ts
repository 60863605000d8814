// What the engine of this process does, as metrics: fed once a commit, from what is durable.

import type { JournalEvent } from '../kernel/plan/journal.ts'
import type { LoadedVersion } from '../engine/worker/loaded-version.ts'
import type { EngineWatch, Flushed } from '../engine/watch.ts'
import { type Cell, Histogram } from './histogram.ts'

const stepBounds = [0.001, 0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 30, 60, 300, 1800]
const executionBounds = [0.01, 0.1, 1, 10, 60, 600, 3600, 6 * 3600, 86_400, 7 * 86_400, 30 * 86_400]
const batchBounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000]

export class EngineMetrics implements EngineWatch {
  claims = 0
  takeovers = 0
  private readonly steps = new Histogram({
    name: 'countersign_step_seconds',
    help: 'How long attempts of steps worked, by action and outcome.',
    labels: ['action', 'outcome'],
    bounds: stepBounds,
  })
  private readonly executions = new Histogram({
    name: 'countersign_execution_seconds',
    help: 'From the start of executions to their end, waits included.',
    labels: ['outcome'],
    bounds: executionBounds,
  })
  private readonly batches = new Histogram({
    name: 'countersign_commit_events',
    help: 'Journal events in a commit; the count is that of the commits.',
    labels: [],
    bounds: batchBounds,
  })
  private readonly batch = this.batches.cell()
  /** By version, step and outcome: looking up three small maps costs less than making one key. */
  private readonly cells = new WeakMap<LoadedVersion, Map<string, Map<string, Cell>>>()

  flushed(batches: readonly Flushed[]): void {
    let events = 0
    for (const { execution, entries } of batches) {
      events += entries.length
      for (const { event } of entries) this.look(execution, event)
    }
    this.batch.observe(events)
  }

  claimed(executions: number): void {
    this.claims += executions
  }

  tookOver(executions: number): void {
    this.takeovers += executions
  }

  text(): string {
    return this.steps.text() + this.executions.text() + this.batches.text()
  }

  private look({ claimed, version }: Flushed['execution'], event: JournalEvent): void {
    if (event.type === 'execution.ended') {
      this.executions.cell(event.status).observe((event.at - claimed.startedAt.getTime()) / 1000)
      return
    }
    const outcome = outcomeOf(event)
    // What expires while it waits has not worked.
    if (outcome === undefined || !('step' in event) || event.startedAt === undefined) return
    this.cellOf(version, event.step, outcome).observe((event.at - event.startedAt) / 1000)
  }

  private cellOf(version: LoadedVersion, step: string, outcome: string): Cell {
    const steps = valueIn(this.cells, version, () => new Map<string, Map<string, Cell>>())
    const outcomes = valueIn(steps, step, () => new Map<string, Cell>())
    return valueIn(outcomes, outcome, () => this.steps.cell(actionOf(version, step), outcome))
  }
}

/** Branches of decisions are named by whoever wrote them: they are all completions. */
function outcomeOf(event: JournalEvent): string | undefined {
  switch (event.type) {
    case 'step.completed':
      return 'completed'
    case 'step.failed':
      return event.outcome
    case 'step.retrying':
      return 'retried'
    default:
      return undefined
  }
}

function actionOf({ graph }: LoadedVersion, step: string): string {
  return graph.steps[graph.indexOf.get(step) ?? -1]?.step.action ?? 'unknown'
}

interface Table<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): unknown
}

function valueIn<Key, Value>(table: Table<Key, Value>, key: Key, make: () => Value): Value {
  const known = table.get(key)
  if (known !== undefined) return known
  const made = make()
  table.set(key, made)
  return made
}
