// What a worker does under one lease: it claims executions, owns them and drives them. When the lease is lost, all of it ends.

import type { JsonObject } from '../../kernel/json.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import type { Database } from '../../record/database.ts'
import { type ClaimedExecution, claimExecutions, claimLimitedExecutions } from '../../record/claims.ts'
import { type ExecutionKey, readJournals } from '../../record/journal.ts'
import { readOwnedSignals, readSignals, type StoredSignal } from '../../record/signals.ts'
import { AnsweredError } from '../../record/waits.ts'
import { registerWorker, releaseExecution, releaseStrays, renewLease, retireWorker } from '../../record/workers.ts'
import { ActionTransactions } from './action-transactions.ts'
import { Committer } from './committer.ts'
import type { EngineParts, WorkerHost } from './host.ts'
import { giveUpWhatKills, loadExecutions } from './load.ts'
import type { LoadedVersions } from './loaded-version.ts'
import type { Batch, OwnedExecution } from './owned-execution.ts'
import { isJournalConflict, isPassing } from './passing.ts'
import type { WorkerOptions } from './worker.ts'

/** What a tenure asks of its worker. */
export interface TenureHost {
  readonly parts: EngineParts
  readonly versions: LoadedVersions
  readonly options: WorkerOptions
  report(level: 'warn' | 'error', message: string, error: unknown, detail?: JsonObject): void
  /** There is room for more. */
  wake(): void
  /** Does it now, and again until it succeeds. */
  soon(work: () => Promise<void>): void
  lost(tenure: Tenure): void
}

const claimBatch = 500
/** How long an execution that could not be loaded or written is left alone. */
const sorePauseMs = 60_000

export class Tenure implements WorkerHost {
  readonly id: string
  readonly parts: EngineParts
  readonly versions: LoadedVersions
  readonly maxPayload: number
  readonly owned = new Map<string, OwnedExecution>()
  isDraining = false
  private isRegistered = false
  private readonly database: Database
  private readonly host: TenureHost
  private readonly committer: Committer
  private readonly transactions: ActionTransactions
  /** Executions that are being read anew. */
  private readonly reloading = new Set<string>()
  private renewedAt = 0
  /** Something was told to wait until the lease is renewed. */
  private isHeldUp = false
  /** Until then a claim whose answer was lost may still come to light. */
  private straysUntil = 0

  constructor(database: Database, host: TenureHost) {
    this.database = database
    this.host = host
    this.parts = host.parts
    this.versions = host.versions
    this.maxPayload = host.options.maxPayload
    this.id = host.parts.newId()
    const trouble = 'The database does not take a commit for now; it is tried again.'
    const commits = {
      workerId: this.id,
      now: this.parts.now,
      onLeaseLost: () => this.lose(),
      onTrouble: (error: Error) => host.report('warn', trouble, error),
      onRefused: (execution: OwnedExecution, error: Error) => this.fault(execution, error),
      onDurable: (batches: readonly Batch[]) => this.tellDurable(batches),
    }
    this.committer = new Committer(database, commits)
    this.transactions = new ActionTransactions(database, commits)
  }

  get isBusy(): boolean {
    for (const execution of this.owned.values()) if (execution.runs.count > 0) return true
    return !this.committer.isIdle || !this.transactions.isIdle
  }

  async begin(): Promise<void> {
    this.renewedAt = performance.now()
    await registerWorker(this.database.engine, { id: this.id, name: this.host.options.name }, this.date())
    this.isRegistered = true
  }

  async renew(): Promise<void> {
    if (!this.isRegistered) return
    const askedAt = performance.now()
    if (!(await renewLease(this.database.engine, this.id))) return this.lose()
    this.renewedAt = askedAt
    if (!this.isHeldUp || !this.mayStart()) return
    this.isHeldUp = false
    for (const execution of this.owned.values()) execution.pump()
  }

  /** Gives back what is owned; nothing more is written. */
  async end(): Promise<void> {
    this.leaveAll()
    if (this.isRegistered) await retireWorker(this.database.engine, this.id, this.date())
    this.isRegistered = false
  }

  /** Claims what is runnable, and drives it; returns whether there may be more of it, undefined when it may not claim. */
  async claim(): Promise<boolean | undefined> {
    if (this.isDraining || !this.isRegistered) return undefined
    const room = Math.min(claimBatch, this.host.options.capacity - this.owned.size)
    if (room <= 0) return false
    try {
      if (performance.now() < this.straysUntil) await this.releaseStrays()
      const { engine } = this.database
      const { executions, isLimitedWaiting } = await claimExecutions(engine, this.id, room, this.date())
      const limited = isLimitedWaiting ? await claimLimitedExecutions(engine, this.id, room, this.date()) : []
      if (executions.length + limited.length > 0) this.parts.watch?.claimed(executions.length + limited.length)
      await this.load([...executions, ...limited])
      return executions.length + limited.length >= room
    } catch (error) {
      this.straysUntil = performance.now() + this.host.options.leaseMs
      throw error
    }
  }

