// What the check of a voting rule promises.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ruleProblem } from './rule-problem.ts'
import { quorumNeeded, type QuorumRule, tally } from './tally.ts'

const role = { role: 'finance_manager' }
const council = { council: 'media' }

test('a rule that can be met has no problem', () => {
  expect(ruleProblem({ rule: 2, seats: 3, excluded: 1, approvers: role })).toBeUndefined()
  expect(ruleProblem({ rule: 'majority', seats: 1, approvers: council })).toBeUndefined()
  expect(ruleProblem({ rule: 'unanimous', seats: 3, excluded: 2, approvers: council })).toBeUndefined()
})

test.each([
  [
    { rule: 4, seats: 3, approvers: role },
    'Nobody can reach 4 votes: 3 members are finance_manager. Add a member or change the rule.',
  ],
  [
    { rule: 1, seats: 0, approvers: role },
    'Nobody can reach 1 vote: no member is finance_manager. Add a member or change the rule.',
  ],
  [
    { rule: 2, seats: 1, approvers: { roles: ['owner', 'admin'] } },
    'Nobody can reach 2 votes: 1 member is owner or admin. Add a member or change the rule.',
  ],
  [
    { rule: 2, seats: 1, approvers: { members: ['ana@example.org'] } },
    'Nobody can reach 2 votes: 1 member is named. Add a member or change the rule.',
  ],
  [
    { rule: 'majority', seats: 2, excluded: 2, approvers: council },
    'Nobody can reach 2 votes: 2 members are on council "media", and all of them made or asked for it. Add a member or change the rule.',
  ],
  [
    { rule: 3, seats: 3, excluded: 1, approvers: role },
    'Nobody can reach 3 votes: 3 members are finance_manager, and 1 of them made or asked for it. Add a member or change the rule.',
  ],
  [
    { rule: 'unanimous', seats: 1, excluded: 1, approvers: role },
    'Nobody can reach 1 vote: 1 member is finance_manager, and they made or asked for it. Add a member or change the rule.',
  ],
] as const)('a rule that nobody can meet is told with the reason: %o', (asked, message) => {
  expect(ruleProblem(asked)).toEqual({ code: 'unreachable_quorum', message })
})

test.each([0, -1, 1.5, Number.NaN])('a quorum of %d is none', (rule) => {
  expect(ruleProblem({ rule, seats: 3, approvers: role })?.message).toContain(
    'A quorum is a whole number of votes, 1 or more',
  )
})

test('a rule has a problem exactly when approval by all who may vote would not be enough', () => {
  const rules = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom<QuorumRule>('majority', 'unanimous'))
  fc.assert(
    fc.property(rules, fc.nat(6), fc.nat(6), (rule, voters, excluded) => {
      const seats = voters + excluded
      const votes = Array.from({ length: voters }, (_, seat) => ({ memberId: `m${seat}`, vote: 'approve' as const }))
      const approved = tally({ rule, seats, excluded, votes }) === 'approved'
      expect(ruleProblem({ rule, seats, excluded, approvers: role }) === undefined).toBe(approved)
      expect(quorumNeeded(rule, seats, excluded) <= voters).toBe(approved)
    }),
  )
})
