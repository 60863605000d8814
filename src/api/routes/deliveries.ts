// Deliveries: what was sent to a subscription's receiver, what it answered, and once more.

import { z } from 'zod'
import { failed, ok } from '../../kernel/problem.ts'
import { noDelivery, noSubscription, replaySubscriptionDelivery } from '../../governance/subscriptions.ts'
import { attemptsOf, findDelivery, listDeliveries } from '../../record/deliveries.ts'
import { findSubscription } from '../../record/subscriptions.ts'
import { mostCounted, pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { deliveryBody, deliveryDetail, deliveryShape, deliveryStatus } from '../shapes/subscription.ts'

const params = z.strictObject({ id: z.uuid().toLowerCase().meta({ description: 'The id of the delivery.' }) })

const list = route({
  method: 'GET',
  path: '/subscriptions/{id}/deliveries',
  operation: 'listDeliveries',
  tag: 'Subscriptions',
  summary: 'List deliveries',
  description: 'Settled ones are kept for a week.',
  access: 'subscriptions:read',
  problems: ['not_found'],
  params,
  query: z.strictObject({
    status: deliveryStatus.optional().meta({ description: 'Those in this state.' }),
    ...pageQuery,
  }),
  answers: {
    200: { description: 'A page of deliveries with their attempts, newest first.', schema: pageOf(deliveryShape) },
  },
  async handle({ db, principal: { tenantId }, params: { id }, query }) {
    if ((await findSubscription(db, { tenantId, id })) === undefined) return failed(noSubscription(id))
    const { items, counted } = await listDeliveries(db, tenantId, id, query, mostCounted + 1)
    const attempts = Map.groupBy(
      await attemptsOf(
        db,
        tenantId,
        items.map((item) => item.id),
      ),
      ({ deliveryId }) => deliveryId,
    )
    const bodies = items.map((item) => deliveryBody(item, attempts.get(item.id) ?? []))
    return ok({ status: 200, body: { items: bodies, ...pageFacts(counted, query) } } as const)
  },
})

const get = route({
  method: 'GET',
  path: '/deliveries/{id}',
  operation: 'getDelivery',
  tag: 'Subscriptions',
  summary: 'Get a delivery',
  access: 'subscriptions:read',
  problems: ['not_found'],
  params,
  answers: { 200: { description: 'The delivery with what it sends.', schema: deliveryDetail } },
  async handle({ db, principal: { tenantId }, params: { id } }) {
    const found = await findDelivery(db, { tenantId, id })
    if (found === undefined) return failed(noDelivery(id))
    const attempts = await attemptsOf(db, tenantId, [id])
    return ok({ status: 200, body: { ...deliveryBody(found, attempts), body: found.body } } as const)
  },
})

const replay = route({
  method: 'POST',
  path: '/deliveries/{id}/replay',
  operation: 'replayDelivery',
  tag: 'Subscriptions',
  summary: 'Send a delivery again',
  description:
    'Under the same webhook-id, with all its tries anew. A receiver that knows the id already may ignore it.',
  access: 'subscriptions:write',
  problems: ['not_found', 'conflict'],
  idempotency: 'stored',
  params,
  answers: { 202: { description: 'It is on its way.', schema: deliveryShape } },
  async handle({ parts, db, principal, params: { id } }) {
    const replayed = await replaySubscriptionDelivery(parts, db, principal, id)
    if (!replayed.ok) return replayed
    return ok({
      status: 202,
      body: deliveryBody(replayed.value, await attemptsOf(db, principal.tenantId, [id])),
    } as const)
  },
})

export const deliveryRoutes = [list, get, replay]
