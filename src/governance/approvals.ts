// Approvals as the rest of the house knows them: what waits now.

import { asTenant, type Database } from '../record/database.ts'
import { listPendingApprovals, type PendingApproval, type PendingFilter } from '../record/approvals.ts'

export interface GovernanceParts {
  readonly database: Database
  readonly now: () => number
  readonly newId: () => string
}

/** What waits for votes now, with `memberId` for that member's; those that expire first in front. */
export async function pendingApprovals(
  { database, now }: GovernanceParts,
  tenantId: string,
  filter: PendingFilter,
): Promise<PendingApproval[]> {
  return asTenant(database, tenantId, (client) => listPendingApprovals(client, tenantId, filter, new Date(now())))
}
