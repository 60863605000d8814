// A worker: holds a lease, claims executions that want one, and drives them until they rest.

import type { JsonObject } from '../../kernel/json.ts'
import type { Database } from '../../record/database.ts'
import { type ClaimedExecution, claimExecutions, claimLimitedExecutions } from '../../record/claims.ts'
import { readJournals } from '../../record/journal.ts'
import { readOwnedSignals, readSignals, type StoredSignal } from '../../record/signals.ts'
import {
  LeaseLostError,
  registerWorker,
  releaseExecution,
  releaseStrays,
  renewLease,
  retireWorker,
} from '../../record/workers.ts'
import { ActionTransactions } from './action-transactions.ts'
import { Committer, type CommitterHost } from './committer.ts'
import type { EngineParts, WorkerHost } from './host.ts'
import { LoadedVersions } from './loaded-version.ts'
import { giveUpWhatKills, loadExecutions } from './load.ts'
import { OwnedExecution } from './owned-execution.ts'
import { isJournalConflict, isPassing } from './passing.ts'
import { Pulse } from './pulse.ts'

export interface WorkerOptions {
  readonly name: string
  /** A worker silent for longer is dead: its executions are taken over. */
  readonly leaseMs: number
  /** The net under the notifications. */
  readonly pollMs: number
  /** Executions in memory at once. */
  readonly capacity: number
  readonly maxPayload: number
}

const claimBatch = 500
const sweepMs = 100
/** How long an execution that could not be loaded or written is left alone. */
const sorePauseMs = 60_000

export class Worker implements WorkerHost {
  readonly parts: EngineParts
  readonly versions: LoadedVersions
  readonly maxPayload: number
  private readonly database: Database
  private readonly options: WorkerOptions
  private readonly owned = new Map<string, OwnedExecution>()
  private readonly pulse = new Pulse((error) => this.report('warn', 'The worker met trouble; it goes on.', error))
  /** Executions that are being read anew. */
  private readonly reloading = new Set<string>()
  private committer: Committer
  private transactions: ActionTransactions
  private workerId: string
  private renewedAt = 0
  /** Something was told to wait until the lease is renewed. */
  private isHeldUp = false
  /** Until then a claim whose answer was lost may still come to light. */
  private straysUntil = 0
  private isDraining = false
  private isRegistered = false
  private claiming: Promise<void> | undefined
  private claimAgain = false
  /** When a claim last succeeded, whether or not it found anything; readiness reads it. */
  lastClaimAt: number | undefined

  constructor(database: Database, parts: EngineParts, options: WorkerOptions) {
    this.database = database
    this.parts = parts
    this.options = options
    this.maxPayload = options.maxPayload
    this.versions = new LoadedVersions(database.engine, parts.ownFields)
    this.workerId = parts.newId()
    const host = this.committerHost()
    this.committer = new Committer(database, host)
    this.transactions = new ActionTransactions(database, host)
  }

  get id(): string {
    return this.workerId
  }

  get ownedCount(): number {
    return this.owned.size
  }

  async start(): Promise<void> {
    await this.register()
    this.pulse.every(this.options.leaseMs / 4, () => this.renew())
    this.pulse.every(this.options.pollMs, () => this.poll())
    this.pulse.every(sweepMs, () => this.sweep())
    this.wake()
  }

  /** Something may be runnable: claim now, or once more when a claim is under way. */
  wake(): void {
    if (this.isDraining || !this.isRegistered) return
    this.claimAgain = true
    this.claiming ??= this.claimAll().finally(() => {
      this.claiming = undefined
      if (this.claimAgain) setImmediate(() => this.wake())
    })
  }

  /** A signal for an execution of this worker may have come. */
  async fetchSignals(): Promise<void> {
    if (this.owned.size > 0) this.deliver(await readOwnedSignals(this.database.engine, this.workerId))
  }

