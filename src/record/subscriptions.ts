// Subscriptions: who outside is told of what happens, and how they fare.

import type { Queryable } from './database.ts'
import { columnText } from './json-text.ts'

export type SubscriptionStatus = 'active' | 'disabled'

export interface SubscriptionKey {
  readonly tenantId: string
  readonly id: string
}

export interface Subscription extends SubscriptionKey {
  readonly url: string
  readonly description: string | null
  readonly eventTypes: readonly string[]
  /** The name of the only workflow it is about; null for all. */
  readonly workflow: string | null
  readonly status: SubscriptionStatus
  /** Why, where the house disabled it itself. */
  readonly disabledReason: string | null
  readonly previousExpiresAt: Date | null
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
  /** When the first of the failures came that no success has followed. */
  readonly failingSince: Date | null
}

/** With its sealed secrets, for whoever signs. */
export interface SealedSubscription extends Subscription {
  readonly secret: string
  readonly previousSecret: string | null
}

export interface NewSubscription extends SubscriptionKey {
  readonly url: string
  readonly description: string | null
  readonly eventTypes: readonly string[]
  readonly workflow: string | null
  /** Sealed. */
  readonly secret: string
  readonly createdBy: string
  readonly createdAt: Date
}

const columns = `tenant_id as "tenantId", id, url, description, event_types as "eventTypes", workflow, status,
  disabled_reason as "disabledReason", previous_expires_at as "previousExpiresAt", created_by as "createdBy",
  created_at as "createdAt", updated_at as "updatedAt", failing_since as "failingSince"`
const sealedColumns = `${columns}, secret, previous_secret as "previousSecret"`

export async function insertSubscription(client: Queryable, given: NewSubscription): Promise<Subscription> {
  const { rows } = await client.query<Subscription>(
    `insert into subscriptions (tenant_id, id, url, description, event_types, workflow, status, secret, created_by, created_at, updated_at)
      values ($1, $2, $3, $4, $5, $6, 'active', $7, $8, $9, $9) returning ${columns}`,
    [
      given.tenantId,
      given.id,
      given.url,
      given.description === null ? null : columnText(given.description),
      given.eventTypes,
      given.workflow,
      given.secret,
      given.createdBy,
      given.createdAt,
    ],
  )
  return only(rows)
}

export interface SubscriptionPage {
  readonly status?: SubscriptionStatus | undefined
  readonly limit: number
  readonly offset: number
}

/** Newest first, with how many there are in all, counted no further than `mostCounted`. */
export async function listSubscriptions(
  db: Queryable,
  tenantId: string,
  { status, limit, offset }: SubscriptionPage,
  mostCounted: number,
): Promise<{ readonly items: Subscription[]; readonly counted: number }> {
  const filter = `tenant_id = $1 and ($2::text is null or status = $2)`
  const { rows: items } = await db.query<Subscription>(
    `select ${columns} from subscriptions where ${filter} order by id desc limit $3 offset $4`,
    [tenantId, status ?? null, limit, offset],
  )
  const { rows } = await db.query<{ counted: number }>(
    `select count(*)::integer as counted from (select from subscriptions where ${filter} limit $3) s`,
    [tenantId, status ?? null, mostCounted],
  )
  return { items, counted: rows[0]?.counted ?? 0 }
}

export async function findSubscription(
  db: Queryable,
  { tenantId, id }: SubscriptionKey,
): Promise<Subscription | undefined> {
  const { rows } = await db.query<Subscription>(
    `select ${columns} from subscriptions where tenant_id = $1 and id = $2`,
    [tenantId, id],
  )
  return rows[0]
}

/** Locked for the transaction. */
export async function lockSubscription(
  client: Queryable,
  { tenantId, id }: SubscriptionKey,
): Promise<SealedSubscription | undefined> {
  const { rows } = await client.query<SealedSubscription>(
    `select ${sealedColumns} from subscriptions where tenant_id = $1 and id = $2 for no key update`,
    [tenantId, id],
  )
  return rows[0]
}

export type SubscriptionEdit = Pick<Subscription, 'url' | 'description' | 'eventTypes' | 'workflow' | 'status'>

