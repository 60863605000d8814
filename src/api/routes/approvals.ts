// Approvals: what waits for people's votes, and the votes.

import { z } from 'zod'
import { decideApprovals, mostAtOnce } from '../../governance/bulk-decisions.ts'
import { decideApproval } from '../../governance/decide.ts'
import { rejectReasons, sayReason } from '../../governance/reject-reasons.ts'
import { jsonCopy } from '../../kernel/definition/canonical-json.ts'
import { failed, ok, type Problem } from '../../kernel/problem.ts'
import { viewerOf } from '../../governance/draft-access.ts'
import { type ApprovalListFilter, countApprovals, pageOfApprovals } from '../../record/approval-lists.ts'
import { approvalKinds, approvalStatuses } from '../../record/approval-row.ts'
import { hasExecution } from '../../record/execution-details.ts'
import { readGovernance } from '../../record/policies.ts'
import { detailBody } from '../approval-detail.ts'
import { totalOf } from '../counted-totals.ts'
import { mostCounted, pageFacts, pageOf } from '../page.ts'
import { type CallContext, route } from '../route.ts'
import { approvalBody, approvalDetail, approvalSummary, decisionShape } from '../shapes/approval.ts'
import { anyValue, idParams, uuid } from '../shapes/execution.ts'
import { id } from '../shapes/person.ts'
import { waitingQuery } from '../waiting-page.ts'
import { seenApproval } from '../seen-approval.ts'
import { readShared } from '../tenant-reads.ts'
import { approvalMoveRoutes } from './approval-moves.ts'
import { noExecution } from './executions.ts'

const listQuery = z.strictObject({
  status: z
    .enum([...approvalStatuses, 'decided', 'all'])
    .default('pending')
    .meta({ description: '`decided`: closed in whichever way.' }),
  waiting_for: z.enum(['me', 'others']).optional().meta({ description: 'Of pending ones: whose turn it is.' }),
  kind: z.enum(approvalKinds).optional().meta({ description: 'What they are about.' }),
  impact: z.enum(['A', 'B', 'C']).optional().meta({ description: 'The class of what they are about.' }),
  council: z.string().max(60).optional().meta({ description: 'Those that ask this council.' }),
  ...waitingQuery,
})
type ListQuery = z.output<typeof listQuery>

const list = route({
  method: 'GET',
  path: '/approvals',
  operation: 'listApprovals',
  tag: 'Approvals',
  summary: 'List approvals',
  description: 'Pending ones by when they expire; others the newest first.',
  access: 'approvals:read',
  problems: ['not_found'],
  query: listQuery,
  answers: { 200: { description: 'A page of approvals.', schema: pageOf(approvalSummary) } },
  handle: (call) =>
    readShared(call, `approvals of ${call.principal.role} ${call.principal.id} ${JSON.stringify(call.query)}`, (db) =>
      listPage({ ...call, db }),
    ),
})

async function listPage({ db, parts, principal, query }: CallContext & { readonly query: ListQuery }) {
  const { tenantId, id: me } = principal
  const { status, kind, impact, council, workflow, execution_id: executionId, limit, offset } = query
  if (executionId !== undefined && !(await hasExecution(db, tenantId, executionId))) {
    return failed(noExecution(executionId))
  }
  const isMine = query.mine === 'true' || query.waiting_for === 'me'
  const isOthers = query.waiting_for === 'others'
  const filter: ApprovalListFilter = {
    status,
    kind,
    impact,
    council,
    workflow,
    executionId,
    expiresBefore: query.expires_before === undefined ? undefined : new Date(query.expires_before),
    memberId: isMine ? me : undefined,
    notFor: isOthers ? me : undefined,
    separation: isMine || isOthers ? (await readGovernance(db, tenantId)).separation : undefined,
    viewer: viewerOf(principal),
  }
  const now = new Date(parts.now())
  const rows = await pageOfApprovals(db, tenantId, { ...filter, limit, offset }, now)
  const key = `approvals ${tenantId} ${JSON.stringify(filter)}`
  const counted = await totalOf({ limit, offset, seen: rows.length }, key, parts.now, () =>
    countApprovals(db, tenantId, filter, now, mostCounted + 1),
  )
  const body = { items: rows.map(approvalBody), ...pageFacts(counted, query) }
  return ok({ status: 200 as const, body, isShared: true })
}

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
  async handle({ db, parts, principal, params }) {
    const approval = await seenApproval({ db, parts, principal, params })
    if (!approval.ok) return approval
    return ok({ status: 200 as const, body: await detailBody(db, principal, approval.value, parts.now()) })
  },
})

const reasonCode = z
  .enum(rejectReasons.map(({ code }) => code))
  .optional()
  .meta({ description: 'Of the ready reasons, for a rejection.' })
const comment = z.string().min(1).max(5000).optional().meta({ description: 'Why; recommended where you reject.' })
const decisionFields = { decision: z.enum(['approve', 'reject']), reason: reasonCode, comment }

