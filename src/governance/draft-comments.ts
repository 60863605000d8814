// What people say about drafts: about the whole, a step, or a line of the YAML of a revision.

import { may } from '../kernel/access/permissions.ts'
import { referenceTo } from '../kernel/access/actor.ts'
import { workflowOf } from '../kernel/draft/difference.ts'
import { lineNow } from '../kernel/draft/line-anchor.ts'
import { governsDrafts } from '../kernel/draft/moves.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import {
  type DraftComment,
  findDraftComment,
  insertDraftComment,
  pageOfDraftComments,
  resolveDraftComment,
} from '../record/draft-comments.ts'
import { findSources } from '../record/draft-history.ts'
import type { SeenDraft } from '../record/drafts.ts'
import type { KindParts } from './approval-kinds.ts'
import { findSeenDraft, handOf, objectOf } from './draft-access.ts'
import { definitionOf } from './draft-content.ts'
import { notifyCreator } from './draft-notices.ts'
import type { Officer } from './people-parts.ts'

type Parts = Pick<KindParts, 'now' | 'newId'>

export interface CommentGiven {
  readonly body: string
  readonly step?: string | undefined
  readonly line?: number | undefined
  /** In which the line stands; the current one when absent. */
  readonly revision?: number | undefined
  readonly replyTo?: string | undefined
}

/** A comment, and where in the draft of now it belongs. */
export interface PlacedComment extends DraftComment {
  /** The words of its line when it was said. */
  readonly lineText: string | null
  /** Null for what was not said about a line, and for a line that has vanished. */
  readonly lineNow: number | null
  /** Whether the step or the line is gone. */
  readonly hasVanished: boolean
}

/** Problems: `not_found` (the draft, the comment), `forbidden`, `invalid_input` (no such step, revision or line). */
export async function commentOnDraft(
  parts: Parts,
  client: Queryable,
  officer: Officer,
  draftId: string,
  given: CommentGiven,
): Promise<Result<PlacedComment>> {
  const found = await findSeenDraft(parts, client, officer, draftId)
  if (!found.ok) return found
  const draft = found.value
  const anchor = await anchorOf(client, draft, given)
  if (!anchor.ok) return anchor
  const id = parts.newId()
  const { tenantId } = draft
  const said = handOf(officer, new Date(parts.now()))
  await insertDraftComment(client, { ...anchor.value, tenantId, id, draftId, body: given.body, said })
  const message = `${officer.name} said about your draft "${draft.name}": ${given.body.slice(0, 200)}`
  await notifyCreator(parts, client, draft, said.by, { title: 'A comment on your draft', message })
  const after = { comment_id: id, ...anchor.value }
  await appendAudit(client, officer, { action: 'draft.commented', object: objectOf(draft), after, at: said.at })
  return requireComment(client, draft, id)
}

type Anchor = Pick<DraftComment, 'replyTo' | 'revision' | 'step' | 'line'>

async function anchorOf(client: Queryable, draft: SeenDraft, given: CommentGiven): Promise<Result<Anchor>> {
  const { step = null, line = null, revision = draft.revision, replyTo } = given
  if (replyTo !== undefined) {
    const parent = await findDraftComment(client, draft.tenantId, draft.id, replyTo)
    if (parent === undefined) return failed({ ...noComment(replyTo), pointer: '/reply_to' })
    // One level: an answer to an answer belongs to the same question.
    return ok({ replyTo: parent.replyTo ?? parent.id, revision: draft.revision, step: null, line: null })
  }
  if (step !== null && !(await stepsOf(client, draft)).includes(step)) {
    return failed(invalid(`The draft has no step "${step}".`, '/step'))
  }
  if (line === null) return ok({ replyTo: null, revision: draft.revision, step, line })
  const sources = await findSources(client, draft.tenantId, draft.id, [revision])
  const source = sources.get(revision)
  if (source === undefined) return failed(invalid(`The draft has no revision ${revision}.`, '/revision'))
  const count = source?.split('\n').length ?? 0
  if (line > count) return failed(invalid(`Revision ${revision} of the draft has ${count} lines of its own.`, '/line'))
  return ok({ replyTo: null, revision, step, line })
}

