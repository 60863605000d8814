// The queue of deliveries: who sends which, fairly over tenants and subscriptions, and what came of each attempt.

import type { Queryable } from './database.ts'
import type { DeliveryKey, DeliveryStatus } from './deliveries.ts'
import { columnText } from './json-text.ts'

export interface ClaimedDelivery extends DeliveryKey {
  readonly subscriptionId: string
  readonly eventId: string
  readonly type: string
  readonly body: string
  /** Attempts before this one, since it was enqueued or last replayed. */
  readonly tries: number
  readonly lease: string
  readonly url: string
  /** Sealed, as are the next. */
  readonly secret: string
  readonly previousSecret: string | null
  readonly previousExpiresAt: Date | null
}

export interface Claim {
  readonly now: Date
  readonly lease: string
  /** Whoever has not said by then what came of it is taken for dead. */
  readonly leaseUntil: Date
  readonly most: number
  /** Under way at once, by whomever: to one subscription, and for one tenant. A subscription that is failing gets one. */
  readonly perSubscription: number
  readonly perTenant: number
}

/**
 * Takes deliveries that are due, turn by turn: the first of each subscription of each tenant, then the second. Two who claim
 * at once never get the same one; what each has may then together be more than a subscription or tenant should have.
 */
export async function claimDeliveries(db: Queryable, claim: Claim): Promise<ClaimedDelivery[]> {
  const { now, lease, leaseUntil, most, perSubscription, perTenant } = claim
  const { rows } = await db.query<ClaimedDelivery>({
    name: 'claim_deliveries',
    text: `with busy as materialized (
        select tenant_id, subscription_id, count(*) as count from deliveries
        where lease is not null and due_at > $1 group by tenant_id, subscription_id
      ),
      free as materialized (
        select s.tenant_id, s.id,
          case when s.failing_since is null then $5::integer else 1 end - coalesce(b.count, 0) as places,
          $6::integer - coalesce(sum(b.count) over (partition by s.tenant_id), 0) as places_of_tenant
        from subscriptions s left join busy b on b.tenant_id = s.tenant_id and b.subscription_id = s.id
        where s.status = 'active'
      ),
      due as materialized (
        select f.places_of_tenant, f.id as subscription_id, d.* from free f cross join lateral (
          select tenant_id, id, due_at from deliveries
          where tenant_id = f.tenant_id and subscription_id = f.id and status = 'pending' and due_at <= $1
          order by due_at, id limit greatest(f.places, 0) for update skip locked
        ) d
      ),
      turns as (
        select *, row_number() over (partition by tenant_id, subscription_id order by due_at, id) as turn from due
      ),
      ranked as (
        select *, row_number() over (partition by tenant_id order by turn, due_at, id) as rank from turns
      ),
      picked as materialized (
        select tenant_id, id from ranked where rank <= places_of_tenant order by rank, due_at, id limit $4
      )
      update deliveries d set lease = $2, due_at = $3 from picked p, subscriptions s
      where d.tenant_id = p.tenant_id and d.id = p.id and s.tenant_id = d.tenant_id and s.id = d.subscription_id
      returning d.tenant_id as "tenantId", d.id, d.subscription_id as "subscriptionId", d.event_id as "eventId", d.type, d.body,
        d.tries, d.lease, s.url, s.secret, s.previous_secret as "previousSecret", s.previous_expires_at as "previousExpiresAt"`,
    values: [now, lease, leaseUntil, most, perSubscription, perTenant],
  })
  return rows
}

/** What came of an attempt. */
export interface AttemptResult extends DeliveryKey {
  readonly subscriptionId: string
  readonly lease: string
  readonly at: Date
  readonly ms: number
  readonly code: number | null
  readonly answer: string | null
  readonly error: string | null
  readonly status: Exclude<DeliveryStatus, 'dropped'>
  /** When to try again, where it is still pending. */
  readonly dueAt: Date | null
  readonly settledAt: Date | null
}

/** Notes attempts; one whose lease somebody else has taken meanwhile, or whose delivery was dropped, is not noted. */
export async function recordAttempts(db: Queryable, results: readonly AttemptResult[]): Promise<void> {
  await db.query({
    name: 'record_attempts',
    text: `with given as materialized (
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::integer[], $6::smallint[], $7::text[],
          $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[])
          as g (tenant_id, id, lease, at, ms, code, answer, error, status, due_at, settled_at)
      ),
      noted as (
        update deliveries d set status = g.status, due_at = g.due_at, settled_at = g.settled_at, lease = null,
          tries = d.tries + 1, attempts = d.attempts + 1
        from given g where d.tenant_id = g.tenant_id and d.id = g.id and d.lease = g.lease
        returning d.tenant_id, d.id, d.attempts
      )
      insert into delivery_attempts (tenant_id, delivery_id, attempt, at, ms, status, answer, error)
      select n.tenant_id, n.id, n.attempts, g.at, g.ms, g.code, g.answer, g.error
      from noted n join given g on g.tenant_id = n.tenant_id and g.id = n.id`,
    values: [
      results.map((result) => result.tenantId),
      results.map((result) => result.id),
      results.map((result) => result.lease),
      results.map((result) => result.at),
      results.map((result) => result.ms),
      results.map((result) => result.code),
      results.map(({ answer }) => (answer === null ? null : columnText(answer))),
      results.map(({ error }) => (error === null ? null : columnText(error))),
      results.map((result) => result.status),
      results.map((result) => result.dueAt),
      results.map((result) => result.settledAt),
    ],
  })
}
