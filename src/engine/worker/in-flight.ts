// The runs of one execution that are under way in this process.

import type { InFlight } from '../../kernel/plan/commands.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import type { Records } from './outbox.ts'

export interface Run {
  readonly index: number
  readonly item: number | undefined
  readonly attempt: number
  readonly startedAt: number
  readonly abort: LazyAbort
  /** Epoch ms after which the attempt has failed, whatever it does later. */
  deadline: number
  /** Whether the journal says that it has started, or need not. */
  isRecorded: boolean
  /** Its end is told; what it does later is ignored. */
  isOver: boolean
  readonly tell: (ended: { readonly event?: JournalEvent; readonly records?: Partial<Records> | undefined }) => void
  /** Ends it because its time is up. */
  expire(): void
}

/** An AbortController that is made when somebody asks for its signal: few actions do, and it costs more than a short one. */
export class LazyAbort {
  private controller: AbortController | undefined
  private isAborted = false

  get signal(): AbortSignal {
    this.controller ??= new AbortController()
    if (this.isAborted) this.controller.abort()
    return this.controller.signal
  }

  abort(): void {
    this.isAborted = true
    this.controller?.abort()
  }
}

export class Runs implements InFlight {
  private readonly byStep = new Map<number, Map<number, Run>>()
  count = 0

  has(index: number, item: number | undefined): boolean {
    return this.byStep.get(index)?.has(item ?? -1) ?? false
  }

  items(index: number): number {
    return this.byStep.get(index)?.size ?? 0
  }

  add(run: Run): void {
    const items = this.byStep.get(run.index) ?? new Map<number, Run>()
    this.byStep.set(run.index, items.set(run.item ?? -1, run))
    this.count++
  }

  remove(index: number, item: number | undefined): void {
    const items = this.byStep.get(index)
    if (items?.delete(item ?? -1) !== true) return
    this.count--
    if (items.size === 0) this.byStep.delete(index)
  }

  *[Symbol.iterator](): Generator<Run> {
    for (const items of this.byStep.values()) yield* items.values()
  }
}
