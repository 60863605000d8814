// What separation of duties promises.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Hand, mayVote, strictSeparation, voteProblem } from './separation.ts'

const nobody = { requester: undefined, author: undefined, lastEditor: undefined }
const ana = { id: 'ana', isAgent: false }

test.each([
  [{ requester: 'ana' }, 'You cannot vote on this: you asked for it. Another member has to decide.'],
  [{ author: 'ana' }, 'You cannot vote on this: you built it. Another member has to decide.'],
  [{ lastEditor: 'ana' }, 'You cannot vote on this: you edited it last. Another member has to decide.'],
])('whoever had a hand in it may not vote, and is told which: %o', (hand, message) => {
  expect(voteProblem({ member: ana, ...nobody, ...hand, policy: strictSeparation })).toEqual({
    code: 'forbidden',
    message,
  })
})

test('a member without a hand in it may vote', () => {
  expect(mayVote({ member: ana, requester: 'ben', author: 'cyd', lastEditor: 'dan', policy: strictSeparation })).toBe(
    true,
  )
  expect(mayVote({ member: ana, ...nobody, policy: strictSeparation })).toBe(true)
})

test('an agent may not vote under any policy', () => {
  const problem = voteProblem({ member: { id: 'bot', isAgent: true }, ...nobody, policy: { exclude: [] } })
  expect(problem?.message).toContain('An agent cannot vote')
})

test('only the hands that the policy names keep a member from voting', () => {
  const person = fc.option(fc.constantFrom('ana', 'ben'), { nil: undefined })
  const policies = fc.subarray<Hand>(['requester', 'author', 'last_editor']).map((exclude) => ({ exclude }))
  fc.assert(
    fc.property(person, person, person, policies, (requester, author, lastEditor, policy) => {
      const hands = { requester, author, last_editor: lastEditor }
      const expected = policy.exclude.every((hand) => hands[hand] !== 'ana')
      expect(mayVote({ member: ana, requester, author, lastEditor, policy })).toBe(expected)
    }),
  )
})
