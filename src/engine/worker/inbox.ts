// The signals of one execution that have come and are not taken in yet.

import type { StoredSignal } from '../../record/signals.ts'

export class Inbox {
  private held: StoredSignal[] = []
  /** Every signal that came: the database tells of one again until it is taken in durably. */
  private readonly known = new Set<string>()
  /** Something in it is still to be offered. */
  hasNews = false

  /** How many were offered and held back, or are still to be offered. */
  get size(): number {
    return this.held.length
  }

  /** Returns whether any of them is new. */
  add(signals: readonly StoredSignal[]): boolean {
    const fresh = signals.filter((signal) => !this.known.has(signal.id))
    for (const signal of fresh) this.known.add(signal.id)
    this.held.push(...fresh)
    this.hasNews ||= fresh.length > 0
    return fresh.length > 0
  }

  /** The execution has moved on: what was held back may be what it waits for now. */
  reconsider(): void {
    this.hasNews = this.held.length > 0
  }

  offer(take: (signal: StoredSignal) => 'taken' | 'held'): void {
    this.hasNews = false
    const before = this.held
    this.held = []
    for (const signal of before) if (take(signal) === 'held') this.held.push(signal)
  }
}
