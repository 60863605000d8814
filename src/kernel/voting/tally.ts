// Votes: how many are needed, and what a list of them decides.

/** A number of approvals, more than half of the seats, or everyone. */
export type QuorumRule = number | 'majority' | 'unanimous'

export interface Vote {
  readonly memberId: string
  readonly vote: 'approve' | 'reject'
}

/** The seats of a role, list or council, and how many of them separation of duties keeps from voting. */
export interface Seats {
  readonly seats: number
  readonly excluded?: number
}

/**
 * How many approvals the rule needs, always at least one. A majority is more than half of *all* seats: an author on the
 * council does not make it smaller. Unanimous means all who may vote, or an author's seat would block it for good.
 */
export function quorumNeeded(rule: QuorumRule, seats: number, excluded = 0): number {
  if (rule === 'majority') return Math.floor(seats / 2) + 1
  return Math.max(1, rule === 'unanimous' ? seats - excluded : rule)
}

/**
 * What the votes decide, read in the order in which they were cast: the first moment that settles it settles it, and
 * later votes change nothing. Pass the votes of present members only; a member's second vote is ignored.
 *
 * Approved: the quorum is reached. Rejected: somebody rejected, and either the quorum is out of reach or, for a number
 * of `approvers`, that alone is enough: "two finance managers sign" is not met by asking until two agree. A council's
 * number is a threshold, so there a rejection only counts against it. Seats that get lost reject nothing by themselves:
 * the vote stays open, `ruleProblem` says why, and its expiry settles it.
 */
export function tally(
  ballot: Seats & { readonly rule: QuorumRule; readonly votes: readonly Vote[]; readonly by?: 'approvers' | 'council' },
): 'open' | 'approved' | 'rejected' {
  const { rule, seats, excluded = 0, by = 'approvers' } = ballot
  const needed = quorumNeeded(rule, seats, excluded)
  const oneRejects = by === 'approvers' && typeof rule === 'number'
  const approved = new Set<string>()
  const rejected = new Set<string>()
  for (const { memberId, vote } of ballot.votes) {
    if (approved.has(memberId) || rejected.has(memberId)) continue
    if (vote === 'approve') approved.add(memberId)
    else rejected.add(memberId)
    if (approved.size >= needed) return 'approved'
    const outOfReach = seats - excluded - rejected.size < needed
    if (rejected.size > 0 && (oneRejects || outOfReach)) return 'rejected'
  }
  return 'open'
}
