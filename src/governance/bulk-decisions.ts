// Decisions on many approvals at once; never on what has to be looked at by itself.

import type { Actor } from '../kernel/access/actor.ts'
import { failed, type Problem, type Result } from '../kernel/problem.ts'
import { findSeenApprovals } from '../record/approval-lists.ts'
import { type Approval, lockApprovals, lockHeld } from '../record/approvals.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import type { DraftViewer } from '../record/draft-lists.ts'
import type { DecisionParts } from './approval-kinds.ts'
import { decideLocked, type Vote, type VoteCast } from './decide.ts'

export const mostAtOnce = 100

export interface BulkVote extends Omit<Vote, 'approvalId' | 'edit' | 'onBehalfOf'> {
  readonly approvalIds: readonly string[]
  /** Who looks: what they may not see is not there. */
  readonly viewer: DraftViewer
}

export interface BulkResult {
  readonly approvalId: string
  readonly result: Result<VoteCast>
}

/** Each by itself: one that is refused keeps none of the others back. In the order in which they were named. */
export async function decideApprovals(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  { approvalIds, viewer, ...vote }: BulkVote,
): Promise<BulkResult[]> {
  const seen = await findSeenApprovals(client, actor.tenantId, approvalIds, viewer, new Date(parts.now()))
  const locked = await lockApprovals(client, actor.tenantId, [...seen])
  await lockHeld(client, locked)
  const entries: AuditEntry[] = []
  const results: BulkResult[] = []
  for (const approvalId of approvalIds) {
    const approval = locked.find(({ id }) => id === approvalId)
    const alone = approval && aloneProblem(approval)
    if (alone !== undefined) {
      results.push({ approvalId, result: failed(alone) })
      continue
    }
    const decided = await decideLocked(parts, client, actor, { ...vote, approvalId }, approval)
    entries.push(...decided.entries)
    results.push({ approvalId, result: decided.result })
  }
  if (entries.length > 0) await appendAudit(client, actor, entries)
  return results
}

/** Why an approval is decided by itself: it is of class C, or nobody has said of which. A step says what it is in its own words. */
function aloneProblem({ impact, kind }: Approval): Problem | undefined {
  if (kind === 'step' ? impact !== 'C' : impact === 'A' || impact === 'B') return undefined
  const message = `This is ${impact === null ? 'of no known class' : `of class ${impact}`}: decide it by itself.`
  return { code: 'forbidden', message, hint: 'Open it and look at what it would do.' }
}