  /** Stops claiming, lets runs that are under way end, and gives the rest back. After `graceMs` they are aborted. */
  async drain(graceMs: number): Promise<void> {
    this.isDraining = true
    await this.claiming
    const deadline = performance.now() + graceMs
    while (this.isBusy() && performance.now() < deadline) await this.pulse.next(20)
    this.pulse.stop()
    this.committer.close()
    for (const execution of this.owned.values()) execution.leave()
    this.owned.clear()
    if (this.isRegistered) await retireWorker(this.database.engine, this.workerId, this.date())
    this.isRegistered = false
  }

  mayStart(): boolean {
    if (this.isDraining || !this.isRegistered) return false
    if (performance.now() - this.renewedAt < this.options.leaseMs * 0.8) return true
    this.isHeldUp = true
    return false
  }

  enqueue(execution: OwnedExecution): void {
    this.committer.enqueue(execution)
  }

  letGo(execution: OwnedExecution): void {
    this.forget(execution)
    if (execution.claimed.isLimited || this.owned.size === this.options.capacity - 1) this.wake()
  }

  transact: WorkerHost['transact'] = (execution, run, work) => this.transactions.transact(execution, run, work)

  /**
   * Its state can no longer be trusted: it is folded anew. When the database refuses what it wants to write, or the house
   * itself fails, it then fails with the reason, and its neighbours go on.
   */
  fault(execution: OwnedExecution, error: Error): void {
    const { claimed, isHopeless } = execution
    const { id, tenantId } = claimed
    const { workerId } = this
    const isUnknown = isPassing(error) || isJournalConflict(error)
    if (isUnknown)
      this.report('warn', 'Nobody knows what of an execution was written; its journal is read again.', error, {
        executionId: id,
        tenantId,
      })
    else this.report('error', 'An execution cannot go on.', error, { executionId: id, tenantId })
    execution.leave()
    this.forget(execution)
    this.reloading.add(id)
    this.pulse.soon(async () => {
      if (workerId === this.workerId) {
        if (isHopeless && !isUnknown) await this.giveBack(claimed)
        else await this.load([{ ...claimed, isNew: false, pendingSignals: 1 }], isUnknown ? undefined : error)
      }
      this.reloading.delete(id)
    })
  }

  private async register(): Promise<void> {
    this.renewedAt = performance.now()
    await registerWorker(this.database.engine, { id: this.workerId, name: this.options.name }, this.date())
    this.isRegistered = true
  }

  private committerHost(): CommitterHost {
    const { workerId } = this
    return {
      workerId,
      now: this.parts.now,
      onLeaseLost: () => this.loseLease(workerId),
      onTrouble: (error) =>
        this.report('warn', 'The database does not take a commit for now; it is tried again.', error),
      onRefused: (execution, error) => this.fault(execution, error),
      onDurable: (batches) => this.parts.onDurable?.(batches.flatMap((batch) => batch.entries)),
    }
  }

  private async renew(): Promise<void> {
    if (!this.isRegistered) return
    const { workerId } = this
    const askedAt = performance.now()
    if (!(await renewLease(this.database.engine, workerId))) return this.loseLease(workerId)
    if (workerId !== this.workerId) return
    this.renewedAt = askedAt
    if (!this.isHeldUp || !this.mayStart()) return
    this.isHeldUp = false
    for (const execution of this.owned.values()) execution.pump()
  }

  /** Others own everything by now: forget it and begin anew under another name. */
  private loseLease(workerId: string): void {
    if (workerId !== this.workerId || !this.isRegistered) return
    this.isRegistered = false
    this.report(
      'warn',
      'The worker lost its lease and begins anew; others go on with its executions.',
      new LeaseLostError(),
    )
    this.committer.close()
    for (const execution of this.owned.values()) execution.leave()
    this.owned.clear()
    this.workerId = this.parts.newId()
    const host = this.committerHost()
    this.committer = new Committer(this.database, host)
    this.transactions = new ActionTransactions(this.database, host)
    this.pulse.soon(async () => {
      if (this.isDraining || this.isRegistered) return
      await this.register()
      this.wake()
    })
  }

