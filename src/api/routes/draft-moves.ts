// The moves of a draft: submitted, taken back, reopened, discarded, converted.

import { z } from 'zod'
import { convertDraft } from '../../governance/draft-conversion.ts'
import { discardDraft, reopenDraft } from '../../governance/draft-editing.ts'
import { submitDraft } from '../../governance/draft-submission.ts'
import { withdrawDraft } from '../../governance/draft-withdrawal.ts'
import { draftAnswers as answers, matchingDraft as matching, replyWithDraft as replyWith } from '../draft-reply.ts'
import { route } from '../route.ts'
import { sayFrom } from '../shapes/draft.ts'
import { idParams } from '../shapes/execution.ts'

const submit = route({
  method: 'POST',
  path: '/drafts/{id}/submit',
  operation: 'submitDraft',
  tag: 'Drafts',
  summary: 'Submit a draft for review',
  description:
    'All that is wrong with it is told at once. It asks the council whose domain is the category of the workflow, or the one that the ' +
    'draft names, else those whom the policy names for its class; where the policy asks nobody, it is approved. ' +
    `Its status must be ${sayFrom('submit')}.`,
  access: 'drafts:write',
  problems: ['not_found', 'conflict', 'unreachable_quorum', 'invalid_input'],
  ifMatch: 'optional',
  params: idParams,
  idempotency: 'stored',
  answers,
  async handle(call) {
    const {
      db,
      parts,
      principal,
      params: { id },
    } = call
    return replyWith(call, await submitDraft(parts, db, principal, { id, check: matching(call, 'optional') }))
  },
})

const reason = z.string().min(1).max(2000).optional().meta({ description: 'Why; the history keeps it.' })

const withdraw = route({
  method: 'POST',
  path: '/drafts/{id}/withdraw',
  operation: 'withdrawDraft',
  tag: 'Drafts',
  summary: 'Take a draft back from review',
  description: `It can be edited again; its approval and the votes on it are void. Its status must be ${sayFrom('withdraw')}.`,
  access: 'drafts:write',
  problems: ['not_found', 'conflict'],
  params: idParams,
  body: z.strictObject({ reason }).default({}),
  bodyExample: { reason: 'The amount is wrong.' },
  idempotency: 'stored',
  answers,
  async handle(call) {
    const {
      db,
      parts,
      principal,
      params: { id },
      body,
    } = call
    const asked = { id, reason: body.reason ?? 'The draft was withdrawn.' }
    return replyWith(call, await withdrawDraft(parts, db, principal, asked))
  },
})

const reopen = route({
  method: 'POST',
  path: '/drafts/{id}/reopen',
  operation: 'reopenDraft',
  tag: 'Drafts',
  summary: 'Reopen a draft',
  description: `It can be edited and submitted again, as a new revision. Its status must be ${sayFrom('reopen')}.`,
  access: 'drafts:write',
  problems: ['not_found', 'conflict'],
  params: idParams,
  idempotency: 'stored',
  answers,
  async handle(call) {
    return replyWith(call, await reopenDraft(call.parts, call.db, call.principal, call.params.id))
  },
})

const discard = route({
  method: 'POST',
  path: '/drafts/{id}/discard',
  operation: 'discardDraft',
  tag: 'Drafts',
  summary: 'Discard a draft',
  description: `It is kept, and nothing comes of it any more. Its status must be ${sayFrom('discard')}.`,
  access: 'drafts:write',
  problems: ['not_found', 'conflict'],
  params: idParams,
  body: z.strictObject({ reason }).default({}),
  bodyExample: { reason: 'Nobody needs it.' },
  idempotency: 'stored',
  answers,
  async handle(call) {
    const {
      db,
      parts,
      principal,
      params: { id },
      body,
    } = call
    return replyWith(call, await discardDraft(parts, db, principal, id, body.reason ?? null))
  },
})

const convert = route({
  method: 'POST',
  path: '/drafts/{id}/convert',
  operation: 'convertDraft',
  tag: 'Drafts',
  summary: 'Convert a draft',
  description:
    'What was approved becomes the current, active version where the draft has a definition of its own, and an execution starts. When ' +
    'it is not what was approved any more, nothing happens, and the difference is told. A draft of a template that a council has ' +
    `approved in advance needs no review. Its status must be ${sayFrom('convert')}.`,
  access: 'drafts:convert',
  problems: ['not_found', 'conflict', 'invalid_input', 'payload_too_large', 'expression_failed'],
  ifMatch: 'optional',
  params: idParams,
  body: z
    .strictObject({ start: z.boolean().default(true).meta({ description: 'Whether an execution starts as well.' }) })
    .default({ start: true }),
  bodyExample: { start: true },
  idempotency: 'stored',
  answers,
  async handle(call) {
    const {
      db,
      parts,
      principal,
      params: { id },
      body,
    } = call
    const asked = { id, starts: body.start, check: matching(call, 'optional') }
    return replyWith(call, await convertDraft(parts, db, principal, asked))
  },
})

export const draftMoveRoutes = [submit, withdraw, reopen, discard, convert]
