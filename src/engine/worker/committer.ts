// Adaptive group commit: while one flush is on its way, the next one gathers. No timer, so nothing waits for nothing.

import { setTimeout as pause } from 'node:timers/promises'
import { type Commit, writeCommit } from '../../record/commit.ts'
import type { Database } from '../../record/database.ts'
import { wasCommitted } from '../../record/journal.ts'
import { LeaseLostError } from '../../record/workers.ts'
import { addRecords, noRecords } from './outbox.ts'
import type { Batch, OwnedExecution } from './owned-execution.ts'
import { isJournalConflict, isPassing } from './passing.ts'

/** More events in one statement gain nothing and delay those that came first. */
const flushEvents = 500
/** Two, so that one gathers and plans while the other waits for the disk. */
const flushConnections = 2
const longestPauseMs = 2000

interface Part {
  readonly execution: OwnedExecution
  readonly batch: Batch
}

export interface CommitterHost {
  readonly workerId: string
  readonly now: () => number
  onLeaseLost(): void
  /** The database does not take the commit for now. */
  onTrouble(error: Error): void
  /** The database refuses what this execution wants to write. */
  onRefused(execution: OwnedExecution, error: Error): void
  onDurable(batches: readonly Batch[]): void
}

export class Committer {
  private readonly database: Database
  private readonly host: CommitterHost
  private readonly dirty = new Set<OwnedExecution>()
  private flushes = 0
  private isScheduled = false
  private isClosed = false

  constructor(database: Database, host: CommitterHost) {
    this.database = database
    this.host = host
  }

  get isIdle(): boolean {
    return this.dirty.size === 0 && this.flushes === 0
  }

  enqueue(execution: OwnedExecution): void {
    this.dirty.add(execution)
    this.schedule()
  }

  /** Nothing more is written. */
  close(): void {
    this.isClosed = true
    this.dirty.clear()
  }

  private schedule(): void {
    if (this.isScheduled || this.isClosed || this.flushes >= flushConnections) return
    this.isScheduled = true
    // After the events of this turn: they all go with this flush.
    setImmediate(() => {
      this.isScheduled = false
      if (this.dirty.size === 0 || this.isClosed) return
      this.flushes++
      void this.flush(this.gather()).finally(() => {
        this.flushes--
        if (this.dirty.size > 0) this.schedule()
      })
      if (this.dirty.size > 0) this.schedule()
    })
  }

  private gather(): Part[] {
    const parts: Part[] = []
    let events = 0
    for (const execution of this.dirty) {
      if (events >= flushEvents) break
      this.dirty.delete(execution)
      if (execution.isCommitting || execution.isGone) continue
      const batch = this.take(execution)
      if (batch === undefined) continue
      parts.push({ execution, batch })
      events += batch.entries.length + (batch.rest === undefined ? 0 : 1)
    }
    return parts
  }

  /** Undefined when the execution is at fault: that must not hold up the others. */
  private take(execution: OwnedExecution): Batch | undefined {
    try {
      return execution.take()
    } catch (error) {
      this.refuse(execution, error)
      return undefined
    }
  }

  private async flush(parts: readonly Part[]): Promise<void> {
    const full = parts.filter(({ batch }) => !isEmpty(batch))
    try {
      if (full.length > 0 && !(await this.write(full))) return
    } catch (error) {
      if (error instanceof LeaseLostError) return this.host.onLeaseLost()
      if (parts.length === 1) return this.refuse(parts[0]?.execution, error)
      // The database refuses something in it: one by one, only the execution that holds it is refused.
      for (const part of parts) await this.flush([part])
      return
    }
    this.host.onDurable(full.map((part) => part.batch))
    for (const { execution, batch } of parts) execution.acknowledge(batch)
  }

  /**
   * Writes until it is written; false when it was closed before that. After a broken connection nobody knows whether it
   * was, so that is looked up first.
   */
  private async write(parts: readonly Part[]): Promise<boolean> {
    const commit = merge(parts)
    for (let attempt = 0; !this.isClosed; attempt++) {
      try {
        if (attempt > 0 && (await wasCommitted(this.database.engine, this.host.workerId, commit))) return true
        await writeCommit(this.database.engine, this.host.workerId, commit, new Date(this.host.now()))
        return true
      } catch (error) {
        // The attempt before this one went through after its answer was lost: the next look finds it.
        if (attempt > 0 && isJournalConflict(error)) continue
        if (!isPassing(error)) throw error
        this.host.onTrouble(error)
        await pause(Math.min(longestPauseMs, 50 * 2 ** attempt))
      }
    }
    return false
  }

  private refuse(execution: OwnedExecution | undefined, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    if (error instanceof LeaseLostError) this.host.onLeaseLost()
    else if (execution !== undefined) this.host.onRefused(execution, error)
  }
}

function merge(parts: readonly Part[]): Commit {
  const records = noRecords()
  for (const { batch } of parts) if (batch.records !== undefined) addRecords(records, batch.records)
  return {
    ...records,
    entries: parts.flatMap(({ batch }) => batch.entries),
    rests: parts.flatMap(({ batch }) => batch.rest ?? []),
  }
}

function isEmpty({ entries, records, rest }: Batch): boolean {
  if (entries.length > 0 || rest !== undefined) return false
  return records === undefined || Object.values(records).every((list) => list.length === 0)
}
