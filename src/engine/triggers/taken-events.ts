// Events that are taken together: one transaction notes them, starts what listens for them, and wakes what waits for them.

import { inTransaction, type Queryable } from '../../record/database.ts'
import type { EventWait } from '../../record/event-waits.ts'
import { insertReceipts } from '../../record/events.ts'
import { type NewSignal, sendSignals } from '../../record/signals.ts'
import { findTriggersOf } from '../../record/triggers.ts'
import { firingOf } from './event-listeners.ts'
import type { EventReceipt, ReceivedEvent } from './events.ts'
import { type Admitted, type Fired, fireTriggers, startAdmitted, type TriggerParts } from './firing.ts'

/** An event with what listens for it and what waits for it. */
export interface KnownEvent {
  readonly event: ReceivedEvent
  readonly listening: readonly Admitted[]
  readonly waits: readonly EventWait[]
}

/** The connection broke at the commit: the events may have been taken, or not. */
export class UnknownCommit extends Error {
  constructor(cause: unknown) {
    super('The database did not say whether the event was taken. Send it again: it is taken once.', { cause })
  }
}

/** What became of each, in order, once it is durable. */
export async function takeEvents(parts: TriggerParts, known: readonly KnownEvent[]): Promise<EventReceipt[]> {
  let isWritten = false
  const take = async (client: Queryable) => {
    const receivedAt = new Date(parts.now())
    const receipts = known.map(({ event: { tenantId, source, id } }) => ({ tenantId, source, eventId: id, receivedAt }))
    const isNew = await insertReceipts(client, receipts)
    const fresh = known.filter((_, index) => isNew[index])
    const fired = await startListeners(parts, client, fresh)
    const signalled = await wake(parts, client, fresh)
    isWritten = true
    return new Map(fresh.map((one, index) => [one, { fired: fired[index] ?? [], signalled: signalled[index] ?? 0 }]))
  }
  const taken = await inTransaction(parts.database.engine, take).catch((error: unknown) => {
    throw isWritten ? new UnknownCommit(error) : error
  })
  return known.map((one) => {
    const made = taken.get(one)
    return made === undefined ? { duplicate: true, fired: [], signalled: 0 } : { duplicate: false, ...made }
  })
}

async function startListeners(
  parts: TriggerParts,
  client: Queryable,
  known: readonly KnownEvent[],
): Promise<(readonly Fired[])[]> {
  const fired = await startAdmitted(
    parts.log,
    client,
    known.flatMap(({ listening }) => listening),
  )
  let next = 0
  const all: (readonly Fired[])[] = []
  for (const { event, listening } of known) {
    const settled = new Map<string, Fired>()
    for (const { trigger } of listening) {
      const one = fired[next++]
      if (one !== undefined) settled.set(trigger.id, one)
    }
    all.push(await settleAll(parts, client, event, settled))
  }
  return all
}

/** Looks again when a version was replaced in between; what has started before stays the only start. */
async function settleAll(
  parts: TriggerParts,
  client: Queryable,
  event: ReceivedEvent,
  settled: Map<string, Fired>,
): Promise<readonly Fired[]> {
  while ([...settled.values()].some(({ outcome }) => outcome === 'stale')) {
    for (const [id, { outcome }] of settled) if (outcome === 'stale') settled.delete(id)
    const found = await findTriggersOf(client, 'event', [{ tenantId: event.tenantId, subject: event.type }])
    const triggers = found.filter(({ id }) => !settled.has(id))
    const firings = triggers.map((trigger) => firingOf(event, trigger))
    const fired = await fireTriggers(parts, client, firings)
    for (const [index, one] of fired.entries()) settled.set(triggers[index]?.id ?? '', one)
  }
  return [...settled.values()]
}

/** To how many waiting steps each event was passed. */
async function wake(parts: TriggerParts, client: Queryable, known: readonly KnownEvent[]): Promise<number[]> {
  const createdAt = new Date(parts.now())
  const signals = known.map(({ event: { tenantId, type, id, data }, waits }) =>
    waits.map(({ executionId, step, item }): NewSignal => {
      const told = { event: type, id, data }
      const signal = { tenantId, executionId, id: parts.newId(), kind: 'event', step, data: told, createdAt } as const
      return item === undefined ? signal : { ...signal, item }
    }),
  )
  const all = signals.flat()
  const sent = all.length === 0 ? undefined : await sendSignals(client, all)
  return signals.map((some) => some.filter(({ id }) => sent?.has(id) === true).length)
}
