// What an engine of this process has made durable, told to whoever waits for it.

import type { JournalEvent, JournalEventType } from '../src/kernel/plan/journal.ts'
import type { JournalEntry } from '../src/record/journal.ts'

type Listener = (entry: JournalEntry) => void

export interface Sought {
  readonly type: JournalEventType
  readonly step?: string
  readonly tenantId?: string
}

export interface Counter {
  readonly count: number
  stop(): void
}

export class Durable {
  private readonly listeners = new Set<Listener>()

  /** Give it to the house as `onDurable`. */
  readonly hear = (entries: readonly JournalEntry[]): void => {
    for (const listener of this.listeners) for (const entry of entries) listener(entry)
  }

  /** Resolves once so many such events are durable, counted from now; `each` hears of every one. */
  async next(times: number, sought: Sought, each: (entry: JournalEntry) => void = () => {}): Promise<void> {
    let left = times
    await new Promise<void>((resolve) => {
      const listener = (entry: JournalEntry): void => {
        if (left === 0 || !isSought(entry, sought)) return
        each(entry)
        if (--left > 0) return
        this.listeners.delete(listener)
        resolve()
      }
      this.listeners.add(listener)
    })
  }

  /** Counts such events until it is stopped; `each` hears of every one. */
  counter(sought: Sought, each: (entry: JournalEntry) => void = () => {}): Counter {
    let count = 0
    const listener = (entry: JournalEntry): void => {
      if (!isSought(entry, sought)) return
      count++
      each(entry)
    }
    this.listeners.add(listener)
    return {
      get count() {
        return count
      },
      stop: () => {
        this.listeners.delete(listener)
      },
    }
  }
}

type End = Extract<JournalEvent, { type: 'execution.ended' }>

/** Whether the event ends an execution otherwise than well: what fails early looks fast. */
export function hasFailed(event: JournalEvent): event is End {
  return event.type === 'execution.ended' && event.status !== 'completed'
}

function isSought(entry: JournalEntry, { type, step, tenantId }: Sought): boolean {
  if (entry.event.type !== type) return false
  if (tenantId !== undefined && entry.tenantId !== tenantId) return false
  return step === undefined || stepOf(entry.event) === step
}

function stepOf(event: JournalEvent): string | undefined {
  return 'step' in event ? event.step : undefined
}
