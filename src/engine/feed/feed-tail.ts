// Follows the feed from now on: reads at once when something may have been committed, and else every now and then.

import type { FeedEntry, FeedPage } from '../../record/feed.ts'

export interface FeedTailParts {
  readonly horizon: () => Promise<string>
  /** `toEnd`: the last page was the end. */
  readonly read: (after: string, toEnd: boolean) => Promise<FeedPage>
  /** The next page is read when it is done. */
  readonly onPage: (entries: readonly FeedEntry[], position: string) => void | Promise<void>
  readonly onTrouble: (error: Error) => void
  /** Monotone, in ms. */
  readonly now: () => number
}

/** Between two reads when nothing happens, and when something does. */
const idleMs = 250
const busyMs = 20
/** Reading takes the database a fifth of the time at most, and handing out takes this process half of it, however much there is. */
const restFactor = 4

export class FeedTail {
  private readonly parts: FeedTailParts
  private place: string | undefined
  private timer: NodeJS.Timeout | undefined
  private dueAt = 0
  private isReading = false
  private wasWoken = false
  private isBehind = false
  private isStopped = true
  private round = 0
  private pauseMs = idleMs
  private earliestAt = 0
  private readMs = 0

  constructor(parts: FeedTailParts) {
    this.parts = parts
  }

  /** How far has been read; undefined before it has started. */
  get position(): string | undefined {
    return this.place
  }

  /** From now on `onPage` hears of everything that comes after the position it returns. */
  async start(): Promise<string> {
    this.isStopped = false
    // A turn of before that is still on its way comes to nothing.
    const round = ++this.round
    this.isReading = false
    this.isBehind = false
    this.earliestAt = 0
    const horizon = await this.parts.horizon()
    if (this.isStopped || round !== this.round) return horizon
    this.place = horizon
    this.schedule(0)
    return horizon
  }

  stop(): void {
    this.isStopped = true
    this.round++
    this.place = undefined
    clearTimeout(this.timer)
    this.timer = undefined
  }

  /** Something may have been committed. */
  wake(): void {
    if (this.place === undefined) return
    this.wasWoken = true
    this.pauseMs = busyMs
    if (!this.isReading) this.schedule(0)
  }

  private schedule(afterMs: number): void {
    const { now } = this.parts
    const dueAt = Math.max(now() + afterMs, this.earliestAt)
    if (this.timer !== undefined && this.dueAt <= dueAt) return
    clearTimeout(this.timer)
    this.dueAt = dueAt
    this.timer = setTimeout(() => void this.turn(), Math.max(0, dueAt - now()))
  }

  private async turn(): Promise<void> {
    this.timer = undefined
    const { now, onTrouble } = this.parts
    const { round } = this
    const before = now()
    this.readMs = 0
    this.isReading = true
    this.wasWoken = false
    let isCut = false
    try {
      isCut = await this.readPage(round)
    } catch (error) {
      if (round !== this.round) return
      onTrouble(error instanceof Error ? error : new Error(String(error)))
      this.pauseMs = idleMs
    }
    if (this.isStopped || round !== this.round) return
    this.isReading = false
    // What was committed after the read, or lay behind a transaction that was not over, comes with one of the next.
    this.earliestAt = isCut ? 0 : now() + Math.max(busyMs, restFactor * this.readMs, now() - before - this.readMs)
    this.schedule(isCut || this.wasWoken ? 0 : this.pauseMs)
    this.pauseMs = Math.min(idleMs, this.pauseMs * 2)
  }

  private async readPage(round: number): Promise<boolean> {
    if (this.place === undefined) return false
    const { now } = this.parts
    const before = now()
    const { entries, position, isCut } = await this.parts.read(this.place, !this.isBehind)
    this.readMs = now() - before
    if (round !== this.round || this.isStopped) return false
    if (entries.length > 0) this.pauseMs = busyMs
    await this.parts.onPage(entries, position)
    if (round !== this.round || this.isStopped) return false
    this.place = position
    this.isBehind = isCut
    return isCut
  }
}
