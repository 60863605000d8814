// Adaptive group commit: while one flush is on its way, the next one gathers. No timer, so nothing waits for nothing.

import { setTimeout as pause } from 'node:timers/promises'
import { type Commit, append, writeCommit, writeRecords } from '../../record/commit.ts'
import { inActionTransaction } from '../../record/action-transaction.ts'
import { type Database, roleName } from '../../record/database.ts'
import { wasCommitted } from '../../record/journal.ts'
import { LeaseLostError } from '../../record/workers.ts'
import type { Transaction } from '../../packs/kit.ts'
import type { Ended } from './act.ts'
import type { Run } from './in-flight.ts'
import { addRecords, noRecords } from './outbox.ts'
import type { Batch, OwnedExecution } from './owned-execution.ts'

/** More events in one statement gain nothing and delay those that came first. */
const flushEvents = 500
/** Two, so that one gathers and plans while the other waits for the disk. */
const flushConnections = 2
/** Transactional actions at once; fewer than the pool's connections, or flushes could wait for them for ever. */
const transactionConnections = 3
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
  private readonly queue: (() => void)[] = []
  private flushes = 0
  private transactions = 0
  private isScheduled = false
  private isClosed = false

  constructor(database: Database, host: CommitterHost) {
    this.database = database
    this.host = host
  }

  get isIdle(): boolean {
    return this.dirty.size === 0 && this.flushes === 0 && this.transactions === 0
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

  /** Runs a transactional action and writes its event, and whatever else its execution has to say, in one transaction. */
  async transact(execution: OwnedExecution, run: Run, work: (transaction: Transaction) => Promise<Ended>): Promise<void> {
    await this.enterTransaction()
    const { tenantId } = execution.claimed
    const place = { workerId: this.host.workerId, tenantId, apiRole: roleName(this.database.address.database, 'api') }
    let batch: Batch | undefined
    try {
      await inActionTransaction(
        this.database.engine,
        place,
        (client) => work({ query: async (text, values) => (await client.query(text, values === undefined ? undefined : [...values])).rows }),
        async (client, ended) => {
          await execution.free()
          if (run.isOver || execution.isGone) throw new Error('The attempt was over before its transaction could commit.')
          run.tell(ended)
          batch = execution.take()
          await writeRecords(client, batch.records)
          await append(client, this.host.workerId, batch.entries, batch.rest === undefined ? [] : [batch.rest], new Date(this.host.now()))
        },
      )
    } catch (error) {
      // Once taken, the state is ahead of a journal that may or may not hold it: only folding the journal anew can tell.
      if (batch !== undefined) this.refuse(execution, error)
      throw error
    } finally {
      this.leaveTransaction()
    }
    if (batch === undefined) return
    this.host.onDurable([batch])
    execution.acknowledge(batch)
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
      const batch = execution.take()
      parts.push({ execution, batch })
      events += batch.entries.length + (batch.rest === undefined ? 0 : 1)
    }
    return parts
  }

  private async flush(parts: readonly Part[]): Promise<void> {
    const full = parts.filter(({ batch }) => !isEmpty(batch))
    try {
      if (full.length > 0) await this.write(full)
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

  /** Writes until it is written. After a broken connection nobody knows whether it was, so that is looked up first. */
  private async write(parts: readonly Part[]): Promise<void> {
    const commit = merge(parts)
    for (let attempt = 0; !this.isClosed; attempt++) {
      try {
        if (attempt > 0 && (await wasCommitted(this.database.engine, this.host.workerId, commit))) return
        await writeCommit(this.database.engine, this.host.workerId, commit, new Date(this.host.now()))
        return
      } catch (error) {
        if (!(error instanceof Error) || !isPassing(error)) throw error
        this.host.onTrouble(error)
        await pause(Math.min(longestPauseMs, 50 * 2 ** attempt))
      }
    }
  }

  private refuse(execution: OwnedExecution | undefined, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    if (error instanceof LeaseLostError) this.host.onLeaseLost()
    else if (execution !== undefined) this.host.onRefused(execution, error)
  }

  private async enterTransaction(): Promise<void> {
    if (this.transactions >= transactionConnections) await new Promise<void>((resolve) => this.queue.push(resolve))
    else this.transactions++
  }

  private leaveTransaction(): void {
    const next = this.queue.shift()
    if (next === undefined) this.transactions--
    else next()
  }
}

function merge(parts: readonly Part[]): Commit {
  const records = noRecords()
  for (const { batch } of parts) addRecords(records, batch.records)
  return {
    ...records,
    entries: parts.flatMap(({ batch }) => batch.entries),
    rests: parts.flatMap(({ batch }) => batch.rest ?? []),
  }
}

function isEmpty({ entries, records, rest }: Batch): boolean {
  return entries.length === 0 && rest === undefined && Object.values(records).every((list) => list.length === 0)
}

/** SQLSTATE classes that pass by themselves: connection, resources (disk full among them), shutdown, serialisation. */
const passingClasses: ReadonlySet<string> = new Set(['08', '40', '53', '55', '57', '58'])

function isPassing(error: Error): boolean {
  if (error instanceof LeaseLostError) return false
  if (!('code' in error) || typeof error.code !== 'string') return /connection|timeout|terminated/i.test(error.message)
  return error.code.length !== 5 || passingClasses.has(error.code.slice(0, 2))
}
