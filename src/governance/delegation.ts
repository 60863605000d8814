// Delegation: a member leaves one approval to another, who then fills the seat.

import { type Actor } from '../kernel/access/actor.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { deleteDelegation, insertDelegation } from '../record/approval-delegations.ts'
import { lockApproval } from '../record/approvals.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findMember, type Member } from '../record/members.ts'
import { insertNotifications } from '../record/notifications.ts'
import type { DecisionParts } from './approval-kinds.ts'
import { currentVotes, type Standing, standingOf } from './approval-standing.ts'
import { objectOf, whereOf } from './settle-approval.ts'
import { choiceOf, closedProblem, voterProblem } from './vote-problem.ts'

export interface Handover {
  readonly approvalId: string
  /** Whose seat it is: the actor's own, unless somebody at the machine hands it over. */
  readonly memberId: string
}

/** Problems: `not_found`, `conflict` (closed, voted, handed over), `forbidden` (not asked, or a hand in it), `invalid_input`. */
export async function delegateApproval(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  { approvalId, memberId, delegateId }: Handover & { readonly delegateId: string },
): Promise<Result<undefined>> {
  const { tenantId } = actor
  const found = await lockStanding(parts, client, actor, { approvalId, memberId })
  if (!found.ok) return found
  const standing = found.value
  const delegate = await findMember(client, tenantId, delegateId)
  if (delegate === undefined)
    return failed({ code: 'not_found', message: `There is no member ${delegateId}.`, pointer: '/member' })
  const choice = choiceOf(standing, memberId, memberId, parts.now())
  if (!choice.ok) return failed(ownProblem(standing, memberId) ?? choice.problem)
  const refused = delegateProblem(standing, memberId, delegate)
  if (refused !== undefined) return failed(refused)
  const at = new Date(parts.now())
  await insertDelegation(client, { tenantId, approvalId, memberId, delegateId, createdAt: at })
  const owner = standing.members.find(({ id }) => id === memberId)?.name ?? 'A member'
  const { summary, executionId } = standing.approval
  const message = `${owner} asks you to decide: ${summary}`
  const note = { tenantId, id: parts.newId(), memberId: delegateId, executionId, createdAt: at }
  await insertNotifications(client, [{ ...note, title: 'An approval was handed to you', message }])
  await appendAudit(
    client,
    actor,
    entryOf(standing, 'delegated', memberId, { id: delegateId, name: delegate.name }, at),
  )
  return ok(undefined)
}

/** Problems: `not_found`, `conflict` (closed, not handed over, or the delegate has voted), `forbidden`. */
export async function takeBackApproval(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  { approvalId, memberId }: Handover,
): Promise<Result<undefined>> {
  const found = await lockStanding(parts, client, actor, { approvalId, memberId })
  if (!found.ok) return found
  const standing = found.value
  const delegation = standing.delegations.find((one) => one.memberId === memberId)
  if (delegation === undefined)
    return failed({ code: 'conflict', message: 'You have handed this to nobody: there is nothing to take back.' })
  if (currentVotes(standing).some(({ onBehalfOf }) => onBehalfOf === memberId))
    return failed({
      code: 'conflict',
      message: `${delegation.delegateName} has voted for you. A vote cannot be changed.`,
    })
  await deleteDelegation(client, { tenantId: actor.tenantId, approvalId, memberId })
  const delegate = { id: delegation.delegateId, name: delegation.delegateName }
  await appendAudit(client, actor, entryOf(standing, 'taken_back', memberId, delegate, new Date(parts.now())))
  return ok(undefined)
}

async function lockStanding(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  { approvalId, memberId }: Handover,
): Promise<Result<Standing>> {
  const approval = await lockApproval(client, actor.tenantId, approvalId)
  if (approval === undefined) return failed({ code: 'not_found', message: `There is no approval ${approvalId}.` })
  const standing = await standingOf(client, approval, new Date(parts.now()))
  const refused = voterProblem(actor, memberId) ?? closedProblem(approval, standing.votes, parts.now())
  return refused === undefined ? ok(standing) : failed(refused)
}

/** What `choiceOf` says of a seat that is wanted is said in other words of one's own. */
function ownProblem({ delegations }: Standing, memberId: string): Problem | undefined {
  const before = delegations.find((one) => one.memberId === memberId)
  return before && { code: 'conflict', message: `You handed this to ${before.delegateName}. Take it back first.` }
}

function delegateProblem(standing: Standing, memberId: string, delegate: Member): Problem | undefined {
  const { body, delegations } = standing
  const invalid = (message: string): Problem => ({
    code: 'invalid_input',
    message,
    pointer: '/member',
    hint: 'Name another member.',
  })
  const { id, name } = delegate
  if (id === memberId) return invalid('You cannot hand it to yourself.')
  if (body.excluded.includes(id)) return invalid(`${name} had a hand in this and may not vote on it.`)
  if (body.seats.includes(id)) return invalid(`${name} is asked already, and has one vote.`)
  if (delegations.some(({ delegateId }) => delegateId === id))
    return invalid(`Another member has handed this to ${name} already, who has one vote.`)
  if (currentVotes(standing).some((vote) => vote.memberId === id)) return invalid(`${name} has voted on this already.`)
  return undefined
}

function entryOf(
  { approval, members }: Standing,
  deed: 'delegated' | 'taken_back',
  memberId: string,
  delegate: { readonly id: string; readonly name: string },
  at: Date,
): AuditEntry {
  const member = members.find(({ id }) => id === memberId)?.name ?? null
  const after = {
    member_id: memberId,
    member,
    delegate_id: delegate.id,
    delegate: delegate.name,
    ...whereOf(approval),
  }
  return { action: `approval.${deed}`, object: objectOf(approval), after, at }
}
