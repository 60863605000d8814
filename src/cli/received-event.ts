// Hands an event to the house.

import type { EventReceipt, ReceivedEvent } from '../engine/triggers/events.ts'
import type { Result } from '../kernel/problem.ts'
import type { House } from '../main.ts'

export type { EventReceipt } from '../engine/triggers/events.ts'

export function receiveEvent(house: House, event: ReceivedEvent): Promise<Result<EventReceipt>> {
  return house.events.receive(event)
}
