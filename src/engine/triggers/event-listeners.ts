// What listens for events, found for many at once.

import type { Queryable } from '../../record/database.ts'
import { type EventWait, findWaitsOfEvents } from '../../record/event-waits.ts'
import { findTriggersOf, type FiringTrigger } from '../../record/triggers.ts'
import { payloadOf } from './admission.ts'
import type { ReceivedEvent } from './events.ts'
import type { Firing } from './firing.ts'

export interface Listeners {
  readonly triggers: readonly FiringTrigger[]
  /** The steps that wait for the event. */
  readonly waits: readonly EventWait[]
}

/** The listeners of each event, in order. */
export async function findListeners(db: Queryable, events: readonly ReceivedEvent[]): Promise<Listeners[]> {
  const subjects = events.map(({ tenantId, type }) => ({ tenantId, subject: type }))
  const [triggers, waits] = await Promise.all([findTriggersOf(db, 'event', subjects), findWaitsOfEvents(db, events)])
  const bySubject = Map.groupBy(triggers, ({ tenantId, subject }) => `${tenantId} ${subject}`)
  return events.map(({ tenantId, type }, index) => {
    return { triggers: bySubject.get(`${tenantId} ${type}`) ?? [], waits: waits[index] ?? [] }
  })
}

export function firingOf(event: ReceivedEvent, trigger: FiringTrigger): Firing {
  const { type, source, id, data, attributes } = event
  const inputs = payloadOf(data)
  const payload = attributes === undefined ? inputs : { ...inputs, cloudevent: attributes }
  const dedupeKey = `event:${trigger.id}:${[source, id].map(escapeColons).join(':')}`
  return { trigger, payload, inputs, startedBy: `event:${type}`, dedupeKey }
}

/** Without it, source "a:b" with id "c" and source "a" with id "b:c" would be one event. */
function escapeColons(text: string): string {
  return text.replaceAll('%', '%25').replaceAll(':', '%3A')
}
