// The keeper: what must happen by itself. Every process with a worker runs one; the database settles who does what.

import type { Database } from '../../record/database.ts'
import { ensureJournalPartitions } from '../../record/partitions.ts'
import { forgetDeadWorkers, takeOverLostWorkers } from '../../record/workers.ts'
import { forgetStragglers } from '../../record/feed.ts'
import { Pulse } from '../worker/pulse.ts'
import { prune, retain } from './retention.ts'
import { sayHeads, sealAll, sealEveryMs } from './sealing.ts'

export interface KeeperParts {
  readonly now: () => number
  readonly leaseMs: number
  readonly pollMs: number
  /** How long executions are kept after their end; forever when absent, unless a tenant's policy says otherwise. */
  readonly retentionMs?: number | undefined
  /** Starts what schedules call for; returns when the next one is due, in epoch ms. */
  fireDueSchedules(now: number): Promise<number | undefined>
  /** Starts the workflows that wait for the end of another; returns how many ends it looked at. */
  startChained(): Promise<number>
  /** Does what is due with approvals: tells those who are asked, reminds them, ends what nobody decided in time. */
  keepApprovals?(now: number): Promise<void>
  /** Converts the drafts whose date has come; returns how many it looked at. */
  convertDueDrafts?(now: number): Promise<number>
  /** Executions of a worker that fell silent are free for others. */
  tookOver?(executions: number): void
  readonly report: (
    level: 'info' | 'warn',
    message: string,
    detail: { readonly [key: string]: string | number },
  ) => void
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Who listens to the feed again after longer starts with what is there. */
const stragglerMs = 30 * dayMs
/** Months of journal that have a partition before they begin. */
const monthsAhead = 3

export class Keeper {
  private readonly database: Database
  private readonly parts: KeeperParts
  private readonly pulse: Pulse
  private isStopped = false

  constructor(database: Database, parts: KeeperParts) {
    this.database = database
    this.parts = parts
    this.pulse = new Pulse((error) => this.complain('The keeper met trouble; it tries again.', error))
  }

  async start(): Promise<void> {
    await this.tidy()
    // Three looks within a lease, so that a silent worker is noticed soon after its lease has run out.
    this.pulse.every(this.parts.leaseMs / 3, () => this.takeOver())
    this.pulse.every(this.parts.pollMs, () => this.keepTime())
    this.pulse.every(this.parts.pollMs, () => this.parts.keepApprovals?.(this.parts.now()))
    this.pulse.every(hourMs, () => this.tidy())
    this.pulse.every(hourMs, () => this.retain())
    this.pulse.every(sealEveryMs, () => sealAll(this.database, this.parts.now, () => this.isStopped))
    this.pulse.every(dayMs, () => sayHeads(this.database, this.parts.report))
    this.pulse.soon(() => sayHeads(this.database, this.parts.report))
    this.pulse.soon(() => this.takeOver())
    this.pulse.soon(() => this.keepTime())
    this.pulse.soon(() => this.retain())
  }

  stop(): void {
    this.isStopped = true
    this.pulse.stop()
  }

  private async takeOver(): Promise<void> {
    const { leaseMs, now, report } = this.parts
    const takeovers = await takeOverLostWorkers(this.database.engine, leaseMs, new Date(now()))
    for (const { workerId, executions } of takeovers) {
      this.parts.tookOver?.(executions)
      report('warn', 'A worker fell silent; its executions are free for others.', { worker: workerId, executions })
    }
  }

  private async keepTime(): Promise<void> {
    await this.parts.fireDueSchedules(this.parts.now())
    await this.parts.convertDueDrafts?.(this.parts.now())
    while ((await this.parts.startChained()) > 0);
  }

  private async tidy(): Promise<void> {
    const now = this.parts.now()
    await ensureJournalPartitions(this.database.engine, new Date(now), monthsAhead)
    await forgetDeadWorkers(this.database.engine, new Date(now - dayMs))
    await forgetStragglers(this.database.engine, new Date(now - stragglerMs))
  }

  /** Not a part of `tidy`, which the start waits for: there may be millions to delete. */
  private async retain(): Promise<void> {
    const { retentionMs, now } = this.parts
    const parts = { now, pause: (ms: number) => this.pulse.next(ms), isStopped: () => this.isStopped }
    try {
      const moment = new Date(now())
      const { engine } = this.database
      this.tell(
        'Executions that ended long ago were deleted.',
        await retain(engine, { now: moment, retentionMs }, parts),
      )
      this.tell('What is kept for some days only was deleted.', await prune(this.database, moment, parts))
    } catch (error) {
      if (!this.isStopped) this.complain('Old executions could not be deleted; the next try is in an hour.', error)
    }
  }

  private tell(message: string, counts: Readonly<Record<string, number>>): void {
    if (Object.values(counts).some((count) => count > 0)) this.parts.report('info', message, counts)
  }

  private complain(message: string, error: unknown): void {
    this.parts.report('warn', message, { error: error instanceof Error ? error.message : String(error) })
  }
}
