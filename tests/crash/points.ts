// The words that the harness and its worker processes share: points, what is done at them, orders and reports.

import { z } from 'zod'

/** Where a worker can be hit. `finish`: an append that holds an end. `park`: one that holds a wait. `append`: one without either. */
export const points = ['claim', 'claim limited', 'run', 'append', 'finish', 'park', 'timer', 'takeover'] as const
export type Point = (typeof points)[number]

/** `middle`: after a statement of a transaction and before its commit. `after`: done in the database, unknown to the worker. */
const whens = ['before', 'middle', 'after'] as const
export type When = (typeof whens)[number]

/**
 * What is done to the process at the point. `lose`: the answer does not come. `break`: the connection breaks while the
 * statement is on its way. `hold`: it waits there until the parent has done something else.
 */
const deeds = ['kill', 'stop', 'lose', 'break', 'hold'] as const

const arm = z.object({
  point: z.enum(points),
  when: z.enum(whens),
  deed: z.enum(deeds),
  /** How often the point is passed before it is hit, counted from 1. */
  nth: z.int().min(1),
  /** Only inside, or only outside, of a transaction. */
  inTransaction: z.boolean().optional(),
})
export type Arm = z.output<typeof arm>

/** What a worker process is told; each message replaces the one before. */
export const ordersSchema = z.object({
  id: z.int(),
  arms: z.array(arm),
  /** What it may not do: `claims` anything, or `all` that draws work to it, takeovers as well. */
  barred: z.enum(['nothing', 'claims', 'all']),
  isSerializable: z.boolean(),
  /** How far its clock is ahead of the machine's. */
  aheadMs: z.number(),
})
export type Orders = z.output<typeof ordersSchema>

export const idle: Orders = { id: 0, arms: [], barred: 'all', isSerializable: false, aheadMs: 0 }

export const messageSchema = z.union([
  z.object({ tell: z.literal('orders'), orders: ordersSchema }),
  z.object({ tell: z.literal('go on') }),
])
export type Message = z.output<typeof messageSchema>

const hit = z.object({
  say: z.literal('hit'),
  arm,
  /** The worker's id under its lease of that moment. */
  worker: z.string(),
  /** First value of the statement: the worker that writes, or the one that is taken over. */
  subject: z.string(),
  /** The backends of the process's connections. */
  backends: z.array(z.int()),
})
export type Hit = z.output<typeof hit>

/** What a worker process writes, a line each, before it goes on. */
export const reportSchema = z.discriminatedUnion('say', [
  z.object({ say: z.literal('ordered'), id: z.int(), worker: z.string() }),
  hit,
  z.object({ say: z.literal('answered'), rows: z.int() }),
  /** Events that the engine was told to be durable. */
  z.object({ say: z.literal('durable'), events: z.array(z.string()) }),
  /** The database gave up a transaction: 40001, 40P01. */
  z.object({ say: z.literal('rolled back'), code: z.string() }),
])
export type Report = z.output<typeof reportSchema>

/** An event as both the worker that acknowledged it and the journal tell it. */
export function eventText(executionId: string, seq: number, event: EventLike): string {
  return [executionId, seq, event.type, event.step ?? '', event.item ?? '', event.at].join(' ')
}

interface EventLike {
  readonly type: string
  readonly step?: string | null
  readonly item?: number | null | undefined
  readonly at: number
}
