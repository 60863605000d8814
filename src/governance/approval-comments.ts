// Comments on approvals: a question keeps it open and reaches those who can answer.

import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { type ApprovalComment, insertComment, listComments } from '../record/approval-comments.ts'
import { type Approval, findExecutionHands, lockApproval } from '../record/approvals.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findMember } from '../record/members.ts'
import { insertNotifications } from '../record/notifications.ts'
import type { DecisionParts } from './approval-kinds.ts'
import { memberOf } from './approval-standing.ts'
import { objectOf, whereOf } from './settle-approval.ts'

/** A thread of a person who asks again and again. */
const mostComments = 1000

/**
 * Says something about an approval. It decides nothing; who asked for it, who made what it is about and who commented before are
 * told. Problems: `not_found`, `conflict` (nothing is waited for any more, or too much was said).
 */
export async function commentOnApproval(
  parts: Pick<DecisionParts, 'now' | 'newId'>,
  client: Queryable,
  actor: Actor,
  { approvalId, body }: { readonly approvalId: string; readonly body: string },
): Promise<Result<ApprovalComment>> {
  const { tenantId } = actor
  const approval = await lockApproval(client, tenantId, approvalId)
  if (approval === undefined) return failed({ code: 'not_found', message: `There is no approval ${approvalId}.` })
  if (approval.status !== 'pending')
    return failed({ code: 'conflict', message: `It is ${approval.status}: nothing about it is open any more.` })
  const before = await listComments(client, tenantId, approvalId, { limit: mostComments, offset: 0 })
  if (before.counted >= mostComments)
    return failed({ code: 'conflict', message: `It has ${mostComments} comments, which is all that it takes.` })
  const createdAt = new Date(parts.now())
  const comment = { id: parts.newId(), author: referenceTo(actor), authorName: actor.name, body, createdAt }
  await insertComment(client, { ...comment, tenantId, approvalId })
  await tell(parts, client, actor, approval, comment, before.comments)
  const after = { comment_id: comment.id, ...whereOf(approval) }
  await appendAudit(client, actor, { action: 'approval.commented', object: objectOf(approval), after, at: createdAt })
  return ok(comment)
}

async function tell(
  { newId }: Pick<DecisionParts, 'newId'>,
  client: Queryable,
  actor: Actor,
  approval: Approval,
  { body, createdAt }: ApprovalComment,
  before: readonly ApprovalComment[],
): Promise<void> {
  const { tenantId, executionId, summary } = approval
  const hands = await referencesOf(client, approval)
  const references = [...hands, ...before.map(({ author }) => author)]
  const ids = new Set(references.flatMap((reference) => memberOf(reference) ?? []))
  if (actor.id !== null) ids.delete(actor.id)
  const present = await Promise.all([...ids].map((id) => findMember(client, tenantId, id)))
  const members = present.filter((member) => member !== undefined)
  if (members.length === 0) return
  const message = `${actor.name} on "${summary}": ${body}`.slice(0, 2000)
  const title = 'A question about an approval'
  const notes = members.map(({ id: memberId }) => ({
    tenantId,
    id: newId(),
    memberId,
    executionId,
    title,
    message,
    createdAt,
  }))
  await insertNotifications(client, notes)
}

/** Who asked for it and who made it, as `referenceTo` names them. */
async function referencesOf(client: Queryable, approval: Approval): Promise<readonly string[]> {
  const { tenantId, executionId, requestedBy, author, lastEditor } = approval
  const found = executionId === null ? undefined : await findExecutionHands(client, tenantId, executionId)
  return [requestedBy, author, lastEditor, found?.startedBy, found?.createdBy].flatMap((one) => one ?? [])
}
