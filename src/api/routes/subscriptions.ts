// Subscriptions: who outside is told what happens, over signed webhooks.

import { z } from 'zod'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import {
  createSubscription,
  deleteSubscription,
  editSubscription,
  noSubscription,
  rotateSubscriptionSecret,
  testSubscription,
  type WithSecret,
} from '../../governance/subscriptions.ts'
import { findSubscription, listSubscriptions, type Subscription } from '../../record/subscriptions.ts'
import { checkIfMatch } from '../edit.ts'
import { mostCounted, pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import {
  eventTypes,
  receiverUrl,
  subscriptionBody,
  subscriptionDescription,
  subscriptionEtag,
  subscriptionShape,
  subscriptionStatus,
  subscriptionWithSecret,
} from '../shapes/subscription.ts'
import { workflowName } from '../shapes/workflow.ts'

const params = z.strictObject({ id: z.uuid().toLowerCase().meta({ description: 'The id of the subscription.' }) })
const etag = { ETag: 'For `If-Match` of an edit.' }
const shared = { tag: 'Subscriptions' } as const

const list = route({
  ...shared,
  method: 'GET',
  path: '/subscriptions',
  operation: 'listSubscriptions',
  summary: 'List subscriptions',
  access: 'subscriptions:read',
  problems: [],
  query: z.strictObject({
    status: subscriptionStatus.optional().meta({ description: 'Those in this state.' }),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of subscriptions, newest first.', schema: pageOf(subscriptionShape) } },
  async handle({ db, principal, query }) {
    const { items, counted } = await listSubscriptions(db, principal.tenantId, query, mostCounted + 1)
    return ok({ status: 200, body: { items: items.map(subscriptionBody), ...pageFacts(counted, query) } } as const)
  },
})

const create = route({
  ...shared,
  method: 'POST',
  path: '/subscriptions',
  operation: 'createSubscription',
  summary: 'Subscribe to events',
  description:
    'What happens from now on is posted to the address, signed as Standard Webhooks asks, at least once and in no promised order.',
  access: 'subscriptions:write',
  problems: ['conflict', 'not_found'],
  idempotency: 'sealed',
  body: z.strictObject({
    url: receiverUrl,
    event_types: eventTypes.default(['*']),
    workflow: workflowName
      .nullable()
      .default(null)
      .meta({ description: 'The only workflow it is about; null for all.' }),
    description: subscriptionDescription.nullable().default(null),
  }),
  bodyExample: { url: 'https://example.com/countersign', event_types: ['workflow.completed', 'workflow.failed'] },
  answers: {
    201: { description: 'It was made; the secret is told once.', schema: subscriptionWithSecret, headers: etag },
  },
  async handle({ parts, db, principal, body }) {
    const { event_types: types, ...wish } = body
    const made = await createSubscription(parts, db, principal, { ...wish, eventTypes: types })
    return made.ok ? ok({ status: 201, ...withSecret(made.value) } as const) : made
  },
})

const get = route({
  ...shared,
  method: 'GET',
  path: '/subscriptions/{id}',
  operation: 'getSubscription',
  summary: 'Get a subscription',
  access: 'subscriptions:read',
  problems: ['not_found'],
  params,
  answers: { 200: { description: 'The subscription, without its secret.', schema: subscriptionShape, headers: etag } },
  async handle({ db, principal, params: { id } }) {
    const found = await findSubscription(db, { tenantId: principal.tenantId, id })
    return found === undefined ? failed(noSubscription(id)) : ok(shown(found))
  },
})

const edit = route({
  ...shared,
  method: 'PATCH',
  path: '/subscriptions/{id}',
  operation: 'editSubscription',
  summary: 'Change a subscription',
  description: 'What is left out stays. Disabling drops what still waits to be sent; it can be replayed.',
  access: 'subscriptions:write',
  problems: ['not_found'],
  ifMatch: 'required',
  params,
  body: z.strictObject({
    url: receiverUrl.optional(),
    event_types: eventTypes.optional(),
    workflow: workflowName.nullable().optional(),
    description: subscriptionDescription.nullable().optional(),
    status: subscriptionStatus.optional(),
  }),
  bodyExample: { status: 'disabled' },
  answers: { 200: { description: 'The subscription as it is now.', schema: subscriptionShape, headers: etag } },
  async handle({ parts, db, principal, request, params: { id }, body }) {
    const { event_types: types, url, workflow, description, status } = body
    const change = {
      ...(url !== undefined && { url }),
      ...(types !== undefined && { eventTypes: types }),
      ...(workflow !== undefined && { workflow }),
      ...(description !== undefined && { description }),
      ...(status !== undefined && { status }),
    }
    const precondition = (current: Subscription) => checkIfMatch(request.ifMatch, subscriptionEtag(current))
    const edited = await editSubscription(parts, db, principal, { id, change, precondition })
    return edited.ok ? ok(shown(edited.value)) : edited
  },
})

const remove = route({
  ...shared,
  method: 'DELETE',
  path: '/subscriptions/{id}',
  operation: 'deleteSubscription',
  summary: 'Delete a subscription',
  description: 'With its deliveries.',
  access: 'subscriptions:write',
  problems: ['not_found'],
  params,
  answers: { 204: { description: 'It is gone.' } },
  async handle({ parts, db, principal, params: { id } }) {
    const deleted = await deleteSubscription(parts, db, principal, id)
    return deleted.ok ? ok({ status: 204 } as const) : deleted
  },
})

const rotate = route({
  ...shared,
  method: 'POST',
  path: '/subscriptions/{id}/rotate-secret',
  operation: 'rotateSubscriptionSecret',
  summary: 'Replace the signing secret',
  description: 'For a day everything is signed with both secrets, so that the receiver can change over.',
  access: 'subscriptions:write',
  problems: ['not_found'],
  idempotency: 'sealed',
  params,
  answers: { 200: { description: 'The new secret, told once.', schema: subscriptionWithSecret, headers: etag } },
  async handle({ parts, db, principal, params: { id } }) {
    const rotated = await rotateSubscriptionSecret(parts, db, principal, id)
    return rotated.ok ? ok({ status: 200, ...withSecret(rotated.value) } as const) : rotated
  },
})

const test = route({
  ...shared,
  method: 'POST',
  path: '/subscriptions/{id}/test',
  operation: 'testSubscription',
  summary: 'Send a ping',
  description: 'Whatever the subscription hears of. It is tried once; its delivery says what the receiver answered.',
  access: 'subscriptions:write',
  problems: ['not_found', 'conflict'],
  idempotency: 'stored',
  params,
  answers: {
    202: {
      description: 'It is on its way.',
      schema: z.strictObject({ delivery_id: z.string().meta({ format: 'uuid' }) }),
    },
  },
  async handle({
    parts,
    db,
    principal,
    params: { id },
  }): Promise<Result<{ status: 202; body: { delivery_id: string } }>> {
    const sent = await testSubscription(parts, db, principal, id)
    return sent.ok ? ok({ status: 202, body: { delivery_id: sent.value.deliveryId } }) : sent
  },
})

export const subscriptionRoutes = [list, create, get, edit, remove, rotate, test]

function shown(subscription: Subscription) {
  return {
    status: 200,
    body: subscriptionBody(subscription),
    headers: { etag: subscriptionEtag(subscription) },
  } as const
}

function withSecret({ subscription, secret }: WithSecret) {
  return { body: { ...subscriptionBody(subscription), secret }, headers: { etag: subscriptionEtag(subscription) } }
}
