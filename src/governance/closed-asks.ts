// Approvals that nobody is to decide on any more, because what they are about has changed.

import { type ApprovalStatus, lockApprovals, settleApproval } from '../record/approvals.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'

/**
 * Closes those that wait, without asking their kind: whoever calls this changes the subject. Returns the audit entries and
 * appends nothing.
 */
export async function closeAsks(
  { now }: { readonly now: () => number },
  client: Queryable,
  tenantId: string,
  ids: readonly string[],
  { status, reason }: { readonly status: Extract<ApprovalStatus, 'withdrawn' | 'void'>; readonly reason: string },
): Promise<AuditEntry[]> {
  const at = new Date(now())
  const entries: AuditEntry[] = []
  for (const { id, summary } of ids.length === 0 ? [] : await lockApprovals(client, tenantId, ids)) {
    if (!(await settleApproval(client, { tenantId, id }, status, at, reason))) continue
    const object = { type: 'approval', id, name: summary }
    entries.push({ action: `approval.${status}`, object, before: { status: 'pending' }, after: { status, reason }, at })
  }
  return entries
}
