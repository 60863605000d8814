// Events from outside: each is taken once, starts the workflows that listen for it, and wakes the steps that wait for it.

import type { Json } from '../../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import { asTenant, type Queryable } from '../../record/database.ts'
import { findEventWaits } from '../../record/event-waits.ts'
import { insertReceipt } from '../../record/events.ts'
import { type NewSignal, sendSignals } from '../../record/signals.ts'
import { findTriggersOf } from '../../record/triggers.ts'
import { payloadOf } from './admission.ts'
import { type Fired, fireTriggers, type TriggerParts } from './firing.ts'

/** An event as CloudEvents 1.0 has it: `source` and `id` together name it. */
export interface ReceivedEvent {
  readonly tenantId: string
  readonly type: string
  readonly source: string
  readonly id: string
  readonly data: Json
}

export interface EventReceipt {
  /** It has been received before, and nothing was done now. */
  readonly duplicate: boolean
  /** What each trigger that listens for the type made of it. */
  readonly fired: readonly Fired[]
  /** How many waiting steps it was passed to. */
  readonly signalled: number
}

export interface Events {
  /** Problems: `invalid_input`, `payload_too_large`. */
  receive(event: ReceivedEvent): Promise<Result<EventReceipt>>
}

export function createEvents(parts: TriggerParts): Events {
  return {
    receive: async (event) => {
      const problem = eventProblem(event) ?? parts.starter.admission.sizeProblem(event.data, 'The event')
      if (problem !== undefined) return failed(problem)
      return ok(await asTenant(parts.database, event.tenantId, (client) => take(parts, client, event)))
    },
  }
}

async function take(parts: TriggerParts, client: Queryable, event: ReceivedEvent): Promise<EventReceipt> {
  const { tenantId, source, id } = event
  const receipt = { tenantId, source, eventId: id, receivedAt: new Date(parts.now()) }
  if (!(await insertReceipt(client, receipt))) return { duplicate: true, fired: [], signalled: 0 }
  const fired = await startListeners(parts, client, event)
  return { duplicate: false, fired, signalled: await wake(parts, client, event) }
}

/** Looks again when a version was replaced in between; what has started before stays the only start. */
async function startListeners(parts: TriggerParts, client: Queryable, event: ReceivedEvent): Promise<Fired[]> {
  const { tenantId, type, source, id, data } = event
  const payload = payloadOf(data)
  const name = [source, id].map(escapeColons).join(':')
  const settled = new Map<string, Fired>()
  for (;;) {
    const found = await findTriggersOf(client, 'event', [{ tenantId, subject: type }])
    const triggers = found.filter((trigger) => !settled.has(trigger.id))
    const firings = triggers.map((trigger) => {
      const dedupeKey = `event:${trigger.id}:${name}`
      return { trigger, payload, inputs: payload, startedBy: `event:${type}`, dedupeKey }
    })
    const fired = await fireTriggers(parts, client, firings)
    for (const [index, one] of fired.entries()) {
      if (one.outcome !== 'stale') settled.set(triggers[index]?.id ?? '', one)
    }
    if (fired.every(({ outcome }) => outcome !== 'stale')) return [...settled.values()]
  }
}

async function wake(parts: TriggerParts, client: Queryable, event: ReceivedEvent): Promise<number> {
  const { tenantId, type, id, data } = event
  const waits = await findEventWaits(client, tenantId, type, data)
  if (waits.length === 0) return 0
  const createdAt = new Date(parts.now())
  const signals = waits.map(({ executionId, step, item }): NewSignal => {
    const told = { event: type, id, data }
    const signal = { tenantId, executionId, id: parts.newId(), kind: 'event', step, data: told, createdAt } as const
    return item === undefined ? signal : { ...signal, item }
  })
  return (await sendSignals(client, signals)).size
}

/** Without it, source "a:b" with id "c" and source "a" with id "b:c" would be one event. */
function escapeColons(text: string): string {
  return text.replaceAll('%', '%25').replaceAll(':', '%3A')
}

const longest = 500

function eventProblem(event: ReceivedEvent): Problem | undefined {
  for (const field of ['type', 'source', 'id'] as const) {
    const { [field]: text } = event
    if (text.length > 0 && text.length <= longest && !text.includes('\0')) continue
    const message = `The ${field} of an event has 1 to ${longest} characters and no NUL; this one has ${text.length}.`
    return { code: 'invalid_input', pointer: `/${field}`, message }
  }
  return undefined
}
