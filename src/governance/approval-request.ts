// Asking for an approval of an object of the platform: it is asked only of people who can give it.

import type { Actor } from '../kernel/access/actor.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { ruleProblem } from '../kernel/voting/rule-problem.ts'
import type { Hand } from '../kernel/voting/separation.ts'
import type { AuditEntry } from '../record/audit.ts'
import { insertAsk } from '../record/approval-asks.ts'
import type { Queryable } from '../record/database.ts'
import { membersOfAudience } from '../record/members.ts'
import type { ApprovalAsk, KindParts } from './approval-kinds.ts'

export interface Asked {
  readonly approvalId: string
  /** For the caller's audit entries: it appends once, at the end. */
  readonly entry: AuditEntry
}

/** Problems: `unreachable_quorum` (nobody may give it), `conflict` (it is asked for already). Appends no audit entry. */
export async function requestApproval(
  { now, newId }: Pick<KindParts, 'now' | 'newId'>,
  client: Queryable,
  { tenantId }: Pick<Actor, 'tenantId'>,
  ask: ApprovalAsk,
): Promise<Result<Asked>> {
  const { approvers, quorum: rule } = ask
  const members = await membersOfAudience(client, tenantId, approvers)
  const hands = handsOf(ask)
  const excluded = members.filter(({ id }) => hands.includes(`member:${id}`)).length
  const problem = ruleProblem({ rule, seats: members.length, excluded, approvers })
  if (problem !== undefined) return failed(problem)
  const at = new Date(now())
  const id = newId()
  if (!(await insertAsk(client, { ...ask, tenantId, id, createdAt: at }))) {
    return failed({ code: 'conflict', message: `An approval of this is pending already: "${ask.summary}".` })
  }
  const after = {
    kind: ask.kind,
    subject_id: ask.subjectId,
    acts: [...(ask.acts ?? [])],
    content_hash: ask.contentHash,
  }
  const object = { type: 'approval', id, name: ask.summary }
  return ok({ approvalId: id, entry: { action: 'approval.requested', object, after, at } })
}

/** Those who may not vote, as `referenceTo` names them. */
export function handsOf(asked: Pick<ApprovalAsk, 'excludes' | 'requestedBy' | 'author' | 'lastEditor'>): string[] {
  const holders: Record<Hand, string | null> = {
    requester: asked.requestedBy,
    author: asked.author,
    last_editor: asked.lastEditor,
  }
  return asked.excludes.flatMap((hand) => holders[hand] ?? [])
}
