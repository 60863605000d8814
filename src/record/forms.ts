// Forms that a person fills while an execution waits.

import type { JsonObject } from '../kernel/json.ts'
import type { PendingFilter } from './approvals.ts'
import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'
import { jsonText } from './json-text.ts'
import { asks } from './members.ts'

export interface NewForm extends ExecutionKey {
  readonly id: string
  readonly step: string
  readonly item: number | undefined
  readonly request: JsonObject
  readonly expiresAt: Date | undefined
  readonly createdAt: Date
}

export async function insertForms(client: Queryable, forms: readonly NewForm[]): Promise<void> {
  await client.query({
    name: 'insert_forms',
    text: `insert into forms (tenant_id, id, execution_id, step, item, status, request, expires_at, created_at)
      select f.tenant_id, f.id, f.execution_id, f.step, f.item, 'pending', f.request, f.expires_at, f.created_at
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::json[], $7::timestamptz[], $8::timestamptz[])
        as f (tenant_id, id, execution_id, step, item, request, expires_at, created_at)`,
    values: [
      forms.map((form) => form.tenantId),
      forms.map((form) => form.id),
      forms.map((form) => form.executionId),
      forms.map((form) => form.step),
      forms.map((form) => form.item ?? null),
      forms.map((form) => jsonText(form.request)),
      forms.map((form) => form.expiresAt ?? null),
      forms.map((form) => form.createdAt),
    ],
  })
}

export type FormStatus = 'pending' | 'submitted' | 'expired' | 'cancelled'

export interface Form extends Omit<NewForm, 'item' | 'expiresAt'> {
  readonly item: number | null
  readonly status: FormStatus
  readonly expiresAt: Date | null
  readonly closedAt: Date | null
}

export const formColumns = `f.tenant_id as "tenantId", f.id, f.execution_id as "executionId", f.step, f.item, f.status, f.request,
  f.expires_at as "expiresAt", f.created_at as "createdAt", f.closed_at as "closedAt"`

/** The form, locked for the transaction: whoever else submits it waits. */
export async function lockForm(client: Queryable, tenantId: string, id: string): Promise<Form | undefined> {
  const { rows } = await client.query<Form>(
    `select ${formColumns} from forms f where tenant_id = $1 and id = $2 for update`,
    [tenantId, id],
  )
  return rows[0]
}

/** Closes a form that is pending. */
export async function closeForm(
  client: Queryable,
  form: Pick<Form, 'tenantId' | 'id'>,
  status: 'submitted' | 'cancelled',
  at: Date,
): Promise<void> {
  await client.query(
    `update forms set status = $3, closed_at = $4 where tenant_id = $1 and id = $2 and status = 'pending'`,
    [form.tenantId, form.id, status, at],
  )
}

export interface PendingForm extends Form {
  readonly workflow: string
}

/** Forms that still wait at `now`, those that expire first in front; with `memberId` those that ask this member. */
export async function listPendingForms(
  db: Queryable,
  tenantId: string,
  filter: PendingFilter,
  now: Date,
): Promise<PendingForm[]> {
  const { rows } = await db.query<PendingForm>(
    `select ${formColumns}, w.name as workflow from (
        select * from forms f
        where f.tenant_id = $1 and f.status = 'pending' and (f.expires_at is null or f.expires_at > $2)
          and ($3::uuid is null or f.execution_id = $3)
          and ($4::uuid is null or ${asks(`f.request -> 'audience'`, '$4')})
        order by f.expires_at nulls last, f.id limit $5 offset $6
      ) f
      join executions e on e.tenant_id = f.tenant_id and e.id = f.execution_id
      join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id
      order by f.expires_at nulls last, f.id`,
    [tenantId, now, filter.executionId ?? null, filter.memberId ?? null, filter.limit, filter.offset],
  )
  return rows
}
