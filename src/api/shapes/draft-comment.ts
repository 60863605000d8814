// Comments on drafts as the API shows them.

import { z } from 'zod'
import type { PlacedComment } from '../../governance/draft-comments.ts'
import { hand, handBody } from './draft.ts'
import { givenId, uuid } from './execution.ts'
import { moment } from './workflow.ts'

export const commentParams = z.strictObject({
  id: givenId.meta({ description: "The draft's id." }),
  comment_id: givenId.meta({ description: "The comment's id." }),
})

export const draftComment = z
  .strictObject({
    id: uuid,
    reply_to: uuid.nullable(),
    body: z.string(),
    author: hand,
    created_at: moment,
    revision: z.number().int().min(1).meta({ description: 'Which it was said about.' }),
    step: z.string().nullable(),
    line: z.number().int().min(1).nullable().meta({ description: 'In the YAML of that revision.' }),
    line_text: z.string().nullable(),
    line_now: z.number().int().min(1).nullable().meta({ description: 'Where that line stands now.' }),
    has_vanished: z.boolean().meta({ description: 'Whether its step or its line is gone from the draft.' }),
    resolved: z.strictObject({ by: hand, at: moment }).nullable(),
  })
  .meta({ id: 'DraftComment', description: 'Said about a draft, one of its steps, or a line of its YAML.' })

export function commentBody(comment: PlacedComment): z.input<typeof draftComment> {
  const { resolvedAt, resolvedBy, resolvedByName } = comment
  const isResolved = resolvedAt !== null && resolvedBy !== null
  return {
    id: comment.id,
    reply_to: comment.replyTo,
    body: comment.body,
    author: handBody(comment.author, comment.authorName),
    created_at: comment.createdAt.toISOString(),
    revision: comment.revision,
    step: comment.step,
    line: comment.line,
    line_text: comment.lineText,
    line_now: comment.lineNow,
    has_vanished: comment.hasVanished,
    resolved: isResolved ? { by: handBody(resolvedBy, resolvedByName ?? ''), at: resolvedAt.toISOString() } : null,
  }
}
