// A worker: keeps a lease, and begins anew under another name when it loses one.

import type { JsonObject } from '../../kernel/json.ts'
import { nextDueAt } from '../../record/claims.ts'
import type { Database } from '../../record/database.ts'
import { LeaseLostError } from '../../record/workers.ts'
import type { EngineParts } from './host.ts'
import { LoadedVersions } from './loaded-version.ts'
import { OnceMore } from './once-more.ts'
import { Pulse } from './pulse.ts'
import { Tenure, type TenureHost } from './tenure.ts'

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

const sweepMs = 100

export class Worker implements TenureHost {
  readonly parts: EngineParts
  readonly options: WorkerOptions
  readonly versions: LoadedVersions
  private readonly database: Database
  private readonly pulse = new Pulse((error) => this.report('warn', 'The worker met trouble; it goes on.', error))
  private readonly claims = new OnceMore(() => this.claim())
  private readonly fetches = new OnceMore(() => this.tenure.fetchSignals())
  private tenure: Tenure
  private isDraining = false
  private isAlarmSet = false
  /** When a claim last succeeded, whether or not it found anything; readiness reads it. */
  lastClaimAt: number | undefined

  constructor(database: Database, parts: EngineParts, options: WorkerOptions) {
    this.database = database
    this.parts = parts
    this.options = options
    this.versions = new LoadedVersions(database.engine, parts.ownFields)
    this.tenure = new Tenure(database, this)
  }

  get id(): string {
    return this.tenure.id
  }

  get ownedCount(): number {
    return this.tenure.owned.size
  }

  async start(): Promise<void> {
    await this.tenure.begin()
    this.pulse.every(this.options.leaseMs / 4, () => this.tenure.renew())
    this.pulse.every(this.options.pollMs, () => this.poll())
    this.pulse.every(sweepMs, () => this.tenure.sweep())
    this.wake()
  }

  /** Something may be runnable: claim now, or once more when a claim is under way. */
  wake(): void {
    if (!this.isDraining) void this.claims.ask()
  }

  /** A signal for an execution of this worker may have come: fetch now, or once more when that is under way. */
  fetchSignals(): Promise<void> {
    return this.fetches.ask()
  }

  /** Stops claiming, lets runs that are under way end, and gives the rest back. After `graceMs` they are aborted. */
  async drain(graceMs: number): Promise<void> {
    this.isDraining = true
    this.tenure.isDraining = true
    await this.claims.ask()
    const deadline = performance.now() + graceMs
    while (this.tenure.isBusy && performance.now() < deadline) await this.pulse.next(20)
    this.pulse.stop()
    await this.tenure.end()
  }

  soon(work: () => Promise<void>): void {
    this.pulse.soon(work)
  }

  lost(tenure: Tenure): void {
    const message = 'The worker lost its lease and begins anew; others go on with its executions.'
    this.report('warn', message, new LeaseLostError())
    const next = new Tenure(this.database, this)
    next.isDraining = tenure.isDraining
    this.tenure = next
    if (this.isDraining) return
    this.pulse.soon(async () => {
      await next.begin()
      this.wake()
    })
  }

  report(level: 'warn' | 'error', message: string, error: unknown, detail: JsonObject = {}): void {
    const text = error instanceof Error ? error.message : String(error)
    this.parts.log(level, message, { worker: this.id, error: text, ...detail })
  }

  private async claim(): Promise<void> {
    try {
      const isMore = await this.tenure.claim()
      if (isMore === undefined) return
      this.lastClaimAt = this.parts.now()
      if (isMore) this.wake()
    } catch (error) {
      this.report('warn', 'Claiming executions failed; it is tried again.', error)
    }
  }

  private async poll(): Promise<void> {
    this.wake()
    await this.fetchSignals()
    await this.lookAhead()
  }

  /** What falls due before the next poll is claimed when it does. */
  private async lookAhead(): Promise<void> {
    if (this.isAlarmSet || this.isDraining) return
    const now = this.parts.now()
    const dueAt = await nextDueAt(this.database.engine, new Date(now))
    if (dueAt === undefined || dueAt.getTime() > now + this.options.pollMs) return
    this.isAlarmSet = true
    this.pulse.after(dueAt.getTime() - now, () => {
      this.isAlarmSet = false
      this.wake()
      return this.lookAhead()
    })
  }
}
