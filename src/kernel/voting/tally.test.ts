// What voting promises: the quorum, and what the votes decide.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quorumNeeded, type QuorumRule, tally, type Vote } from './tally.ts'

/** `a+ b-`: a approves, b rejects. */
const votes = (text: string): Vote[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ memberId: word.slice(0, -1), vote: word.endsWith('+') ? 'approve' : 'reject' }))

test('a majority is more than half of the seats', () => {
  expect([1, 2, 3, 4, 5, 6].map((seats) => quorumNeeded('majority', seats))).toEqual([1, 2, 2, 3, 3, 4])
})

test('an excluded seat counts for a majority, and not for unanimity', () => {
  expect(quorumNeeded('majority', 5, 2)).toBe(3)
  expect(quorumNeeded('unanimous', 5, 2)).toBe(3)
  expect(quorumNeeded('unanimous', 5)).toBe(5)
})

test('at least one approval is needed, even from an empty body or by a rule of zero', () => {
  for (const rule of ['majority', 'unanimous', 0, -1] as const) expect(quorumNeeded(rule, 0)).toBe(1)
})

describe('a number of approvers', () => {
  const finance = { rule: 2, seats: 5 }
  test('is open until the quorum is reached', () => {
    expect(tally({ ...finance, votes: [] })).toBe('open')
    expect(tally({ ...finance, votes: votes('ana+') })).toBe('open')
    expect(tally({ ...finance, votes: votes('ana+ ben+') })).toBe('approved')
  })
  test('is rejected by the first who says no, though others could still agree', () => {
    expect(tally({ ...finance, votes: votes('ana-') })).toBe('rejected')
    expect(tally({ ...finance, votes: votes('ana+ ben-') })).toBe('rejected')
  })
  test('stays approved when a rejection comes after the quorum', () => {
    expect(tally({ ...finance, votes: votes('ana+ ben+ cyd-') })).toBe('approved')
  })
})

describe('a council', () => {
  const council = { seats: 5, by: 'council' } as const
  test('with a number rejects once the threshold is out of reach', () => {
    expect(tally({ ...council, rule: 3, votes: votes('ana- ben-') })).toBe('open')
    expect(tally({ ...council, rule: 3, votes: votes('ana- ben- cyd-') })).toBe('rejected')
    expect(tally({ ...council, rule: 3, votes: votes('ana- ben- cyd+ dan+ eve+') })).toBe('approved')
  })
  test('by majority rejects a tie of all seats', () => {
    expect(tally({ ...council, seats: 4, rule: 'majority', votes: votes('ana+ ben+ cyd-') })).toBe('open')
    expect(tally({ ...council, seats: 4, rule: 'majority', votes: votes('ana+ ben+ cyd- dan-') })).toBe('rejected')
  })
  test('whose rule is unanimous is rejected by one', () => {
    expect(tally({ ...council, rule: 'unanimous', votes: votes('ana+ ben+ cyd-') })).toBe('rejected')
  })
  test('counts excluded seats as votes that will not come', () => {
    expect(tally({ ...council, excluded: 2, rule: 'majority', votes: votes('ana-') })).toBe('rejected')
    expect(tally({ ...council, excluded: 2, rule: 'unanimous', votes: votes('ana+ ben+ cyd+') })).toBe('approved')
  })
})

test('a majority of approvers is not rejected by one', () => {
  expect(tally({ rule: 'majority', seats: 3, votes: votes('ana-') })).toBe('open')
})

test('approvals by one person stay one', () => {
  expect(tally({ rule: 2, seats: 3, votes: votes('ana+ ana+ ana+') })).toBe('open')
})

test("a member's second vote does not undo the first", () => {
  expect(tally({ rule: 2, seats: 3, votes: votes('ana+ ana- ben+') })).toBe('approved')
  expect(tally({ rule: 'majority', seats: 3, votes: votes('ana- ana+ ben+') })).toBe('open')
})

test('seats that get lost reject nothing by themselves', () => {
  expect(tally({ rule: 2, seats: 1, votes: votes('ana+') })).toBe('open')
  expect(tally({ rule: 2, seats: 1, votes: [] })).toBe('open')
})

describe('for any rule, body and order of votes', () => {
  const ballots = fc
    .record({
      rule: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom<QuorumRule>('majority', 'unanimous')),
      seats: fc.integer({ min: 1, max: 8 }),
      excluded: fc.nat(2),
      by: fc.constantFrom('approvers' as const, 'council' as const),
      order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]),
      approves: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    })
    .filter(({ seats, excluded }) => excluded < seats)
    .map(({ rule, seats, excluded, by, order, approves }) => {
      const cast = order.filter((seat) => seat < seats - excluded)
      return {
        rule,
        seats,
        excluded,
        by,
        votes: cast.map((seat): Vote => ({ memberId: `m${seat}`, vote: approves[seat] ? 'approve' : 'reject' })),
      }
    })
  const count = (list: readonly Vote[], vote: Vote['vote']) => list.filter((each) => each.vote === vote).length

  test('a decision is final: later votes change nothing', () => {
    fc.assert(
      fc.property(ballots, (ballot) => {
        const states = ballot.votes.map((_, position) =>
          tally({ ...ballot, votes: ballot.votes.slice(0, position + 1) }),
        )
        const settled = states.find((state) => state !== 'open')
        expect(tally(ballot)).toBe(settled ?? 'open')
      }),
    )
  })

  test('approved has the quorum, rejected has a rejection, open can still become approved', () => {
    fc.assert(
      fc.property(ballots, (ballot) => {
        const needed = quorumNeeded(ballot.rule, ballot.seats, ballot.excluded)
        const approvals = count(ballot.votes, 'approve')
        const rejections = count(ballot.votes, 'reject')
        const left = ballot.seats - ballot.excluded - ballot.votes.length
        const promise = {
          approved: approvals >= needed,
          rejected: rejections > 0,
          open: approvals < needed && (rejections === 0 || approvals + left >= needed),
        }
        expect(promise[tally(ballot)]).toBe(true)
      }),
    )
  })

  test('a threshold does not depend on the order of the votes', () => {
    fc.assert(
      fc.property(ballots, fc.nat(), (ballot, seed) => {
        const turned = ballot.votes
          .map((_, position, all) => all[(position + seed) % all.length])
          .filter((vote) => vote !== undefined)
        expect(tally({ ...ballot, by: 'council', votes: turned })).toBe(tally({ ...ballot, by: 'council' }))
      }),
    )
  })

  test('when all who may vote have voted on a rule that can be met, it is settled', () => {
    fc.assert(
      fc.property(ballots, (ballot) => {
        const voters = ballot.seats - ballot.excluded
        if (ballot.votes.length < voters || quorumNeeded(ballot.rule, ballot.seats, ballot.excluded) > voters) return
        expect(tally(ballot)).not.toBe('open')
      }),
      { numRuns: 500 },
    )
  })
})
