// Whether listeners may still listen: each session and key is asked about once, whatever number of streams it has open.

import type { StreamListener } from './stream-listener.ts'

/** At once, so that many listeners don't take the database's connections from the requests. */
const atOnce = 4

/** Those that may no longer listen. While it cannot be told, as when the database is away, nobody is sent off. */
export async function checkAllowed(listeners: readonly StreamListener[]): Promise<StreamListener[]> {
  const credentials = [...Map.groupBy(listeners, ({ credential }) => credential).values()]
  const refused: StreamListener[] = []
  const work = async (): Promise<void> => {
    for (let next = credentials.pop(); next !== undefined; next = credentials.pop()) {
      const isAllowed = (await next[0]?.stillAllowed().catch(() => true)) ?? true
      if (!isAllowed) refused.push(...next)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return refused
}
