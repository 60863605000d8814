// Approvals: what waits for people's votes, and the votes.

import { z } from 'zod'
import { decideApproval, voteProblem } from '../../governance/approvals.ts'
import { may, type Permission } from '../../kernel/access/permissions.ts'
import { failed, ok, type Problem } from '../../kernel/problem.ts'
import { quorumNeeded } from '../../kernel/voting/tally.ts'
import { countApprovals, findApproval, pageOfApprovals } from '../../record/approval-lists.ts'
import { listVotes } from '../../record/approvals.ts'
import { membersOfAudience } from '../../record/members.ts'
import { pageOf } from '../page.ts'
import type { Principal } from '../principal.ts'
import { route } from '../route.ts'
import {
  approvalBody,
  approvalDetail,
  approvalSummary,
  castBody,
  decisionShape,
  permitBody,
  personBody,
} from '../shapes/approval.ts'
import { idParams } from '../shapes/execution.ts'
import { waitingPage, waitingQuery } from '../waiting-page.ts'

const list = route({
  method: 'GET',
  path: '/approvals',
  operation: 'listApprovals',
  tag: 'Approvals',
  summary: 'List approvals',
  description: 'Pending ones by when they expire; others the newest first.',
  access: 'approvals:read',
  problems: ['not_found'],
  query: z.strictObject({
    status: z
      .enum(['pending', 'decided', 'all'])
      .default('pending')
      .meta({ description: '`decided`: approved, rejected, expired or cancelled.' }),
    ...waitingQuery,
  }),
  answers: { 200: { description: 'A page of approvals.', schema: pageOf(approvalSummary) } },
  async handle(call) {
    const found = await waitingPage(call, { name: 'approvals', page: pageOfApprovals, count: countApprovals })
    if (!found.ok) return found
    const { rows, facts } = found.value
    return ok({ status: 200 as const, body: { items: rows.map(approvalBody), ...facts } })
  },
})

const get = route({
  method: 'GET',
  path: '/approvals/{id}',
  operation: 'getApproval',
  tag: 'Approvals',
  summary: 'Get an approval',
  description: 'With what people need to know, who is asked, who has voted what, and whether it is my turn.',
  access: 'approvals:read',
  problems: ['not_found'],
  params: idParams,
  answers: { 200: { description: 'The approval.', schema: approvalDetail } },
  async handle({ db, parts, principal, params: { id } }) {
    const { tenantId } = principal
    const approval = await findApproval(db, tenantId, id)
    if (approval === undefined) return failed({ code: 'not_found', message: `There is no approval ${id}.` })
    const members = await membersOfAudience(db, tenantId, approval.approvers)
    const votes = await listVotes(db, tenantId, id)
    const needed = quorumNeeded(approval.quorum, members.length)
    // As when it is decided: who is asked no longer does not count.
    const given = votes.filter(({ vote, memberId }) => vote === 'approve' && members.some((one) => one.id === memberId))
    const refused =
      roleProblem(principal, 'approvals:decide') ?? voteProblem(approval, votes, members, principal.id, parts.now())
    const body = {
      ...approvalBody(approval),
      details: approval.details,
      asked: members.map(personBody),
      needed,
      missing: approval.status === 'pending' ? Math.max(0, needed - given.length) : 0,
      votes: votes.map(castBody),
      may_i_decide: permitBody(refused),
    }
    return ok({ status: 200 as const, body })
  },
})

/** Why somebody is kept out whomever an audience means. */
export function roleProblem({ kind, role, scopes }: Principal, permission: Permission): Problem | undefined {
  if (may(role, permission, scopes)) return undefined
  const message = kind === 'agent' ? 'Agents ask, and never decide.' : `This API key lacks the scope "${permission}".`
  return { code: 'forbidden', message }
}

const decide = route({
  method: 'POST',
  path: '/approvals/{id}/decision',
  operation: 'decideApproval',
  tag: 'Approvals',
  summary: 'Approve or reject',
  description:
    'Casts my vote, which cannot be changed. The vote that settles it wakes the execution. What was decided before, by whom, is a ' +
    'conflict; so is a vote that comes too late.',
  access: 'approvals:decide',
  problems: ['not_found', 'conflict'],
  params: idParams,
  body: z.strictObject({
    decision: z.enum(['approve', 'reject']),
    comment: z.string().min(1).max(5000).optional().meta({ description: 'Why; recommended where you reject.' }),
  }),
  bodyExample: { decision: 'approve', comment: 'Within the budget.' },
  idempotency: 'stored',
  answers: { 200: { description: 'The vote counts.', schema: decisionShape } },
  async handle({ db, parts, principal, params, body: { decision, comment } }) {
    const cast = await decideApproval(parts, db, principal, {
      approvalId: params.id,
      memberId: principal.id,
      vote: decision,
      ...(comment !== undefined && { reason: comment }),
    })
    return cast.ok ? ok({ status: 200 as const, body: cast.value }) : cast
  },
})

export const approvalsRoutes = [list, get, decide]
