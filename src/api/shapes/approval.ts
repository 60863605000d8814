// Approvals as the API shows them.

import { z } from 'zod'
import type { Approvers } from '../../kernel/voting/rule-problem.ts'
import type { Problem } from '../../kernel/problem.ts'
import type { ApprovalComment } from '../../record/approval-comments.ts'
import type { Delegation } from '../../record/approval-delegations.ts'
import type { ListedApproval } from '../../record/approval-lists.ts'
import { approvalKinds, approvalStatuses } from '../../record/approval-row.ts'
import type { StoredVote } from '../../record/approval-votes.ts'
import type { Member } from '../../record/members.ts'
import { anyValue, iso, uuid } from './execution.ts'
import { moment, workflowName } from './workflow.ts'

export const audienceShape = z
  .union([
    z.strictObject({ role: z.string() }),
    z.strictObject({ roles: z.array(z.string()) }),
    z.strictObject({ council: z.string() }),
    z.strictObject({ members: z.array(z.string()) }),
  ])
  .meta({
    id: 'Audience',
    description:
      'A role (of membership or for approvals), any of several roles, a council, or members by e-mail address.',
    examples: [{ role: 'finance_manager' }],
  })

export function audienceBody(audience: Approvers): z.input<typeof audienceShape> {
  if ('members' in audience) return { members: [...audience.members] }
  return 'roles' in audience ? { roles: [...audience.roles] } : audience
}

export const personShape = z.strictObject({ id: uuid, name: z.string(), email: z.string() }).meta({ id: 'Person' })

export const personBody = ({ id, name, email }: Member): z.input<typeof personShape> => ({ id, name, email })

export const permitShape = z
  .strictObject({ allowed: z.boolean(), reason: z.string().nullable().meta({ description: 'Why not.' }) })
  .meta({ id: 'Permit', description: 'Whether whoever asks may, and why not.' })

export function permitBody(problem: Problem | undefined): z.input<typeof permitShape> {
  return problem === undefined ? { allowed: true, reason: null } : { allowed: false, reason: problem.message }
}

const reference = z
  .string()
  .nullable()
  .meta({
    description: '`member:<id>`, `agent:<id>`, `operator`, `system`.',
    examples: ['member:0199f3a0-0000-7000-8000-000000000001'],
  })

const summaryFields = {
  id: uuid,
  kind: z.enum(approvalKinds).meta({
    description:
      '`step`: an execution asks. `run`: a policy holds an effect of an execution. The others are about a workflow version, a draft, a template, a change of policy.',
  }),
  status: z.enum(approvalStatuses).meta({ description: '`void`: what was to be decided on has changed.' }),
  summary: z
    .string()
    .meta({ description: 'What is decided, in one sentence.', examples: ['PO-1001 for 72000 from Acme'] }),
  impact: z.enum(['A', 'B', 'C']).nullable(),
  execution_id: uuid.nullable().meta({ description: 'Null unless it holds an execution.' }),
  workflow: workflowName.nullable(),
  step: z.string().nullable(),
  item: z.number().int().nullable().meta({ description: 'Position in a `for_each`, from 0.' }),
  subject_id: uuid
    .nullable()
    .meta({ description: 'The version, draft, template or change; null where it holds an execution.' }),
  acts: z.array(z.string()).meta({ description: 'What an activation allows.' }),
  approvers: audienceShape,
  quorum: z
    .union([z.number().int(), z.enum(['majority', 'unanimous'])])
    .meta({ description: 'How many must approve: a number, more than half of the seats, or everyone.' }),
  approvals: z.number().int().min(0),
  rejections: z.number().int().min(0),
  unreachable: z.boolean().meta({ description: 'Those who are asked are too few for the quorum.' }),
  requested_by: reference,
  expires_at: moment.nullable(),
  created_at: moment,
  decided_at: moment.nullable(),
}

export const approvalSummary = z
  .strictObject(summaryFields)
  .meta({ id: 'ApprovalSummary', description: 'An approval in a list.' })

