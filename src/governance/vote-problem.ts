// Why a vote is refused, in words that say what to do.

import type { Actor } from '../kernel/access/actor.ts'
import type { Problem } from '../kernel/problem.ts'
import { chooseSeat, type SeatRefusal } from '../kernel/voting/seats.ts'
import { voteProblem as separationProblem } from '../kernel/voting/separation.ts'
import type { StoredVote } from '../record/approval-votes.ts'
import type { Approval, ApprovalStatus } from '../record/approvals.ts'
import { currentVotes, type Standing } from './approval-standing.ts'
import { sayNames, sayOnly } from './audience.ts'
import { sayAgo } from './time-ago.ts'

const conflict = (message: string): Problem => ({ code: 'conflict', message })
const forbidden = (message: string): Problem => ({ code: 'forbidden', message })

/** Why nobody may vote any more. */
export function closedProblem(approval: Approval, votes: readonly StoredVote[], now: number): Problem | undefined {
  const { status, decidedAt, expiresAt } = approval
  if (status !== 'pending') return conflict(`${sayEnd(approval, status, votes)} ${sayAgo(decidedAt, now)}.`)
  return expiresAt !== null && expiresAt.getTime() <= now ? conflict(`Expired ${sayAgo(expiresAt, now)}.`) : undefined
}

function sayEnd(
  { closedReason }: Approval,
  status: Exclude<ApprovalStatus, 'pending'>,
  votes: readonly StoredVote[],
): string {
  const voters = (vote: 'approve' | 'reject') =>
    sayNames(votes.filter((one) => one.vote === vote).map(({ name }) => name))
  const why = closedReason === null ? '' : ` (${closedReason})`
  switch (status) {
    case 'approved':
      return `Approved by ${voters('approve')}`
    case 'rejected':
      return `Rejected by ${voters('reject')}`
    case 'expired':
      return 'Expired'
    case 'cancelled':
      return 'Cancelled with its execution'
    case 'withdrawn':
      return `Withdrawn${why}`
    case 'void':
      return `Void since it changed${why}`
  }
}

/** Whose vote an actor may cast: their own; somebody at the machine anybody's. */
export function voterProblem({ kind, id }: Actor, memberId: string | null): Problem | undefined {
  if (kind === 'agent') return forbidden('An agent cannot vote: a person has to decide. Ask a member of the approvers.')
  if (kind === 'system' || (kind === 'member' && id !== memberId))
    return forbidden('A member casts their own vote. Sign in as the member whose vote it is.')
  return undefined
}

export type Choice = { readonly ok: true; readonly seat: string } | { readonly ok: false; readonly problem: Problem }

/** The seat that a member's vote fills, or why it fills none. */
export function choiceOf(standing: Standing, memberId: string | null, wanted: string | undefined, now: number): Choice {
  const votes = currentVotes(standing)
  const choice = chooseSeat(standing.body, votes, memberId ?? '', wanted)
  // A refusal may name a seat as well.
  if (!('why' in choice)) return { ok: true, seat: choice.seat }
  return { ok: false, problem: refusalOf(standing, votes, memberId ?? '', choice, now) }
}

/** Why a member may not vote; undefined when they may. */
export function voteProblem(standing: Standing, memberId: string | null, now: number): Problem | undefined {
  const closed = closedProblem(standing.approval, standing.votes, now)
  if (closed !== undefined) return closed
  const choice = choiceOf(standing, memberId, undefined, now)
  return choice.ok ? undefined : choice.problem
}

function refusalOf(
  standing: Standing,
  votes: readonly StoredVote[],
  memberId: string,
  refusal: SeatRefusal,
  now: number,
): Problem {
  switch (refusal.why) {
    case 'not_asked': {
      const names = standing.members.map(({ name }) => name)
      return forbidden(sayOnly(standing.approval.approvers, names, 'decide'))
    }
    case 'voted':
      return votedBefore(votes, memberId, now)
    case 'filled': {
      const by = votes.find((vote) => vote.memberId === refusal.by)
      const name = standing.members.find(({ id }) => id === refusal.seat)?.name ?? 'that member'
      const whose = refusal.seat === memberId ? 'you' : name
      return conflict(`${by?.name ?? 'Somebody'} voted on this for ${whose} ${sayAgo(by?.createdAt ?? null, now)}.`)
    }
    case 'handed_over': {
      const name = standing.delegations.find((one) => one.memberId === memberId)?.delegateName ?? 'another member'
      return conflict(`You handed this to ${name}. Take it back to decide it yourself.`)
    }
    case 'excluded':
      return excluded(standing, memberId, refusal.memberId)
  }
}

function votedBefore(votes: readonly StoredVote[], memberId: string, now: number): Problem {
  const mine = votes.find((one) => one.memberId === memberId)
  const deed = mine?.vote === 'reject' ? 'rejected' : 'approved'
  return conflict(`You ${deed} this ${sayAgo(mine?.createdAt ?? null, now)}. A vote cannot be changed.`)
}

function excluded({ hands, excludes, members }: Standing, memberId: string, whose: string): Problem {
  if (whose !== memberId) {
    const name = members.find(({ id }) => id === whose)?.name ?? 'that member'
    return forbidden(
      `You cannot vote on this for ${name}, who had a hand in it and may not vote either. Another member has to decide.`,
    )
  }
  const { requester, author, last_editor: lastEditor } = hands
  const member = { id: memberId, isAgent: false }
  const problem = separationProblem({ member, requester, author, lastEditor, policy: { exclude: excludes } })
  return problem ?? forbidden('You cannot vote on this. Another member has to decide.')
}
