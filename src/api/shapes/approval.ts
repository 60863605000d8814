// Approvals as the API shows them.

import { z } from 'zod'
import type { Approvers } from '../../kernel/voting/rule-problem.ts'
import type { Problem } from '../../kernel/problem.ts'
import type { ListedApproval } from '../../record/approval-lists.ts'
import type { StoredVote } from '../../record/approvals.ts'
import type { Member } from '../../record/members.ts'
import { anyValue, iso, uuid } from './execution.ts'
import { moment, workflowName } from './workflow.ts'

export const audienceShape = z
  .union([
    z.strictObject({ role: z.string() }),
    z.strictObject({ council: z.string() }),
    z.strictObject({ members: z.array(z.string()) }),
  ])
  .meta({
    id: 'Audience',
    description: 'A role (of membership or for approvals), a council, or members by e-mail address.',
    examples: [{ role: 'finance_manager' }],
  })

export function audienceBody(audience: Approvers): z.input<typeof audienceShape> {
  return 'members' in audience ? { members: [...audience.members] } : audience
}

export const personShape = z.strictObject({ id: uuid, name: z.string(), email: z.string() }).meta({ id: 'Person' })

export const personBody = ({ id, name, email }: Member): z.input<typeof personShape> => ({ id, name, email })

export const permitShape = z
  .strictObject({ allowed: z.boolean(), reason: z.string().nullable().meta({ description: 'Why not.' }) })
  .meta({ id: 'Permit', description: 'Whether whoever asks may, and why not.' })

export function permitBody(problem: Problem | undefined): z.input<typeof permitShape> {
  return problem === undefined ? { allowed: true, reason: null } : { allowed: false, reason: problem.message }
}

const summaryFields = {
  id: uuid,
  status: z.enum(['pending', 'approved', 'rejected', 'expired', 'cancelled']),
  summary: z
    .string()
    .meta({ description: 'What is decided, in one sentence.', examples: ['PO-1001 for 72000 from Acme'] }),
  execution_id: uuid,
  workflow: workflowName,
  step: z.string(),
  item: z.number().int().nullable().meta({ description: 'Position in a `for_each`, from 0.' }),
  approvers: audienceShape,
  quorum: z
    .union([z.number().int(), z.enum(['majority', 'unanimous'])])
    .meta({ description: 'How many must approve: a number, more than half of the seats, or everyone.' }),
  approvals: z.number().int().min(0),
  rejections: z.number().int().min(0),
  expires_at: moment.nullable(),
  created_at: moment,
  decided_at: moment.nullable(),
}

export const approvalSummary = z
  .strictObject(summaryFields)
  .meta({ id: 'ApprovalSummary', description: 'An approval in a list.' })

export const approvalDetail = z
  .strictObject({
    ...summaryFields,
    details: anyValue.meta({ description: 'What people need to know in order to decide; any JSON.' }),
    asked: z.array(personShape).meta({ description: 'Who they are now.' }),
    needed: z.number().int().min(1).meta({ description: 'Approvals that it takes.' }),
    missing: z.number().int().min(0).meta({ description: 'How many more it takes.' }),
    votes: z.array(
      z.strictObject({
        member: personShape,
        vote: z.enum(['approve', 'reject']),
        reason: z.string().nullable(),
        created_at: moment,
      }),
    ),
    may_i_decide: permitShape,
  })
  .meta({ id: 'Approval' })

export const decisionShape = z
  .strictObject({
    status: z.enum(['pending', 'approved', 'rejected']).meta({ description: 'Of the approval, with this vote.' }),
    approvals: z.number().int().min(0),
    needed: z.number().int().min(1),
  })
  .meta({ id: 'Decision', description: 'What became of an approval with a vote.' })

export function approvalBody(approval: ListedApproval): z.input<typeof approvalSummary> {
  const { id, status, summary, executionId, workflow, step, item, approvers, quorum, approvals, rejections } = approval
  return {
    id,
    status,
    summary,
    execution_id: executionId,
    workflow,
    step,
    item,
    approvers: audienceBody(approvers),
    quorum,
    approvals,
    rejections,
    expires_at: iso(approval.expiresAt),
    created_at: approval.createdAt.toISOString(),
    decided_at: iso(approval.decidedAt),
  }
}

export function castBody({ memberId, name, email, vote, reason, createdAt }: StoredVote) {
  return { member: { id: memberId, name, email }, vote, reason, created_at: createdAt.toISOString() }
}
