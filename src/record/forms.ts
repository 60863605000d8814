// Forms that a person fills while an execution waits.

import type { JsonObject } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'
import { jsonText } from './json-text.ts'

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
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::jsonb[], $7::timestamptz[], $8::timestamptz[])
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
