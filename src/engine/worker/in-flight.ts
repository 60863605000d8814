// The runs of one execution that are under way in this process.

import type { InFlight } from '../../kernel/plan/commands.ts'
import type { Ended } from './act.ts'

export interface Run {
  readonly index: number
  readonly item: number | undefined
  readonly attempt: number
  readonly startedAt: number
  /** Aborted when it is stopped from outside. */
  readonly signal: AbortSignal
  /** Epoch ms after which the attempt has failed, whatever it does later. */
  deadline: number
  /** Whether the journal says that it has started, or need not. */
  isRecorded: boolean
  /** Its end is told; what it does later is ignored. */
  isOver: boolean
  tell(ended: Ended): void
  /** Stops the action; its end is still its own. */
  abort(): void
  /** Ends it because its time is up. */
  expire(): void
}

/** More than a step has items. */
const widest = 16_384
const placeOf = (index: number, item: number | undefined): number =>
  index * widest + (item === undefined ? 0 : item + 1)

export class Runs implements InFlight {
  private readonly byPlace = new Map<number, Run>()
  /** By step, of those that have several. */
  private readonly itemCounts = new Map<number, number>()

  get count(): number {
    return this.byPlace.size
  }

  has(index: number, item: number | undefined): boolean {
    return this.byPlace.has(placeOf(index, item))
  }

  items(index: number): number {
    return this.itemCounts.get(index) ?? 0
  }

  add(run: Run): void {
    this.byPlace.set(placeOf(run.index, run.item), run)
    if (run.item !== undefined) this.itemCounts.set(run.index, this.items(run.index) + 1)
  }

  remove(index: number, item: number | undefined): void {
    if (this.byPlace.delete(placeOf(index, item)) && item !== undefined) {
      this.itemCounts.set(index, this.items(index) - 1)
    }
  }

  [Symbol.iterator](): Iterator<Run> {
    return this.byPlace.values()
  }
}
