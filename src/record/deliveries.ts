// Deliveries: what subscribers are to be told, and what became of it, for people to read and to replay.

import type { Queryable } from './database.ts'

export type DeliveryStatus = 'pending' | 'delivered' | 'failed' | 'dropped'

export interface DeliveryKey {
  readonly tenantId: string
  readonly id: string
}

export interface NewDelivery extends DeliveryKey {
  readonly subscriptionId: string
  /** The webhook-id. */
  readonly eventId: string
  readonly type: string
  readonly executionId: string | null
  /** The text that is sent and signed. */
  readonly body: string
  readonly createdAt: Date
}

export interface Delivery extends DeliveryKey {
  readonly subscriptionId: string
  readonly eventId: string
  readonly type: string
  readonly executionId: string | null
  readonly status: DeliveryStatus
  readonly attempts: number
  readonly createdAt: Date
  /** When it is tried next; null once it is settled. */
  readonly dueAt: Date | null
  readonly settledAt: Date | null
}

export interface DeliveryAttempt {
  readonly attempt: number
  readonly at: Date
  readonly ms: number
  /** The HTTP status; null where there was no answer. */
  readonly status: number | null
  readonly answer: string | null
  readonly error: string | null
}

const columns = `tenant_id as "tenantId", id, subscription_id as "subscriptionId", event_id as "eventId", type,
  execution_id as "executionId", status, attempts, created_at as "createdAt", due_at as "dueAt", settled_at as "settledAt"`

/** Enqueues them, due at once; an event that a subscription has already been given is not given again. Returns how many. */
export async function insertDeliveries(client: Queryable, deliveries: readonly NewDelivery[]): Promise<number> {
  const { rowCount } = await client.query({
    name: 'insert_deliveries',
    text: `insert into deliveries (tenant_id, id, subscription_id, event_id, type, execution_id, body, status, created_at, due_at)
      select tenant_id, id, subscription_id, event_id, type, execution_id, body, 'pending', created_at, created_at
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::timestamptz[])
        as d (tenant_id, id, subscription_id, event_id, type, execution_id, body, created_at)
      on conflict (tenant_id, subscription_id, event_id) do nothing`,
    values: [
      deliveries.map((delivery) => delivery.tenantId),
      deliveries.map((delivery) => delivery.id),
      deliveries.map((delivery) => delivery.subscriptionId),
      deliveries.map((delivery) => delivery.eventId),
      deliveries.map((delivery) => delivery.type),
      deliveries.map((delivery) => delivery.executionId),
      deliveries.map((delivery) => delivery.body),
      deliveries.map((delivery) => delivery.createdAt),
    ],
  })
  return rowCount ?? 0
}

export interface DeliveryPage {
  readonly status?: DeliveryStatus | undefined
  readonly limit: number
  readonly offset: number
}

/** Of a subscription, newest first, with how many there are in all, counted no further than `mostCounted`. */
export async function listDeliveries(
  db: Queryable,
  tenantId: string,
  subscriptionId: string,
  { status, limit, offset }: DeliveryPage,
  mostCounted: number,
): Promise<{ readonly items: Delivery[]; readonly counted: number }> {
  const filter = `tenant_id = $1 and subscription_id = $2 and ($3::text is null or status = $3)`
  const { rows: items } = await db.query<Delivery>(
    `select ${columns} from deliveries where ${filter} order by id desc limit $4 offset $5`,
    [tenantId, subscriptionId, status ?? null, limit, offset],
  )
  const { rows } = await db.query<{ counted: number }>(
    `select count(*)::integer as counted from (select from deliveries where ${filter} limit $4) d`,
    [tenantId, subscriptionId, status ?? null, mostCounted],
  )
  return { items, counted: rows[0]?.counted ?? 0 }
}

export async function findDelivery(
  db: Queryable,
  { tenantId, id }: DeliveryKey,
): Promise<(Delivery & { readonly body: string }) | undefined> {
  const { rows } = await db.query<Delivery & { readonly body: string }>(
    `select ${columns}, body from deliveries where tenant_id = $1 and id = $2`,
    [tenantId, id],
  )
  return rows[0]
}

/** The attempts of some deliveries of a tenant, oldest first. */
export async function attemptsOf(
  db: Queryable,
  tenantId: string,
  deliveryIds: readonly string[],
): Promise<(DeliveryAttempt & { readonly deliveryId: string })[]> {
  const { rows } = await db.query<DeliveryAttempt & { readonly deliveryId: string }>(
    `select delivery_id as "deliveryId", attempt, at, ms, status, answer, error from delivery_attempts
      where tenant_id = $1 and delivery_id = any ($2::uuid[]) order by delivery_id, attempt`,
    [tenantId, deliveryIds],
  )
  return rows
}

/** Sends a settled one once more, under its old webhook-id; undefined when it is pending. */
export async function replayDelivery(
  client: Queryable,
  { tenantId, id }: DeliveryKey,
  at: Date,
): Promise<Delivery | undefined> {
  const { rows } = await client.query<Delivery>(
    `update deliveries set status = 'pending', tries = 0, due_at = $3, settled_at = null
      where tenant_id = $1 and id = $2 and status <> 'pending' returning ${columns}`,
    [tenantId, id, at],
  )
  return rows[0]
}

/** What still waits for a subscription is sent to nobody; returns how many. */
export async function dropDeliveries(
  client: Queryable,
  tenantId: string,
  subscriptionId: string,
  at: Date,
): Promise<number> {
  const { rowCount } = await client.query(
    `update deliveries set status = 'dropped', due_at = null, lease = null, settled_at = $3
      where tenant_id = $1 and subscription_id = $2 and status = 'pending'`,
    [tenantId, subscriptionId, at],
  )
  return rowCount ?? 0
}

/** Deletes deliveries that were settled before a moment, with their attempts, so many at most; returns how many. */
export async function pruneDeliveries(db: Queryable, before: Date, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from deliveries d using (
        select tenant_id, id from deliveries where settled_at < $1 order by settled_at limit $2 for update skip locked
      ) old where d.tenant_id = old.tenant_id and d.id = old.id`,
    [before, limit],
  )
  return rowCount ?? 0
}