const voteShape = z.strictObject({
  member: personShape,
  on_behalf_of: uuid.nullable().meta({ description: 'The member whose seat it fills, where that is another.' }),
  vote: z.enum(['approve', 'reject']),
  reason: z.string().nullable(),
  counts: z
    .boolean()
    .meta({ description: 'False of a vote on what it was before it was edited, and of who is asked no more.' }),
  created_at: moment,
})

const delegationShape = z.strictObject({
  member: z.strictObject({ id: uuid, name: z.string() }),
  delegate: z.strictObject({ id: uuid, name: z.string() }),
  created_at: moment,
})

const differenceShape = z.strictObject({ approval_id: uuid, decided_at: moment.nullable(), text: z.string() })

export const commentShape = z
  .strictObject({ id: uuid, author: z.string(), author_name: z.string(), body: z.string(), created_at: moment })
  .meta({ id: 'ApprovalComment', description: 'A question or an answer; it decides nothing.' })

export const commentBody = ({ id, author, authorName, body, createdAt }: ApprovalComment) => ({
  id,
  author,
  author_name: authorName,
  body,
  created_at: createdAt.toISOString(),
})

export const approvalDetail = z
  .strictObject({
    ...summaryFields,
    details: anyValue.meta({ description: 'What people need to know in order to decide; any JSON.' }),
    asked: z.array(personShape).meta({ description: 'Who they are now.' }),
    needed: z.number().int().min(1).meta({ description: 'Approvals that it takes.' }),
    missing: z.number().int().min(0).meta({ description: 'How many more it takes.' }),
    votes: z.array(voteShape),
    delegations: z.array(delegationShape).meta({ description: 'Who has handed it to whom.' }),
    comments: z.number().int().min(0).meta({ description: 'How many there are.' }),
    author: reference,
    last_editor: reference,
    excludes: z
      .array(z.enum(['requester', 'author', 'last_editor']))
      .meta({ description: 'Whose hands keep them from voting.' }),
    content_hash: z.string().meta({ description: 'What a vote signs now.' }),
    may_edit: z.boolean().meta({ description: 'Whoever approves may change what is approved.' }),
    edit: anyValue.meta({ description: 'What the approvers changed it to; null while nobody has.' }),
    closed_reason: z.string().nullable(),
    difference: differenceShape
      .nullable()
      .meta({ description: 'To what was last approved of the same; null where nothing was.' }),
    at_expiry: z
      .strictObject({
        outcome: z.enum(['reject', 'escalate', 'step_expires']),
        approvers: audienceShape.nullable(),
        text: z.string(),
      })
      .meta({ description: 'What happens when time is up. It never approves.' }),
    may_i_decide: permitShape,
    may_i_manage: z.boolean().meta({ description: 'Whether I may withdraw it and give it more time.' }),
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
  const { id, kind, status, summary, impact, workflow, step, item, acts, approvers, quorum } = approval
  return {
    id,
    kind,
    status,
    summary,
    impact,
    workflow,
    step,
    item,
    quorum,
    execution_id: approval.executionId,
    subject_id: approval.subjectId,
    acts: [...acts],
    approvers: audienceBody(approvers),
    approvals: approval.approvals,
    rejections: approval.rejections,
    unreachable: status === 'pending' && approval.unreachableAt !== null,
    requested_by: approval.requestedBy,
    expires_at: iso(approval.expiresAt),
    created_at: approval.createdAt.toISOString(),
    decided_at: iso(approval.decidedAt),
  }
}

export function castBody({ memberId, name, email, onBehalfOf, vote, reason, createdAt }: StoredVote, counts: boolean) {
  const member = { id: memberId, name, email }
  return { member, on_behalf_of: onBehalfOf, vote, reason, counts, created_at: createdAt.toISOString() }
}

export function delegationBody({ memberId, name, delegateId, delegateName, createdAt }: Delegation) {
  return {
    member: { id: memberId, name },
    delegate: { id: delegateId, name: delegateName },
    created_at: createdAt.toISOString(),
  }
}