/** What is said with a vote. Problem: a ready reason for what is no rejection. */
function said({ decision, reason, comment: words }: z.output<z.ZodObject<typeof decisionFields>>) {
  if (decision === 'approve' && reason !== undefined) return failed(onlyRejections)
  const text = sayReason(reason, words)
  return ok({ vote: decision, ...(text !== undefined && { reason: text }) })
}

const onlyRejections: Problem = {
  code: 'invalid_input',
  message: 'The ready reasons are for rejections. Leave it out, or write a comment.',
  pointer: '/reason',
}

const decide = route({
  method: 'POST',
  path: '/approvals/{id}/decision',
  operation: 'decideApproval',
  tag: 'Approvals',
  summary: 'Approve or reject',
  description:
    'Casts my vote, which cannot be changed. The vote that settles it wakes the execution, or does what was asked for. What was ' +
    'decided before, by whom, is a conflict; so is a vote that comes too late, or about something that has changed meanwhile: ' +
    'then it is void, and the problem says what changed.',
  access: 'approvals:decide',
  problems: ['not_found', 'conflict', 'invalid_input'],
  params: idParams,
  body: z.strictObject({
    ...decisionFields,
    on_behalf_of: id.optional().meta({ description: 'The member whose seat I fill, of several that were left to me.' }),
    edit: anyValue
      .optional()
      .meta({ description: 'What I change it to before I approve, where `may_edit` says so. Others vote again.' }),
  }),
  bodyExample: { decision: 'approve', comment: 'Within the budget.' },
  idempotency: 'stored',
  answers: { 200: { description: 'The vote counts.', schema: decisionShape } },
  async handle({ db, parts, principal, params, body }) {
    const words = said(body)
    if (!words.ok) return words
    const seen = await seenApproval({ db, parts, principal, params })
    if (!seen.ok) return seen
    const cast = await decideApproval(parts, db, principal, {
      ...words.value,
      approvalId: params.id,
      memberId: principal.id,
      ...(body.on_behalf_of !== undefined && { onBehalfOf: body.on_behalf_of }),
      ...(body.edit !== undefined && { edit: jsonCopy(body.edit) }),
    })
    return cast.ok ? ok({ status: 200 as const, body: cast.value }) : cast
  },
})

const bulkResult = z
  .strictObject({
    id: uuid,
    decision: decisionShape.nullable().meta({ description: 'Null where the vote was refused.' }),
    problem: z.strictObject({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'DecisionResult', description: 'What became of one of many decisions.' })

const decideMany = route({
  method: 'POST',
  path: '/approvals/decisions',
  operation: 'decideApprovals',
  tag: 'Approvals',
  summary: 'Approve or reject many',
  description: `The same vote on up to ${mostAtOnce}. Each counts by itself. What is of class C is refused: it is decided by itself.`,
  access: 'approvals:decide',
  problems: ['invalid_input', 'not_found'],
  body: z.strictObject({
    ids: z
      .array(id)
      .min(1)
      .max(mostAtOnce)
      .refine((ids) => new Set(ids).size === ids.length, 'must name each approval once'),
    ...decisionFields,
  }),
  bodyExample: { ids: ['0199f3a0-0000-7000-8000-000000000001'], decision: 'reject', reason: 'duplicate' },
  idempotency: 'stored',
  answers: { 200: { description: 'What became of each.', schema: z.strictObject({ items: z.array(bulkResult) }) } },
  async handle({ db, parts, principal, body }) {
    const words = said(body)
    if (!words.ok) return words
    const votes = { ...words.value, approvalIds: body.ids, memberId: principal.id, viewer: viewerOf(principal) }
    const results = await decideApprovals(parts, db, principal, votes)
    const nothing = results.every(({ result }) => !result.ok && result.problems[0]?.code === 'not_found')
    if (nothing) return failed({ code: 'not_found', message: 'There is no approval of any of these ids.' })
    const items = results.map(({ approvalId, result }) => ({
      id: approvalId,
      decision: result.ok ? result.value : null,
      problem: result.ok ? null : problemBody(result.problems[0]),
    }))
    return ok({ status: 200 as const, body: { items } })
  },
})

const problemBody = (problem: Problem | undefined) =>
  problem === undefined ? null : { code: problem.code, message: problem.message, hint: problem.hint ?? null }

const reasons = route({
  method: 'GET',
  path: '/approvals/reject-reasons',
  operation: 'listRejectReasons',
  tag: 'Approvals',
  summary: 'List ready reasons',
  description: 'What people say most often when they reject, to choose from beside words of their own.',
  access: 'approvals:read',
  problems: [],
  answers: {
    200: {
      description: 'The reasons.',
      schema: z.strictObject({ items: z.array(z.strictObject({ code: z.string(), text: z.string() })) }),
    },
  },
  handle: async () => ok({ status: 200 as const, body: { items: rejectReasons.map((reason) => ({ ...reason })) } }),
})

export const approvalsRoutes = [list, reasons, get, decide, decideMany, ...approvalMoveRoutes]
