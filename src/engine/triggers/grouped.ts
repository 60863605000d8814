// Adaptive grouping: calls of many go together into one piece of work, and what is wrong with one of them harms no other. No
// timer, so nobody waits for nothing.

import { setImmediate as nextTurn } from 'node:timers/promises'

export interface Grouping<Item> {
  /** Items that go together at most. */
  readonly most: number
  /** What an item weighs, and what those that go together may weigh; one alone may weigh more. Nothing when absent. */
  readonly weigh?: (item: Item) => number
  readonly heaviest?: number
  /** Whether those that come within one turn of the event loop go together also where nothing is under way. */
  readonly gathers?: boolean
  /** Whether a group that failed is tried again in halves, until the item to blame is alone. Always when absent. */
  readonly mayTryAgain?: (error: unknown) => Promise<boolean>
}

interface Call<Item, Done> {
  readonly item: Item
  readonly resolve: (done: Done) => void
  readonly reject: (error: unknown) => void
}

/**
 * Turns a function of many items into one of a single item: calls that arrive while a group is under way go together into
 * the next. `work` returns one result for each item, in order, and is never under way twice, so it may hold a connection.
 */
export function grouped<Item, Done>(
  work: (items: readonly Item[]) => Promise<readonly Done[]>,
  { most, weigh = () => 0, heaviest = 0, gathers = false, mayTryAgain = () => Promise.resolve(true) }: Grouping<Item>,
): (item: Item) => Promise<Done> {
  type Calls = readonly Call<Item, Done>[]
  const waiting: Call<Item, Done>[] = []
  let isWorking = false

  const inHalves = async (calls: Calls): Promise<void> => {
    const middle = Math.ceil(calls.length / 2)
    await settle(calls.slice(0, middle))
    await settle(calls.slice(middle))
  }
  const settle = async (calls: Calls): Promise<void> => {
    const isAlone = calls.length === 1
    if (!isAlone && calls.reduce((sum, { item }) => sum + weigh(item), 0) > heaviest) return inHalves(calls)
    try {
      const done = await work(calls.map(({ item }) => item))
      for (const [index, value] of done.entries()) calls[index]?.resolve(value)
    } catch (error) {
      if (!isAlone && (await mayTryAgain(error))) return inHalves(calls)
      for (const { reject } of calls) reject(error)
    }
  }
  const drain = async (): Promise<void> => {
    isWorking = true
    while (waiting.length > 0) {
      if (gathers) await nextTurn()
      await settle(waiting.splice(0, most))
    }
    isWorking = false
  }
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isWorking) void drain()
    })
}