  async fetchSignals(): Promise<void> {
    if (this.owned.size === 0) return
    const askedAt = performance.now()
    const signals = await readOwnedSignals(this.database.engine, this.id)
    // To an execution that was let go and claimed again meanwhile, the answer tells of signals that were taken in before.
    this.deliver(signals.filter(({ executionId }) => (this.owned.get(executionId)?.ownedSince ?? askedAt) < askedAt))
  }

  sweep(): void {
    const now = this.parts.now()
    for (const execution of this.owned.values()) if (execution.runs.count > 0) execution.sweep(now)
  }

  mayStart(): boolean {
    if (this.isDraining || !this.isRegistered) return false
    if (performance.now() - this.renewedAt < this.host.options.leaseMs * 0.8) return true
    this.isHeldUp = true
    return false
  }

  enqueue(execution: OwnedExecution): void {
    this.committer.enqueue(execution)
  }

  letGo(execution: OwnedExecution): void {
    this.forget(execution)
    if (execution.claimed.isLimited || this.owned.size === this.host.options.capacity - 1) this.host.wake()
  }

  transact: WorkerHost['transact'] = (execution, run, work) => this.transactions.transact(execution, run, work)

  /**
   * Its state can no longer be trusted: it is folded anew. When the database refuses what it wants to write, or the house
   * itself fails, it then fails with the reason, and its neighbours go on.
   */
  fault(execution: OwnedExecution, error: Error): void {
    const { claimed, isHopeless } = execution
    const detail = { executionId: claimed.id, tenantId: claimed.tenantId }
    const isUnknown = error instanceof AnsweredError || isPassing(error) || isJournalConflict(error)
    if (!isUnknown) this.host.report('error', 'An execution cannot go on.', error, detail)
    else this.host.report('warn', 'What was written of an execution is unknown; its journal is read.', error, detail)
    execution.leave()
    this.forget(execution)
    this.reloading.add(claimed.id)
    this.host.soon(async () => {
      if (isHopeless && !isUnknown) await this.giveBack(claimed)
      else await this.load([{ ...claimed, isNew: false, pendingSignals: 1 }], isUnknown ? undefined : error)
      this.reloading.delete(claimed.id)
    })
  }

  /** What is told can no longer be undone, so a listener that fails fails alone. */
  private tellDurable(batches: readonly Batch[]): void {
    try {
      this.parts.watch?.flushed(batches)
      this.parts.onDurable?.(batches.flatMap((batch) => batch.entries))
    } catch (error) {
      this.host.report('error', 'Who listens to the journal failed; the executions go on.', error)
    }
  }

  /** Others own everything by now, or will. */
  private lose(): void {
    if (!this.isRegistered) return
    this.isRegistered = false
    this.leaveAll()
    this.host.lost(this)
  }

  private leaveAll(): void {
    this.committer.close()
    for (const execution of this.owned.values()) execution.leave()
    this.owned.clear()
  }

  private async releaseStrays(): Promise<void> {
    await releaseStrays(this.database.engine, this.id, [...this.owned.keys(), ...this.reloading], this.date())
  }

  /** With a reason, the executions fail for it and start nothing more. */
  private async load(claimed: readonly ClaimedExecution[], reason?: Error): Promise<void> {
    if (claimed.length === 0 || !this.isRegistered) return
    const loaded = await loadExecutions(this, claimed, await this.readJournals(claimed))
    const signalled = claimed.filter((execution) => execution.pendingSignals > 0)
    const signals = signalled.length === 0 ? [] : await readSignals(this.database.engine, signalled.map(keyOf))
    if (!this.isRegistered) return
    for (const execution of loaded.executions) {
      this.owned.set(execution.claimed.id, execution)
      if (reason === undefined) giveUpWhatKills(execution)
      else execution.giveUp('internal', `The execution could not go on: ${reason.message}`)
    }
    this.deliver(signals)
    for (const execution of loaded.executions) execution.pump()
    for (const {
      execution: { id, tenantId },
      error,
    } of loaded.failed) {
      this.host.report('error', 'An execution could not be loaded; it is given back.', error, {
        executionId: id,
        tenantId,
      })
    }
    for (const { execution } of loaded.failed) await this.giveBack(execution)
  }

  private async readJournals(claimed: readonly ClaimedExecution[]): Promise<Map<string, JournalEvent[]>> {
    const begun = claimed.filter((execution) => !execution.isNew)
    return begun.length === 0 ? new Map() : readJournals(this.database.engine, begun.map(keyOf))
  }

  private async giveBack(execution: ClaimedExecution): Promise<void> {
    const at = new Date(this.parts.now() + sorePauseMs)
    await releaseExecution(this.database.engine, this.id, keyOf(execution), at)
  }

  private forget(execution: OwnedExecution): void {
    const { id } = execution.claimed
    // By now it may have been claimed again and loaded as another object.
    if (this.owned.get(id) === execution) this.owned.delete(id)
  }

  private deliver(signals: readonly StoredSignal[]): void {
    const byExecution = Map.groupBy(signals, (signal) => signal.executionId)
    for (const [id, list] of byExecution) this.owned.get(id)?.deliver(list)
  }

  private date(): Date {
    return new Date(this.parts.now())
  }
}

function keyOf({ tenantId, id }: ClaimedExecution): ExecutionKey {
  return { tenantId, executionId: id }
}
