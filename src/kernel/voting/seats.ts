// Seats: whose vote may fill which, when members hand theirs on or are away.

import type { Vote } from './tally.ts'

/** Those who are asked, by member id; each has one seat. */
export interface Body {
  readonly seats: readonly string[]
  /** Members who may not vote because of separation of duties, asked or not: neither for themselves nor for others. */
  readonly excluded: readonly string[]
  /** Seats that were handed over: nobody but the delegate fills them. */
  readonly handedTo: ReadonlyMap<string, string>
  /** Who stands in for members who are away, and who may still vote themselves. */
  readonly standsIn: ReadonlyMap<string, string>
}

export interface CastVote {
  readonly memberId: string
  /** Whose seat it fills; the voter's own when null. */
  readonly onBehalfOf: string | null
  readonly vote: 'approve' | 'reject'
}

/** Why somebody fills no seat. `excluded`: who of the two has a hand in it. */
export type SeatRefusal =
  | { readonly why: 'not_asked' }
  | { readonly why: 'voted' }
  | { readonly why: 'filled'; readonly seat: string; readonly by: string }
  | { readonly why: 'handed_over'; readonly to: string }
  | { readonly why: 'excluded'; readonly memberId: string }

export type SeatChoice = { readonly seat: string } | SeatRefusal

const seatOf = ({ memberId, onBehalfOf }: CastVote): string => onBehalfOf ?? memberId

/**
 * The seat that a member's vote would fill: the one that is wanted, else their own, else the first that others left to them. A
 * member has one vote, however many seats were left to them.
 */
export function chooseSeat(
  body: Body,
  votes: readonly CastVote[],
  memberId: string,
  wanted: string | undefined,
): SeatChoice {
  const open = seatsOpenTo(body, memberId)
  if (wanted === undefined && open.length === 0) return closedTo(body, memberId)
  if (votes.some((vote) => vote.memberId === memberId)) return { why: 'voted' }
  const choices = wanted === undefined ? open : open.filter((seat) => seat === wanted)
  const refusals = choices.map((seat) => seatRefusal(body, votes, memberId, seat))
  const free = choices[refusals.indexOf(undefined)]
  return free === undefined ? (refusals[0] ?? { why: 'not_asked' }) : { seat: free }
}

/** Their own seat in front, then those that were left to them in the order of the seats. */
function seatsOpenTo({ seats, handedTo, standsIn }: Body, memberId: string): readonly string[] {
  const others = seats.filter((seat) => {
    const delegate = handedTo.get(seat) ?? standsIn.get(seat)
    return seat !== memberId && delegate === memberId
  })
  return seats.includes(memberId) && !handedTo.has(memberId) ? [memberId, ...others] : others
}

function closedTo({ seats, handedTo }: Body, memberId: string): SeatRefusal {
  const to = handedTo.get(memberId)
  return to !== undefined && seats.includes(memberId) ? { why: 'handed_over', to } : { why: 'not_asked' }
}

function seatRefusal(
  { excluded }: Body,
  votes: readonly CastVote[],
  memberId: string,
  seat: string,
): SeatRefusal | undefined {
  const hand = [memberId, seat].find((id) => excluded.includes(id))
  if (hand !== undefined) return { why: 'excluded', memberId: hand }
  const filling = votes.find((vote) => seatOf(vote) === seat)
  return filling && { why: 'filled', seat, by: filling.memberId }
}

/**
 * The votes that count now, as votes of the seats: of those who are asked still. What somebody voted for another stands with the
 * seat. Whoever has a hand in it counts neither as a voter nor as a seat.
 */
export function votesOfSeats({ seats, excluded }: Body, votes: readonly CastVote[]): Vote[] {
  const counts = (vote: CastVote): boolean =>
    seats.includes(seatOf(vote)) && !excluded.includes(seatOf(vote)) && !excluded.includes(vote.memberId)
  return votes.filter(counts).map((vote) => ({ memberId: seatOf(vote), vote: vote.vote }))
}

/** How many of the seats stay empty because of separation of duties. */
export function excludedSeats({ seats, excluded }: Body): number {
  return seats.filter((seat) => excluded.includes(seat)).length
}
