// An approval as whoever asks sees it: with its votes, what a vote would sign, and what they may do.

import type { z } from 'zod'
import { mayManage } from '../governance/approval-moves.ts'
import { countOf, currentVotes, reachProblem, type Standing, standingOf } from '../governance/approval-standing.ts'
import { sayWhenTimeIsUp } from '../governance/approval-words.ts'
import { sayChange } from '../governance/decide.ts'
import { voteProblem } from '../governance/vote-problem.ts'
import type { Problem } from '../kernel/problem.ts'
import { may, type Permission } from '../kernel/access/permissions.ts'
import { listComments } from '../record/approval-comments.ts'
import type { ApprovalDetail } from '../record/approval-lists.ts'
import { type Approval, findLastApproved } from '../record/approvals.ts'
import type { Queryable } from '../record/database.ts'
import type { Principal } from './principal.ts'
import {
  approvalBody,
  type approvalDetail,
  audienceBody,
  castBody,
  delegationBody,
  permitBody,
  personBody,
} from './shapes/approval.ts'

export async function detailBody(
  db: Queryable,
  principal: Principal,
  approval: ApprovalDetail,
  now: number,
): Promise<z.input<typeof approvalDetail>> {
  const standing = await standingOf(db, approval, new Date(now))
  const { approvals, needed, missing } = countOf(standing)
  const { counted } = await listComments(db, approval.tenantId, approval.id, { limit: 1, offset: 0 })
  const refused = roleProblem(principal, 'approvals:decide') ?? voteProblem(standing, principal.id, now)
  const isPending = approval.status === 'pending'
  return {
    ...approvalBody(approval),
    approvals: isPending ? approvals : approval.approvals,
    unreachable: isPending && reachProblem(standing) !== undefined,
    details: approval.details,
    asked: standing.members.map(personBody),
    needed,
    missing: isPending ? missing : 0,
    votes: votesBody(standing),
    delegations: standing.delegations.map(delegationBody),
    comments: counted,
    author: approval.author,
    last_editor: approval.lastEditor,
    excludes: [...standing.excludes],
    content_hash: standing.hash,
    may_edit: standing.mayEdit,
    edit: approval.edit,
    closed_reason: approval.closedReason,
    difference: await differenceBody(db, approval),
    at_expiry: expiryBody(approval),
    may_i_decide: permitBody(refused),
    may_i_manage: isPending && (await mayManage(db, principal, approval)),
  }
}

/** Why somebody is kept out whomever an audience means. */
export function roleProblem({ kind, role, scopes }: Principal, permission: Permission): Problem | undefined {
  if (may(role, permission, scopes)) return undefined
  const message = kind === 'agent' ? 'Agents ask, and never decide.' : `This API key lacks the scope "${permission}".`
  return { code: 'forbidden', message }
}

function votesBody(standing: Standing) {
  const { body, votes } = standing
  const current = currentVotes(standing)
  return votes.map((vote) => {
    const seat = vote.onBehalfOf ?? vote.memberId
    return castBody(vote, current.includes(vote) && body.seats.includes(seat) && !body.excluded.includes(seat))
  })
}

async function differenceBody(db: Queryable, approval: Approval) {
  const last = approval.subjectId === null ? undefined : await findLastApproved(db, approval)
  if (last === undefined) return null
  const text = sayChange(last.content, approval.content)
  return { approval_id: last.id, decided_at: last.decidedAt?.toISOString() ?? null, text }
}

function expiryBody(approval: Approval) {
  const { escalateTo, executionId } = approval
  const outcome = escalateTo !== null ? 'escalate' : executionId === null ? 'reject' : 'step_expires'
  const approvers = escalateTo === null ? null : audienceBody(escalateTo)
  return { outcome, approvers, text: sayWhenTimeIsUp(approval) } as const
}
