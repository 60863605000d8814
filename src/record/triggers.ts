// Triggers: what starts the executions of a workflow by itself.

import type { Trigger } from '../kernel/definition/workflow.ts'
import type { Queryable } from './database.ts'
import { jsonText } from './json-text.ts'

export type TriggerKind = 'manual' | 'event' | 'schedule' | 'webhook' | 'workflow'

export interface TriggerRow {
  readonly tenantId: string
  readonly id: string
  readonly workflowId: string
  /** Its place in the definition's list, from 0. */
  readonly position: number
  readonly kind: TriggerKind
  readonly definition: Trigger
  /** The event type, or the name of the workflow whose end fires it. */
  readonly subject: string | null
  /** SHA-256 of a webhook's token. */
  readonly tokenHash: Buffer | null
  readonly enabled: boolean
  readonly nextFireAt: Date | null
  /** The planned time last started, or when the schedule was enabled. */
  readonly lastFireAt: Date | null
}

const columns = `t.tenant_id as "tenantId", t.id, t.workflow_id as "workflowId", t.position, t.kind, t.definition, t.subject,
  t.token_hash as "tokenHash", t.enabled, t.next_fire_at as "nextFireAt", t.last_fire_at as "lastFireAt"`

/** The triggers of a workflow, by position, locked for the transaction. */
export async function lockTriggers(client: Queryable, tenantId: string, workflowId: string): Promise<TriggerRow[]> {
  const { rows } = await client.query<TriggerRow>(
    `select ${columns} from triggers t where tenant_id = $1 and workflow_id = $2 order by position for update`,
    [tenantId, workflowId],
  )
  return rows
}

/** Makes these the triggers of the workflow; one whose id is known is brought up to date, the others go. */
export async function replaceTriggers(
  client: Queryable,
  tenantId: string,
  workflowId: string,
  triggers: readonly TriggerRow[],
): Promise<void> {
  await client.query(`delete from triggers where tenant_id = $1 and workflow_id = $2 and id <> all ($3::uuid[])`, [
    tenantId,
    workflowId,
    triggers.map(({ id }) => id),
  ])
  await client.query(
    `insert into triggers (tenant_id, id, workflow_id, position, kind, definition, subject, token_hash, enabled, next_fire_at, last_fire_at)
      select $1, t.id, $2, t.position, t.kind, t.definition, t.subject, t.token_hash, t.enabled, t.next_fire_at, t.last_fire_at
      from unnest($3::uuid[], $4::integer[], $5::text[], $6::jsonb[], $7::text[], $8::bytea[], $9::boolean[],
        $10::timestamptz[], $11::timestamptz[])
        as t (id, position, kind, definition, subject, token_hash, enabled, next_fire_at, last_fire_at)
      on conflict (tenant_id, id) do update set enabled = excluded.enabled, next_fire_at = excluded.next_fire_at,
        last_fire_at = excluded.last_fire_at`,
    [
      tenantId,
      workflowId,
      triggers.map((trigger) => trigger.id),
      triggers.map((trigger) => trigger.position),
      triggers.map((trigger) => trigger.kind),
      triggers.map((trigger) => jsonText(trigger.definition)),
      triggers.map((trigger) => trigger.subject),
      triggers.map((trigger) => trigger.tokenHash),
      triggers.map((trigger) => trigger.enabled),
      triggers.map((trigger) => trigger.nextFireAt),
      triggers.map((trigger) => trigger.lastFireAt),
    ],
  )
}

/** A trigger of an active workflow, and the version that it starts. */
export interface FiringTrigger extends TriggerRow {
  readonly workflow: string
  readonly version: number
  readonly versionId: string
}

const firing = `${columns}, w.name as workflow, v.version, v.id as "versionId"
  from triggers t
  join workflows w on w.tenant_id = t.tenant_id and w.id = t.workflow_id and w.status = 'active'
  join workflow_versions v on v.tenant_id = w.tenant_id and v.workflow_id = w.id and v.version = w.current_version`

/** The enabled triggers of a tenant that listen to any of the subjects: event types, or names of workflows that ended. */
export async function findTriggersOf(
  db: Queryable,
  kind: 'event' | 'workflow',
  subjects: readonly { readonly tenantId: string; readonly subject: string }[],
): Promise<FiringTrigger[]> {
  const { rows } = await db.query<FiringTrigger>({
    name: 'find_triggers_of',
    text: `select ${firing}
      join (select distinct * from unnest($2::uuid[], $3::text[]) as s (tenant_id, subject)) s
        on s.tenant_id = t.tenant_id and s.subject = t.subject
      where t.kind = $1 and t.enabled and t.subject is not null order by t.id`,
    values: [kind, subjects.map(({ tenantId }) => tenantId), subjects.map(({ subject }) => subject)],
  })
  return rows
}

export async function findTriggerByToken(db: Queryable, tokenHash: Buffer): Promise<FiringTrigger | undefined> {
  const { rows } = await db.query<FiringTrigger>({
    name: 'find_trigger_by_token',
    text: `select ${firing} where t.token_hash = $1 and t.enabled`,
    values: [tokenHash],
  })
  return rows[0]
}

/**
 * Locks schedules whose time has come, passing over those that another keeper holds. Two statements: the second sees the
 * workflows as whoever held a schedule's lock before has left them, so a version that was replaced is never started.
 */
export async function lockDueTriggers(client: Queryable, now: Date, limit: number): Promise<FiringTrigger[]> {
  const { rows: due } = await client.query<{ tenant_id: string; id: string }>({
    name: 'lock_due_triggers',
    text: `select tenant_id, id from triggers where enabled and next_fire_at <= $1
      order by next_fire_at limit $2 for update skip locked`,
    values: [now, limit],
  })
  if (due.length === 0) return []
  const { rows } = await client.query<FiringTrigger>({
    name: 'find_locked_triggers',
    text: `select ${firing}
      join unnest($1::uuid[], $2::uuid[]) as k (tenant_id, id) on k.tenant_id = t.tenant_id and k.id = t.id
      order by t.next_fire_at`,
    values: [due.map((key) => key.tenant_id), due.map((key) => key.id)],
  })
  return rows
}

export async function setFireTimes(
  client: Queryable,
  times: readonly Pick<TriggerRow, 'tenantId' | 'id' | 'nextFireAt' | 'lastFireAt'>[],
): Promise<void> {
  await client.query({
    name: 'set_fire_times',
    text: `update triggers t set next_fire_at = f.next_fire_at, last_fire_at = f.last_fire_at
      from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) as f (tenant_id, id, next_fire_at, last_fire_at)
      where t.tenant_id = f.tenant_id and t.id = f.id`,
    values: [
      times.map((time) => time.tenantId),
      times.map((time) => time.id),
      times.map((time) => time.nextFireAt),
      times.map((time) => time.lastFireAt),
    ],
  })
}

/** When the next schedule fires; undefined when none does. */
export async function nextFireAt(db: Queryable): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>({
    name: 'next_fire_at',
    text: `select min(next_fire_at) as at from triggers where enabled and next_fire_at is not null`,
  })
  return rows[0]?.at ?? undefined
}
