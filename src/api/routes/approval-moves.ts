// What people do about an approval beside deciding: ask, hand it on, withdraw it, give it more time.

import { z } from 'zod'
import { commentOnApproval } from '../../governance/approval-comments.ts'
import { extendExpiry, withdrawApproval } from '../../governance/approval-moves.ts'
import { delegateApproval, takeBackApproval } from '../../governance/delegation.ts'
import { ok } from '../../kernel/problem.ts'
import { listComments } from '../../record/approval-comments.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { seenApproval } from '../seen-approval.ts'
import { commentBody, commentShape } from '../shapes/approval.ts'
import { idParams } from '../shapes/execution.ts'
import { id } from '../shapes/person.ts'

const comments = route({
  method: 'GET',
  path: '/approvals/{id}/comments',
  operation: 'listApprovalComments',
  tag: 'Approvals',
  summary: 'List comments',
  description: 'Questions and answers, the oldest first.',
  access: 'approvals:read',
  problems: ['not_found'],
  params: idParams,
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of comments.', schema: pageOf(commentShape) } },
  async handle({ db, parts, principal, params, query }) {
    const seen = await seenApproval({ db, parts, principal, params })
    if (!seen.ok) return seen
    const found = await listComments(db, principal.tenantId, params.id, query)
    const items = found.comments.map(commentBody)
    return ok({ status: 200 as const, body: { items, ...pageFacts(found.counted, query) } })
  },
})

const ask = route({
  method: 'POST',
  path: '/approvals/{id}/comments',
  operation: 'commentOnApproval',
  tag: 'Approvals',
  summary: 'Ask or answer',
  description: 'Decides nothing. Who asked for it, who made what it is about, and who commented before are told.',
  access: 'approvals:comment',
  problems: ['not_found', 'conflict', 'invalid_input'],
  params: idParams,
  body: z.strictObject({ body: z.string().trim().min(1).max(5000) }),
  bodyExample: { body: 'Is this the price with or without freight?' },
  idempotency: 'stored',
  answers: { 201: { description: 'The comment.', schema: commentShape } },
  async handle({ db, parts, principal, params, body }) {
    const seen = await seenApproval({ db, parts, principal, params })
    if (!seen.ok) return seen
    const made = await commentOnApproval(parts, db, principal, { approvalId: params.id, body: body.body })
    return made.ok ? ok({ status: 201 as const, body: commentBody(made.value) }) : made
  },
})

const delegate = route({
  method: 'POST',
  path: '/approvals/{id}/delegate',
  operation: 'delegateApproval',
  tag: 'Approvals',
  summary: 'Hand it to another member',
  description:
    'They decide in my place, and I no longer do unless I take it back. Whoever had a hand in it cannot be named.',
  access: 'approvals:decide',
  problems: ['not_found', 'conflict', 'invalid_input'],
  params: idParams,
  body: z.strictObject({ member: id.meta({ description: 'Who decides in my place.' }) }),
  bodyExample: { member: '0199f3a0-0000-7000-8000-000000000001' },
  idempotency: 'stored',
  answers: { 204: { description: 'Handed over.' } },
  async handle({ db, parts, principal, params, body: { member } }) {
    const seen = await seenApproval({ db, parts, principal, params })
    if (!seen.ok) return seen
    const handover = { approvalId: params.id, memberId: principal.id, delegateId: member }
    const done = await delegateApproval(parts, db, principal, handover)
    return done.ok ? ok({ status: 204 } as const) : done
  },
})

const takeBack = route({
  method: 'DELETE',
  path: '/approvals/{id}/delegate',
  operation: 'takeBackApproval',
  tag: 'Approvals',
  summary: 'Take it back',
  description: 'What I handed to another member, as long as they have not voted.',
  access: 'approvals:decide',
  problems: ['not_found', 'conflict'],
  params: idParams,
  answers: { 204: { description: 'It is mine to decide again.' } },
  async handle({ db, parts, principal, params }) {
    const seen = await seenApproval({ db, parts, principal, params })
    if (!seen.ok) return seen
    const done = await takeBackApproval(parts, db, principal, { approvalId: params.id, memberId: principal.id })
    return done.ok ? ok({ status: 204 } as const) : done
  },
})

const withdraw = route({
  method: 'POST',
  path: '/approvals/{id}/withdrawal',
  operation: 'withdrawApproval',
  tag: 'Approvals',
  summary: 'Withdraw it',
  description: 'By who asked for it, an owner or an admin. A step that waits for it takes its `rejected` edge.',
  access: 'approvals:ask',
  problems: ['not_found', 'conflict', 'invalid_input'],
  params: idParams,
  body: z.strictObject({ reason: z.string().trim().min(1).max(2000) }),
  bodyExample: { reason: 'The order was cancelled.' },
  idempotency: 'stored',
  answers: { 204: { description: 'Withdrawn.' } },
  async handle({ db, parts, principal, params, body: { reason } }) {
    const seen = await seenApproval({ db, parts, principal, params })
    if (!seen.ok) return seen
    const done = await withdrawApproval(parts, db, principal, { approvalId: params.id, reason })
    return done.ok ? ok({ status: 204 } as const) : done
  },
})

const extend = route({
  method: 'POST',
  path: '/approvals/{id}/extension',
  operation: 'extendApproval',
  tag: 'Approvals',
  summary: 'Give it more time',
  description: 'By who asked for it, an owner or an admin: to a later time, at most 90 days from now.',
  access: 'approvals:ask',
  problems: ['not_found', 'conflict', 'invalid_input'],
  params: idParams,
  body: z.strictObject({
    expires_at: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-21T12:00:00Z' }),
  }),
  bodyExample: { expires_at: '2026-11-30T12:00:00Z' },
  idempotency: 'stored',
  answers: { 204: { description: 'It expires later.' } },
  async handle({ db, parts, principal, params, body }) {
    const seen = await seenApproval({ db, parts, principal, params })
    if (!seen.ok) return seen
    const given = { approvalId: params.id, expiresAt: new Date(body.expires_at) }
    const done = await extendExpiry(parts, db, principal, given)
    return done.ok ? ok({ status: 204 } as const) : done
  },
})

export const approvalMoveRoutes = [comments, ask, delegate, takeBack, withdraw, extend]
