// Answers that hold a draft as whoever asks sees it.

import { moveProblem } from '../kernel/draft/moves.ts'
import { ok, type Result } from '../kernel/problem.ts'
import { partyOf } from '../governance/draft-access.ts'
import { isPreApproved } from '../governance/draft-templates.ts'
import { countComments, findDraftTemplate, listReviews } from '../record/draft-lists.ts'
import type { SeenDraft } from '../record/drafts.ts'
import { checkIfMatch } from './edit.ts'
import type { CallContext } from './route.ts'
import { detailBody, draftDetail, draftEtag } from './shapes/draft.ts'
import { etag } from './shapes/person.ts'

export const draftAnswers = { 200: { description: 'The draft.', schema: draftDetail, headers: etag } } as const

/** Whether it is the draft that the caller saw. */
export const matchingDraft =
  ({ request }: CallContext, need: 'optional' | 'required') =>
  (draft: SeenDraft) =>
    checkIfMatch(request.ifMatch, draftEtag(draft), need)

/** A draft as whoever asks sees it. */
export async function draftReply({ db, principal }: CallContext, draft: SeenDraft) {
  const { tenantId, id, templateId } = draft
  const template = templateId === null ? undefined : await findDraftTemplate(db, tenantId, templateId)
  const state = { ...draft, isPreApproved: template?.isPreApproved === true && (await isPreApproved(db, draft)) }
  const party = partyOf(principal, draft)
  const body = detailBody(draft, {
    template,
    reviews: await listReviews(db, tenantId, id),
    comments: await countComments(db, tenantId, id),
    problemOf: (move) => moveProblem(move, party, state),
  })
  return { status: 200, body, headers: { etag: draftEtag(draft) } } as const
}

export async function replyWithDraft(call: CallContext, draft: Result<SeenDraft>) {
  return draft.ok ? ok(await draftReply(call, draft.value)) : draft
}
