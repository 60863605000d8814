// What was countersigned of a workflow as a whole, for every execution of it.

import type { Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'

export interface StandingGrant {
  readonly versionId: string
  readonly acts: readonly string[]
  readonly contentHash: string
  readonly content: Json
  readonly approvalId: string | null
  readonly expiresAt: Date | null
}

/** Neither revoked nor expired, of any version, the latest first. */
export async function listStandingGrants(
  db: Queryable,
  tenantId: string,
  workflowId: string,
  now: Date,
): Promise<StandingGrant[]> {
  const { rows } = await db.query<StandingGrant>(
    `select g.version_id as "versionId", g.acts, g.content_hash as "contentHash", g.content, g.approval_id as "approvalId",
        g.expires_at as "expiresAt"
      from grants g where g.tenant_id = $1 and g.workflow_id = $2 and g.execution_id is null and g.kind in ('activation', 'draft')
        and g.revoked_at is null and (g.expires_at is null or g.expires_at > $3)
      order by g.id desc limit 100`,
    [tenantId, workflowId, now],
  )
  return rows
}
