// One approval that a request names: for whoever may not see what it is about, it is not there.

import { viewerOf } from '../governance/draft-access.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { type ApprovalDetail, findApproval } from '../record/approval-lists.ts'
import type { Call } from './route.ts'

/** Problem: `not_found`. */
export async function seenApproval({
  db,
  parts,
  principal,
  params: { id },
}: Pick<Call<{ readonly id: string }, unknown, unknown>, 'db' | 'parts' | 'principal' | 'params'>): Promise<
  Result<ApprovalDetail>
> {
  const found = await findApproval(db, principal.tenantId, id, viewerOf(principal), new Date(parts.now()))
  return found === undefined ? failed({ code: 'not_found', message: `There is no approval ${id}.` }) : ok(found)
}
