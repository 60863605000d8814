// Comments on drafts: about the whole, a step, or a line of the YAML of a revision.

import { z } from 'zod'
import { ok } from '../../kernel/problem.ts'
import { commentOnDraft, listDraftComments, resolveComment } from '../../governance/draft-comments.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { commentBody, commentParams, draftComment } from '../shapes/draft-comment.ts'
import { givenId, idParams } from '../shapes/execution.ts'

const list = route({
  method: 'GET',
  path: '/drafts/{id}/comments',
  operation: 'listDraftComments',
  tag: 'Drafts',
  summary: 'List comments on a draft',
  description: 'In the order in which they were made. A comment whose line or step is gone says so.',
  access: 'drafts:read',
  problems: ['not_found'],
  params: idParams,
  query: z.strictObject({
    open: z
      .enum(['true', 'false'])
      .default('false')
      .meta({ description: '`true`: those that are not resolved, and the answers to them.' }),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of comments.', schema: pageOf(draftComment) } },
  async handle({ db, parts, principal, params: { id }, query: { open, ...page } }) {
    const found = await listDraftComments(parts, db, principal, id, { isOpen: open === 'true', ...page })
    if (!found.ok) return found
    const { comments, counted } = found.value
    return ok({ status: 200, body: { items: comments.map(commentBody), ...pageFacts(counted, page) } } as const)
  },
})

const create = route({
  method: 'POST',
  path: '/drafts/{id}/comments',
  operation: 'commentOnDraft',
  tag: 'Drafts',
  summary: 'Comment on a draft',
  description:
    'It decides nothing. It may answer another comment, or be about a step, or a line of the YAML of a revision.',
  access: 'drafts:comment',
  problems: ['not_found', 'invalid_input'],
  params: idParams,
  body: z
    .strictObject({
      body: z.string().trim().min(1).max(5000),
      step: z.string().min(1).max(100).optional(),
      line: z.number().int().min(1).max(1_000_000).optional(),
      revision: z.number().int().min(1).max(1_000_000).optional().meta({ description: 'In which the line stands.' }),
      reply_to: givenId.optional(),
    })
    .refine(
      ({ step, line, reply_to: answered }) => [step, line, answered].filter((one) => one !== undefined).length < 2,
      'may hold one of "step", "line" and "reply_to"',
    ),
  bodyExample: { body: 'Why fifty thousand?', step: 'sign_off' },
  idempotency: 'stored',
  answers: { 201: { description: 'The comment.', schema: draftComment } },
  async handle({ db, parts, principal, params: { id }, body: { reply_to: replyTo, ...given } }) {
    const said = await commentOnDraft(parts, db, principal, id, { ...given, replyTo })
    return said.ok ? ok({ status: 201, body: commentBody(said.value) } as const) : said
  },
})

/** A question is settled, or opened again. */
function resolving(move: 'resolve' | 'reopen', summary: string) {
  return route({
    method: 'POST',
    path: `/drafts/{id}/comments/{comment_id}/${move}`,
    operation: `${move}DraftComment`,
    tag: 'Drafts',
    summary,
    description: 'For who said it, who created the draft, owners and admins.',
    access: 'drafts:comment',
    problems: ['not_found', 'conflict'],
    params: commentParams,
    answers: { 200: { description: 'The comment.', schema: draftComment } },
    async handle({ db, parts, principal, params: { id: draftId, comment_id: id } }) {
      const asked = { draftId, id, isResolved: move === 'resolve' }
      const resolved = await resolveComment(parts, db, principal, asked)
      return resolved.ok ? ok({ status: 200, body: commentBody(resolved.value) } as const) : resolved
    },
  })
}

export const draftCommentRoutes = [
  list,
  create,
  resolving('resolve', 'Resolve a comment'),
  resolving('reopen', 'Open a comment again'),
]