  private async claimAll(): Promise<void> {
    while (this.claimAgain && !this.isDraining && this.isRegistered) {
      this.claimAgain = false
      const room = Math.min(claimBatch, this.options.capacity - this.owned.size)
      if (room <= 0) return
      const { workerId } = this
      try {
        if (performance.now() < this.straysUntil) await this.releaseStrays(workerId)
        const claimed = await claimExecutions(this.database.engine, workerId, room, this.date())
        const limited = await claimLimitedExecutions(this.database.engine, workerId, room, this.date())
        this.lastClaimAt = this.parts.now()
        if (workerId !== this.workerId) return
        if (claimed.length + limited.length >= room) this.claimAgain = true
        await this.load([...claimed, ...limited])
      } catch (error) {
        this.straysUntil = performance.now() + this.options.leaseMs
        this.report('warn', 'Claiming executions failed; it is tried again.', error)
        return
      }
    }
  }

  private async releaseStrays(workerId: string): Promise<void> {
    const known = [...this.owned.keys(), ...this.reloading]
    await releaseStrays(this.database.engine, workerId, known, this.date())
  }

  /** With a reason, the executions fail for it and start nothing more. */
  private async load(claimed: readonly ClaimedExecution[], reason?: Error): Promise<void> {
    if (claimed.length === 0) return
    const { workerId } = this
    const loaded = await loadExecutions(this, claimed, await this.readJournals(claimed))
    const signalled = claimed.filter((execution) => execution.pendingSignals > 0)
    const signals = signalled.length === 0 ? [] : await readSignals(this.database.engine, signalled.map(keyOf))
    if (workerId !== this.workerId) return
    for (const execution of loaded.executions) {
      this.owned.set(execution.claimed.id, execution)
      if (reason === undefined) giveUpWhatKills(execution)
      else execution.giveUp('internal', `The execution could not go on: ${reason.message}`)
    }
    this.deliver(signals)
    for (const execution of loaded.executions) execution.pump()
    for (const { execution: failed, error } of loaded.failed) {
      this.report('error', 'An execution could not be loaded; it is given back.', error, { executionId: failed.id })
      await this.giveBack(failed)
    }
  }

  private async giveBack({ tenantId, id: executionId }: ClaimedExecution): Promise<void> {
    const at = new Date(this.parts.now() + sorePauseMs)
    await releaseExecution(this.database.engine, this.workerId, { tenantId, executionId }, at)
  }

  private forget(execution: OwnedExecution): void {
    const { id } = execution.claimed
    // By now it may have been claimed again and loaded as another object.
    if (this.owned.get(id) === execution) this.owned.delete(id)
  }

  private async readJournals(claimed: readonly ClaimedExecution[]) {
    const begun = claimed.filter((execution) => !execution.isNew)
    return begun.length === 0 ? new Map() : readJournals(this.database.engine, begun.map(keyOf))
  }

  private deliver(signals: readonly StoredSignal[]): void {
    const byExecution = Map.groupBy(signals, (signal) => signal.executionId)
    for (const [id, list] of byExecution) this.owned.get(id)?.deliver(list)
  }

  private async poll(): Promise<void> {
    this.wake()
    await this.fetchSignals()
  }

  private sweep(): void {
    const now = this.parts.now()
    for (const execution of this.owned.values()) if (execution.runs.count > 0) execution.sweep(now)
  }

  private isBusy(): boolean {
    for (const execution of this.owned.values()) if (execution.runs.count > 0) return true
    return !this.committer.isIdle || !this.transactions.isIdle
  }

  private date(): Date {
    return new Date(this.parts.now())
  }

  private report(level: 'warn' | 'error', message: string, error: unknown, detail: JsonObject = {}): void {
    this.parts.log(level, message, {
      worker: this.workerId,
      error: error instanceof Error ? error.message : String(error),
      ...detail,
    })
  }
}

function keyOf(execution: ClaimedExecution) {
  return { tenantId: execution.tenantId, executionId: execution.id }
}
