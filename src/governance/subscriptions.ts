// Subscriptions as administrators keep them: whom the house tells what happens, with which secret, and what became of it.

import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import type { JsonObject } from '../kernel/json.ts'
import type { LifecycleType } from '../kernel/plan/lifecycle.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { pingType } from '../engine/deliveries/sending.ts'
import { newSigningSecret } from '../engine/triggers/signatures.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { type Delivery, dropDeliveries, findDelivery, insertDeliveries, replayDelivery } from '../record/deliveries.ts'
import { sealSigningSecret, type SigningKeys } from '../record/signing-secrets.ts'
import * as record from '../record/subscriptions.ts'
import { findWorkflow } from '../record/workflows.ts'

export interface SubscriptionParts {
  readonly now: () => number
  readonly newId: () => string
  readonly keys: SigningKeys
}

/** What a subscription hears of: a lifecycle event by name, or all of them. */
export type EventPattern = LifecycleType | '*' | 'workflow.*'

export interface SubscriptionWish {
  readonly url: string
  readonly description: string | null
  readonly eventTypes: readonly EventPattern[]
  readonly workflow: string | null
}

export interface WithSecret {
  readonly subscription: record.Subscription
  /** Told now and never again. */
  readonly secret: string
}

/** How long the secret before signs as well. */
const rotationMs = 24 * 3_600_000
const mostSubscriptions = 100

/** Problems: `invalid_input` for an address that nothing can be sent to, `conflict` when there are too many. */
export async function createSubscription(
  parts: SubscriptionParts,
  client: Queryable,
  actor: Actor,
  wish: SubscriptionWish,
): Promise<Result<WithSecret>> {
  const { tenantId } = actor
  const fault = urlProblem(wish.url) ?? (await workflowProblem(client, tenantId, wish.workflow))
  if (fault !== undefined) return failed(fault)
  const { counted } = await record.listSubscriptions(client, tenantId, { limit: 1, offset: 0 }, mostSubscriptions)
  if (counted >= mostSubscriptions) {
    return failed({ code: 'conflict', message: `A tenant has up to ${mostSubscriptions} subscriptions. Delete one.` })
  }
  const [id, secret, createdAt] = [parts.newId(), newSigningSecret(), new Date(parts.now())]
  const sealed = sealSigningSecret(parts.keys, { tenantId, id }, secret)
  const createdBy = referenceTo(actor)
  const subscription = await record.insertSubscription(client, {
    ...wish,
    tenantId,
    id,
    secret: sealed,
    createdBy,
    createdAt,
  })
  await appendAudit(
    client,
    actor,
    entryOf('subscription.created', subscription, { after: factsOf(subscription) }, createdAt),
  )
  return ok({ subscription, secret })
}

/** What a caller saw is compared with what is there while nobody else can change it. */
export type Precondition = (current: record.Subscription) => Result<unknown>

/** Disabling drops what still waits to be sent. Problems: `not_found`, `invalid_input`, those of the precondition. */
export async function editSubscription(
  parts: SubscriptionParts,
  client: Queryable,
  actor: Actor,
  edit: { readonly id: string; readonly change: Partial<record.SubscriptionEdit>; readonly precondition: Precondition },
): Promise<Result<record.Subscription>> {
  const key = { tenantId: actor.tenantId, id: edit.id }
  const before = await record.lockSubscription(client, key)
  if (before === undefined) return failed(noSubscription(edit.id))
  const admitted = edit.precondition(before)
  if (!admitted.ok) return admitted
  const { url, workflow } = edit.change
  const fault =
    (url === undefined ? undefined : urlProblem(url)) ?? (await workflowProblem(client, actor.tenantId, workflow))
  if (fault !== undefined) return failed(fault)
  const at = new Date(parts.now())
  const after = await record.editSubscription(client, key, { ...before, ...edit.change }, at)
  if (after.status === 'disabled') await dropDeliveries(client, key.tenantId, key.id, at)
  const facts = { before: factsOf(before), after: factsOf(after) }
  await appendAudit(client, actor, entryOf('subscription.changed', after, facts, at))
  return ok(after)
}

/** With its deliveries. Problem: `not_found`. */
export async function deleteSubscription(
  parts: SubscriptionParts,
  client: Queryable,
  actor: Actor,
  id: string,
): Promise<Result<undefined>> {
  const key = { tenantId: actor.tenantId, id }
  const before = await record.lockSubscription(client, key)
  if (before === undefined) return failed(noSubscription(id))
  await record.deleteSubscription(client, key)
  const entry = entryOf('subscription.deleted', before, { before: factsOf(before) }, new Date(parts.now()))
  await appendAudit(client, actor, entry)
  return ok(undefined)
}

