// Where an approval stands: who is asked, whose hands were in it, whose vote fills which seat, and what a vote signs.

import { canonicalJson } from '../kernel/definition/canonical-json.ts'
import { isJsonObject, type Json } from '../kernel/json.ts'
import type { Problem } from '../kernel/problem.ts'
import { ruleProblem } from '../kernel/voting/rule-problem.ts'
import { type Body, excludedSeats, votesOfSeats } from '../kernel/voting/seats.ts'
import type { Hand } from '../kernel/voting/separation.ts'
import { quorumNeeded, tally, type Vote } from '../kernel/voting/tally.ts'
import { hashOf } from '../engine/gate/closure.ts'
import { listStandIns } from '../record/absences.ts'
import { type Delegation, listDelegations } from '../record/approval-delegations.ts'
import { listVotes, type StoredVote } from '../record/approval-votes.ts'
import { type Approval, findExecutionHands } from '../record/approvals.ts'
import type { Queryable } from '../record/database.ts'
import { type Member, membersOfAudience } from '../record/members.ts'
import { readGovernance } from '../record/policies.ts'

/** Member ids; undefined where nobody who could vote had this hand. */
export type Hands = Readonly<Record<Hand, string | undefined>>

export interface Standing {
  readonly approval: Approval
  /** Who is asked now. */
  readonly members: readonly Member[]
  readonly hands: Hands
  readonly excludes: readonly Hand[]
  readonly body: Body
  readonly mayEdit: boolean
  /** What a vote signs now. */
  readonly hash: string
  /** All of them, in the order in which they were cast. */
  readonly votes: readonly StoredVote[]
  readonly delegations: readonly Delegation[]
}

export async function standingOf(client: Queryable, approval: Approval, now: Date): Promise<Standing> {
  const { tenantId, id } = approval
  const members = await membersOfAudience(client, tenantId, approval.approvers)
  const votes = await listVotes(client, tenantId, id)
  const delegations = await listDelegations(client, tenantId, id)
  const seats = members.map((member) => member.id)
  const standIns = await listStandIns(client, tenantId, seats, now)
  const { hands, excludes, mayEdit } = await dutiesOf(client, approval)
  const body: Body = {
    seats,
    excluded: excludes.flatMap((hand) => hands[hand] ?? []),
    handedTo: new Map(delegations.map(({ memberId, delegateId }) => [memberId, delegateId])),
    standsIn: new Map(standIns.map(({ memberId, delegateId }) => [memberId, delegateId])),
  }
  return { approval, members, hands, excludes, body, mayEdit, hash: signedHash(approval), votes, delegations }
}

/** Of a step or an effect: who started the execution and who made its version, by the policy as it is now. */
async function dutiesOf(
  client: Queryable,
  approval: Approval,
): Promise<Pick<Standing, 'hands' | 'excludes' | 'mayEdit'>> {
  const { tenantId, executionId, requestedBy, author, lastEditor } = approval
  if (executionId === null) {
    const hands = handsOf(requestedBy, author, lastEditor)
    return { hands, excludes: approval.excludes, mayEdit: approval.mayEdit }
  }
  const { separation, edit_and_approve: isEditable } = await readGovernance(client, tenantId)
  const found = await findExecutionHands(client, tenantId, executionId, heldVersion(approval))
  const hands = handsOf(found?.startedBy ?? null, found?.createdBy ?? null, found?.createdBy ?? null)
  return { hands, excludes: separation, mayEdit: isEditable && approval.kind === 'step' }
}

/** Of an effect that is held: the version that runs it, which may be newer than the one that the execution began with. */
function heldVersion({ kind, content }: Approval): number | undefined {
  const version = kind === 'run' && isJsonObject(content) ? content['version'] : undefined
  return typeof version === 'number' ? version : undefined
}

function handsOf(requester: string | null, author: string | null, lastEditor: string | null): Hands {
  return { requester: memberOf(requester), author: memberOf(author), last_editor: memberOf(lastEditor) }
}

/** The id of a member by whom something was done, as `referenceTo` names them. */
export function memberOf(reference: string | null): string | undefined {
  return reference?.startsWith('member:') === true ? reference.slice('member:'.length) : undefined
}

function signedHash(approval: Approval): string {
  return approval.editHash ?? approval.contentHash ?? stepHash(approval, approval.details)
}

/** What a decision on a step signs: all that it shows, with these details. */
export function stepHash({ executionId, step, item, summary }: Approval, details: Json): string {
  return hashOf({ execution_id: executionId, step, item, summary, details })
}

/** Whether an edit leaves things as they are. */
export const isSameJson = (a: Json, b: Json): boolean => canonicalJson(a) === canonicalJson(b)

/** The votes on what it is about now. */
export function currentVotes({ votes, hash }: Pick<Standing, 'votes' | 'hash'>): StoredVote[] {
  return votes.filter(({ contentHash }) => contentHash === null || contentHash === hash)
}

export interface Count {
  readonly decision: 'open' | 'approved' | 'rejected'
  readonly approvals: number
  readonly needed: number
  readonly missing: number
}

export function countOf(standing: Standing, votes: readonly StoredVote[] = currentVotes(standing)): Count {
  const { approval, body } = standing
  const counted: Vote[] = votesOfSeats(body, votes)
  const ballot = { rule: approval.quorum, seats: body.seats.length, excluded: excludedSeats(body) }
  const by = 'council' in approval.approvers ? 'council' : 'approvers'
  const approvals = counted.filter(({ vote }) => vote === 'approve').length
  const needed = quorumNeeded(ballot.rule, ballot.seats, ballot.excluded)
  const decision = tally({ ...ballot, votes: counted, by })
  return { decision, approvals, needed, missing: Math.max(0, needed - approvals) }
}

/** Why those who are asked now can never be enough; undefined when they can. */
export function reachProblem({ approval, body }: Standing): Problem | undefined {
  const { quorum: rule, approvers } = approval
  return ruleProblem({ rule, seats: body.seats.length, excluded: excludedSeats(body), approvers })
}
