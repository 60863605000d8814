// What an engine lets others watch: what became durable, what was claimed, what was taken over. They cannot hold it up.

import type { JournalEntry } from '../record/journal.ts'
import type { OwnedExecution } from './worker/owned-execution.ts'

/** What one commit wrote of one execution. */
export interface Flushed {
  readonly execution: Pick<OwnedExecution, 'claimed' | 'version' | 'state'>
  readonly entries: readonly JournalEntry[]
}

export interface EngineWatch {
  /** One commit is durable; called once for each. */
  flushed(batches: readonly Flushed[]): void
  claimed(executions: number): void
  tookOver(executions: number): void
}

/** Several who watch, as one. */
export function watchTogether(watches: readonly EngineWatch[]): EngineWatch {
  return {
    flushed: (batches) => watches.forEach((watch) => watch.flushed(batches)),
    claimed: (executions) => watches.forEach((watch) => watch.claimed(executions)),
    tookOver: (executions) => watches.forEach((watch) => watch.tookOver(executions)),
  }
}
