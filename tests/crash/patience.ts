// Waiting for what nobody tells, and asking a database that may be away.

import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again until there is an answer; undefined when there is none in time. */
export async function within<T>(ms: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T | undefined> {
  const deadline = performance.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) return undefined
    await pause(10)
  }
}

/** The promise's value, or undefined when it takes longer. */
export async function inTime<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController()
  const late = pause(ms, undefined, { signal: timer.signal }).catch(() => undefined)
  const first = await Promise.race([promise, late])
  timer.abort()
  return first
}

/** Does it again for as long as it fails: the server may have been killed or the connection cut. `work` may have been done. */
export async function persist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries > 100) throw error
      await pause(50)
    }
  }
}
