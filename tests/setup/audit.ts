// What tests read of a tenant's audit: who did what to which object, in order.

import type { Json } from '../../src/kernel/json.ts'
import type { Database } from '../../src/record/database.ts'

export interface Audited {
  readonly action: string
  readonly actor: string
  readonly object: { readonly type: string; readonly id: string; readonly name: string | null }
  readonly before: Json
  readonly after: Json
}

export async function auditOf({ engine }: Database, tenantId: string): Promise<Audited[]> {
  const { rows } = await engine.query<Audited>(
    `select action, case when actor_id is null then actor_kind else actor_kind || ':' || actor_id end as actor,
        json_build_object('type', object_type, 'id', object_id, 'name', object_name) as object, before, after
      from audit_entries where tenant_id = $1 order by seq`,
    [tenantId],
  )
  return rows
}