/** Both secrets sign for a day, so that the receiver can change over. Problem: `not_found`. */
export async function rotateSubscriptionSecret(
  parts: SubscriptionParts,
  client: Queryable,
  actor: Actor,
  id: string,
): Promise<Result<WithSecret>> {
  const key = { tenantId: actor.tenantId, id }
  if ((await record.lockSubscription(client, key)) === undefined) return failed(noSubscription(id))
  const [secret, at] = [newSigningSecret(), new Date(parts.now())]
  const previousExpiresAt = new Date(at.getTime() + rotationMs)
  const sealed = sealSigningSecret(parts.keys, key, secret)
  const subscription = await record.rotateSubscriptionSecret(client, key, { secret: sealed, previousExpiresAt, at })
  const facts = { after: { previous_expires_at: previousExpiresAt.toISOString() } }
  await appendAudit(client, actor, entryOf('subscription.secret_rotated', subscription, facts, at))
  return ok({ subscription, secret })
}

/** Enqueues a ping, whatever the subscription hears of; it is tried once. Problems: `not_found`, `conflict` (disabled). */
export async function testSubscription(
  parts: SubscriptionParts,
  client: Queryable,
  actor: Actor,
  id: string,
): Promise<Result<{ deliveryId: string }>> {
  const { tenantId } = actor
  const subscription = await record.lockSubscription(client, { tenantId, id })
  if (subscription === undefined) return failed(noSubscription(id))
  if (subscription.status !== 'active') return failed(isDisabled)
  const [deliveryId, createdAt] = [parts.newId(), new Date(parts.now())]
  const body = JSON.stringify({ type: pingType, timestamp: createdAt.toISOString(), data: { subscription_id: id } })
  const eventId = `ping_${deliveryId.replaceAll('-', '')}`
  const ping = {
    tenantId,
    id: deliveryId,
    subscriptionId: id,
    eventId,
    type: pingType,
    executionId: null,
    body,
    createdAt,
  }
  await insertDeliveries(client, [ping])
  await appendAudit(client, actor, entryOf('subscription.tested', subscription, {}, createdAt))
  return ok({ deliveryId })
}

/** Sends a settled delivery again, under its webhook-id. Problems: `not_found`, `conflict` (pending, or disabled). */
export async function replaySubscriptionDelivery(
  parts: SubscriptionParts,
  client: Queryable,
  actor: Actor,
  id: string,
): Promise<Result<Delivery>> {
  const key = { tenantId: actor.tenantId, id }
  const before = await findDelivery(client, key)
  if (before === undefined) return failed(noDelivery(id))
  const subscription = await record.lockSubscription(client, { ...key, id: before.subscriptionId })
  if (subscription?.status !== 'active') return failed(isDisabled)
  const at = new Date(parts.now())
  const replayed = await replayDelivery(client, key, at)
  if (replayed === undefined) {
    return failed({ code: 'conflict', message: 'The delivery is pending: it is sent without being replayed.' })
  }
  const object = { type: 'delivery', id, name: before.eventId }
  const change = { before: { status: before.status }, after: { status: 'pending' } }
  await appendAudit(client, actor, { action: 'delivery.replayed', object, ...change, at })
  return ok(replayed)
}

export function noSubscription(id: string): Problem {
  return { code: 'not_found', message: `There is no subscription ${id}.` }
}

export function noDelivery(id: string): Problem {
  return { code: 'not_found', message: `There is no delivery ${id}.` }
}

const isDisabled: Problem = {
  code: 'conflict',
  message: 'The subscription is disabled, so nothing is sent to it. Set its status to active first.',
}

/** Whether an address is public is seen when something is sent: names can change what they stand for. */
function urlProblem(text: string): Problem | undefined {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (isHttp && url.username === '' && url.password === '' && url.hash === '') return undefined
  const message = 'The url must be an http or https address without a user name, a password or a fragment.'
  return { code: 'invalid_input', pointer: '/url', message }
}

function factsOf({ url, description, eventTypes, workflow, status }: record.Subscription): JsonObject {
  return { url, description, event_types: eventTypes, workflow, status }
}

function entryOf(
  action: AuditEntry['action'],
  { id, url }: record.Subscription,
  facts: Pick<AuditEntry, 'before' | 'after'>,
  at: Date,
): AuditEntry {
  return { action, object: { type: 'subscription', id, name: url }, ...facts, at }
}

async function workflowProblem(
  client: Queryable,
  tenantId: string,
  name: string | null | undefined,
): Promise<Problem | undefined> {
  if (name === null || name === undefined || (await findWorkflow(client, tenantId, name)) !== undefined)
    return undefined
  return { code: 'not_found', message: `There is no workflow "${name}".`, pointer: '/workflow' }
}
