// Turns what has happened into deliveries: reads the feed on from where it was left, and enqueues for who listens.

import { type Database, inTransaction, type Queryable } from '../../record/database.ts'
import { insertDeliveries, type NewDelivery } from '../../record/deliveries.ts'
import { lockDeliveryFeed, moveDeliveryFeed } from '../../record/delivery-feed.ts'
import { feedHorizon, type FeedEntry, readFeed } from '../../record/feed.ts'
import {
  isAnySubscriptionActive,
  lockActiveSubscriptions,
  type SubscriptionFilter,
} from '../../record/subscriptions.ts'
import { type OutboundEvent, outboundEvents } from './telling.ts'

export interface FeedingParts {
  readonly database: Database
  readonly newId: () => string
  readonly now: () => number
}

/** Entries of the feed that a transaction takes. */
const mostEntries = 500
/** How far the clocks of two processes may be apart without a new subscription missing what it should hear. */
const skewMs = 2000

/** `cut`: there may be more right now. `idle`: nobody listens. `done` also while another process has the feed. */
export type Fed = 'cut' | 'done' | 'idle'

/** Takes one page of the feed. While nobody listens, `keepsUp` says whether to move on to the present. */
export async function feedDeliveries(parts: FeedingParts, keepsUp: boolean): Promise<Fed> {
  return inTransaction(parts.database.engine, async (client) => {
    const position = await lockDeliveryFeed(client)
    if (position === undefined) return 'done'
    if (position === null || !(await isAnySubscriptionActive(client))) {
      if (position === null || keepsUp) await moveDeliveryFeed(client, await feedHorizon(client))
      return 'idle'
    }
    const page = await readFeed(client, position, { limit: mostEntries })
    const deliveries = await deliveriesOf(parts, client, page.entries)
    if (deliveries.length > 0) await insertDeliveries(client, deliveries)
    if (page.position !== position) await moveDeliveryFeed(client, page.position)
    return page.isCut ? 'cut' : 'done'
  })
}

async function deliveriesOf(
  parts: FeedingParts,
  client: Queryable,
  entries: readonly FeedEntry[],
): Promise<NewDelivery[]> {
  if (entries.length === 0) return []
  const tenantIds = [...new Set(entries.map(({ tenantId }) => tenantId))]
  const listeners = Map.groupBy(await lockActiveSubscriptions(client, tenantIds), ({ tenantId }) => tenantId)
  const heard = entries.filter(({ tenantId }) => listeners.has(tenantId))
  const events = heard.length === 0 ? [] : await outboundEvents(client, heard)
  const createdAt = new Date(parts.now())
  return events.flatMap((event) => {
    const { tenantId, executionId, type, id: eventId, text: body } = event
    const listening = (listeners.get(tenantId) ?? []).filter((one) => listensTo(one, event))
    return listening.map(({ id: subscriptionId }) => {
      return { tenantId, id: parts.newId(), subscriptionId, eventId, type, executionId, body, createdAt }
    })
  })
}

function listensTo({ eventTypes, workflow, createdAt }: SubscriptionFilter, event: OutboundEvent): boolean {
  if (event.at < createdAt.getTime() - skewMs || (workflow !== null && workflow !== event.workflow)) return false
  return eventTypes.some((type) => type === event.type || type === '*' || type === 'workflow.*')
}