const invalid = (message: string, pointer: string): Problem => ({ code: 'invalid_input', message, pointer })
const noComment = (id: string): Problem => ({ code: 'not_found', message: `The draft has no comment ${id}.` })

async function stepsOf(client: Queryable, draft: SeenDraft): Promise<readonly string[]> {
  return (await definitionOf(client, draft.tenantId, draft))?.steps.map(({ id }) => id) ?? []
}

/** In their order. Problems: `not_found`. */
export async function listDraftComments(
  parts: Pick<Parts, 'now'>,
  client: Queryable,
  officer: Officer,
  draftId: string,
  page: { readonly isOpen: boolean; readonly limit: number; readonly offset: number },
): Promise<Result<{ readonly comments: readonly PlacedComment[]; readonly counted: number }>> {
  const draft = await findSeenDraft(parts, client, officer, draftId)
  if (!draft.ok) return draft
  const { comments, counted } = await pageOfDraftComments(client, officer.tenantId, draftId, page)
  return ok({ comments: await placed(client, draft.value, comments), counted })
}

async function placed(
  client: Queryable,
  draft: SeenDraft,
  comments: readonly DraftComment[],
): Promise<PlacedComment[]> {
  const revisions = comments.flatMap(({ line, revision }) => (line === null ? [] : [revision]))
  const sources = await findSources(client, draft.tenantId, draft.id, [...new Set(revisions)])
  const needsSteps = comments.some(({ step }) => step !== null)
  const steps = needsSteps ? await stepsOf(client, draft) : []
  // A definition that cannot be read for the moment has lost no step.
  const isReadable = draft.source === null || workflowOf(draft.source) !== undefined
  return comments.map((comment) => {
    const { line, revision, step } = comment
    if (line === null) {
      const isGone = step !== null && isReadable && !steps.includes(step)
      return { ...comment, lineText: null, lineNow: null, hasVanished: isGone }
    }
    const source = sources.get(revision) ?? ''
    const now = lineNow(source, line, draft.source ?? '') ?? null
    return { ...comment, lineText: source.split('\n')[line - 1] ?? null, lineNow: now, hasVanished: now === null }
  })
}

async function requireComment(client: Queryable, draft: SeenDraft, id: string): Promise<Result<PlacedComment>> {
  const comment = await findDraftComment(client, draft.tenantId, draft.id, id)
  const [one] = comment === undefined ? [] : await placed(client, draft, [comment])
  return one === undefined ? failed(noComment(id)) : ok(one)
}

/**
 * Who said it, who created the draft, owners and admins say that a question is settled, or that it is not. Problems: `not_found`,
 * `forbidden`, `conflict` (an answer).
 */
export async function resolveComment(
  parts: Pick<Parts, 'now'>,
  client: Queryable,
  officer: Officer,
  asked: { readonly draftId: string; readonly id: string; readonly isResolved: boolean },
): Promise<Result<PlacedComment>> {
  const { draftId, id, isResolved } = asked
  const found = await findSeenDraft(parts, client, officer, draftId)
  if (!found.ok) return found
  const comment = await findDraftComment(client, officer.tenantId, draftId, id)
  if (comment === undefined) return failed(noComment(id))
  const draft = found.value
  const reference = referenceTo(officer)
  const isTheirs = comment.author === reference || draft.createdBy === reference || governsDrafts(officer.role)
  if (!isTheirs || !may(officer.role, 'drafts:comment', officer.scopes)) {
    const message = 'A comment is resolved by who said it, who created the draft, an owner or an admin.'
    return failed({ code: 'forbidden', message })
  }
  if (comment.replyTo !== null) {
    return failed({ code: 'conflict', message: 'This is an answer: resolve the comment that it answers.' })
  }
  const hand = handOf(officer, new Date(parts.now()))
  if ((comment.resolvedAt !== null) !== isResolved) {
    await resolveDraftComment(client, comment, isResolved ? hand : undefined)
    const action = isResolved ? 'draft.comment_resolved' : 'draft.comment_reopened'
    await appendAudit(client, officer, { action, object: objectOf(draft), after: { comment_id: id }, at: hand.at })
  }
  return requireComment(client, draft, id)
}
