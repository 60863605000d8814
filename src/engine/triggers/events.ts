// Events from outside: each is taken once, starts the workflows that listen for it, and wakes the steps that wait for it.

import type { Json, JsonObject } from '../../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import { answers } from '../../record/diagnosis.ts'
import { findListeners, firingOf } from './event-listeners.ts'
import { admitFiring, type Fired, type TriggerParts } from './firing.ts'
import { grouped } from './grouped.ts'
import { type KnownEvent, takeEvents, UnknownCommit } from './taken-events.ts'

/** An event as CloudEvents 1.0 has it: `source` and `id` together name it. */
export interface ReceivedEvent {
  readonly tenantId: string
  readonly type: string
  readonly source: string
  readonly id: string
  readonly data: Json
  /** All attributes of its envelope; triggers see them as `trigger.cloudevent`. */
  readonly attributes?: JsonObject
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

/** Events that share a transaction, and the characters of data that they bring: each is held some times over on its way. */
const limits = { most: 200, heaviest: 4_000_000 }

export function createEvents(parts: TriggerParts): Events {
  const { engine } = parts.database
  const { admission } = parts.starter
  const lookUp = grouped((events: readonly Sized[]) => findListeners(engine, events), {
    ...limits,
    weigh: ({ length }) => length,
    mayTryAgain: () => answers(engine),
  })
  const take = grouped((known: readonly (KnownEvent & { length: number })[]) => takeEvents(parts, known), {
    ...limits,
    weigh: ({ length, waits, listening }) => length * (1 + waits.length + listening.length),
    mayTryAgain: async (error) => !(error instanceof UnknownCommit) && answers(engine),
  })
  return {
    receive: async (event) => {
      if (!uuid.test(event.tenantId)) throw new TypeError('A tenant id is a UUID in lower case')
      const problem = eventProblem(event) ?? admission.sizeProblem(event.data, 'The event')
      if (problem !== undefined) return failed(problem)
      const { length } = JSON.stringify(event.data)
      const { triggers, waits } = await lookUp({ ...event, length })
      // Before any transaction, for a condition may take its time.
      const listening = await Promise.all(triggers.map((trigger) => admitFiring(admission, firingOf(event, trigger))))
      return ok(await take({ event, listening, waits, length }))
    },
  }
}

interface Sized extends ReceivedEvent {
  /** Characters of its data. */
  readonly length: number
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
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
