// A peer's turn in a process of its own: its memory and its timers are gone before the next one plays.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import { type Surroundings, surroundingsSchema } from './surroundings.ts'
import type { Counts, Turn } from './turn.ts'

export const peers = ['openworkflow', 'dbos', 'restate'] as const
export type Peer = (typeof peers)[number]

/** What the process is told, as its first message. */
export const orderSchema = z.object({
  peer: z.enum(peers),
  surroundings: surroundingsSchema,
  counts: z.object({ linear: z.number(), fan: z.number(), single: z.number() }),
})

interface Order {
  readonly peer: Peer
  readonly surroundings: Surroundings
  readonly counts: Counts
}

const turnSchema = z.object({
  linearPerSecond: z.number(),
  fanPerSecond: z.number(),
  singleP50Ms: z.number(),
  singleP99Ms: z.number(),
})

/** Rejects when the process ends without a result, and, after it has ended, when `signal` aborts. */
export async function playInProcess(order: Order, signal: AbortSignal): Promise<Turn> {
  signal.throwIfAborted()
  // Deprecations of what a peer uses are not for the reader of the figures.
  const child = fork(new URL('peer-main.ts', import.meta.url), { execArgv: ['--no-deprecation'] })
  const exited = once(child, 'exit')
  const leave = () => leaveAlone(child)
  signal.addEventListener('abort', leave)
  try {
    child.send(order)
    const turn = await Promise.race([once(child, 'message'), exited.then(() => undefined)])
    leave()
    await exited
    signal.throwIfAborted()
    if (turn === undefined) throw new Error(`${order.peer} ended without figures; what it said stands above.`)
    return turnSchema.parse(turn[0])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** It closes what it has opened when it is alone; so it does when this process is killed. */
function leaveAlone(child: ChildProcess): void {
  if (child.connected) child.disconnect()
}
