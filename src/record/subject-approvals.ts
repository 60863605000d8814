// Approvals of an object of the platform, found by what they are about.

import { type Approval, approvalColumns } from './approval-row.ts'
import type { Queryable } from './database.ts'

/** The newest first. */
export async function listApprovalsOf(
  db: Queryable,
  tenantId: string,
  kind: string,
  subjectId: string,
): Promise<Approval[]> {
  const { rows } = await db.query<Approval>(
    `select ${approvalColumns} from approvals a
      where a.tenant_id = $1 and a.subject_id = $2 and a.kind = $3 order by a.id desc limit 20`,
    [tenantId, subjectId, kind],
  )
  return rows
}

/** The ids of those that wait for a version of the workflow, in their order. */
export async function findPendingOfWorkflow(db: Queryable, tenantId: string, name: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select a.id from approvals a
      where a.tenant_id = $1 and a.kind = 'activation' and a.status = 'pending' and a.subject_id in (
        select v.id from workflow_versions v join workflows w on w.tenant_id = v.tenant_id and w.id = v.workflow_id
        where w.tenant_id = $1 and w.name = $2) order by a.id`,
    [tenantId, name],
  )
  return rows.map(({ id }) => id)
}
