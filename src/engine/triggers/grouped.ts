// Adaptive grouping: calls that arrive while one is under way go together into the next. No timer, so nobody waits for nothing.

interface Call<Item, Done> {
  readonly item: Item
  readonly resolve: (done: Done) => void
  readonly reject: (error: unknown) => void
}

/**
 * Turns a function of many items into one of a single item. `work` returns one result for each item, in order.
 * When a group of several fails, its items are tried one by one, so that only the one to blame fails.
 */
export function grouped<Item, Done>(
  work: (items: readonly Item[]) => Promise<readonly Done[]>,
  most: number,
): (item: Item) => Promise<Done> {
  const waiting: Call<Item, Done>[] = []
  let isWorking = false

  const settle = async (calls: readonly Call<Item, Done>[]): Promise<void> => {
    try {
      const done = await work(calls.map(({ item }) => item))
      for (const [index, value] of done.entries()) calls[index]?.resolve(value)
    } catch (error) {
      const [only, ...others] = calls
      if (others.length === 0) only?.reject(error)
      else await Promise.all(calls.map((call) => settle([call])))
    }
  }
  const drain = async (): Promise<void> => {
    isWorking = true
    while (waiting.length > 0) await settle(waiting.splice(0, most))
    isWorking = false
  }
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isWorking) void drain()
    })
}