/** A new address or a new beginning has not failed yet. */
export async function editSubscription(
  client: Queryable,
  { tenantId, id }: SubscriptionKey,
  edit: SubscriptionEdit,
  at: Date,
): Promise<Subscription> {
  const { rows } = await client.query<Subscription>(
    `update subscriptions set url = $3, description = $4, event_types = $5, workflow = $6, status = $7, updated_at = $8,
        disabled_reason = case when $7 = status then disabled_reason end,
        failing_since = case when $3 = url and $7 = status then failing_since end
      where tenant_id = $1 and id = $2 returning ${columns}`,
    [
      tenantId,
      id,
      edit.url,
      edit.description === null ? null : columnText(edit.description),
      edit.eventTypes,
      edit.workflow,
      edit.status,
      at,
    ],
  )
  return only(rows)
}

/** The one before signs as well until `previousExpiresAt`. */
export async function rotateSubscriptionSecret(
  client: Queryable,
  { tenantId, id }: SubscriptionKey,
  given: { readonly secret: string; readonly previousExpiresAt: Date; readonly at: Date },
): Promise<Subscription> {
  const { rows } = await client.query<Subscription>(
    `update subscriptions set previous_secret = secret, secret = $3, previous_expires_at = $4, updated_at = $5
      where tenant_id = $1 and id = $2 returning ${columns}`,
    [tenantId, id, given.secret, given.previousExpiresAt, given.at],
  )
  return only(rows)
}

/** With its deliveries. */
export async function deleteSubscription(client: Queryable, { tenantId, id }: SubscriptionKey): Promise<void> {
  await client.query(`delete from subscriptions where tenant_id = $1 and id = $2`, [tenantId, id])
}

/** The house does it itself; false when it was not active any more. */
export async function disableSubscription(
  client: Queryable,
  { tenantId, id }: SubscriptionKey,
  reason: string,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update subscriptions set status = 'disabled', disabled_reason = $3, updated_at = $4
      where tenant_id = $1 and id = $2 and status = 'active'`,
    [tenantId, id, reason, at],
  )
  return rowCount === 1
}

export type SubscriptionFilter = Pick<Subscription, 'tenantId' | 'id' | 'eventTypes' | 'workflow' | 'createdAt'>

/** The active ones of some tenants, which stay so until the transaction ends: what is enqueued for them is not stranded. */
export async function lockActiveSubscriptions(
  client: Queryable,
  tenantIds: readonly string[],
): Promise<SubscriptionFilter[]> {
  const { rows } = await client.query<SubscriptionFilter>({
    name: 'lock_active_subscriptions',
    text: `select tenant_id as "tenantId", id, event_types as "eventTypes", workflow, created_at as "createdAt"
      from subscriptions
      where tenant_id = any ($1::uuid[]) and status = 'active' order by tenant_id, id for share`,
    values: [tenantIds],
  })
  return rows
}

/** Notes whether what was sent last arrived; `at` is when it was sent. */
export async function noteHealth(
  db: Queryable,
  notes: readonly (SubscriptionKey & { readonly isWell: boolean; readonly at: Date })[],
): Promise<void> {
  await db.query({
    name: 'note_health',
    text: `update subscriptions s set failing_since = case when g.is_well then null else g.at end
      from unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::timestamptz[]) as g (tenant_id, id, is_well, at)
      where s.tenant_id = g.tenant_id and s.id = g.id and g.is_well = (s.failing_since is not null)`,
    values: [
      notes.map((note) => note.tenantId),
      notes.map((note) => note.id),
      notes.map((note) => note.isWell),
      notes.map((note) => note.at),
    ],
  })
}

/** Those of some that are active and have failed ever since a moment. */
export async function failingSince(
  db: Queryable,
  keys: readonly SubscriptionKey[],
  since: Date,
): Promise<SubscriptionKey[]> {
  const { rows } = await db.query<SubscriptionKey>({
    name: 'failing_since',
    text: `select s.tenant_id as "tenantId", s.id from subscriptions s
      join unnest($1::uuid[], $2::uuid[]) as g (tenant_id, id) on s.tenant_id = g.tenant_id and s.id = g.id
      where s.status = 'active' and s.failing_since <= $3`,
    values: [keys.map(({ tenantId }) => tenantId), keys.map(({ id }) => id), since],
  })
  return rows
}

export async function isAnySubscriptionActive(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ is_any: boolean }>({
    name: 'is_any_subscription_active',
    text: `select exists (select from subscriptions where status = 'active') as is_any`,
  })
  return rows[0]?.is_any === true
}

/** A statement that was guarded by a lock returned no row: the lock was not taken. */
function only(rows: readonly Subscription[]): Subscription {
  const [row] = rows
  if (row === undefined) throw new Error('The subscription is not there')
  return row
}
