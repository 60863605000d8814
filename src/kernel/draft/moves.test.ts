// What the life of a draft promises.

import { expect, test } from 'vitest'
import { type DraftMove, draftMoveNames, type DraftParty, draftStatuses, moveProblem, seesDraft } from './moves.ts'

const stranger: DraftParty = { role: 'builder', isCreator: false, isRequester: false, isAsked: false }
const ana: DraftParty = { ...stranger, isCreator: true, isRequester: true }
const admin: DraftParty = { ...stranger, role: 'admin' }
const reviewed = { isPreApproved: false }

const legal = (party: DraftParty, isPreApproved = false) =>
  draftMoveNames.map((move): [DraftMove, string[]] => [
    move,
    draftStatuses.filter((status) => moveProblem(move, party, { status, isPreApproved }) === undefined),
  ])

test('each move is legal in its own statuses, for who made the draft and for who governs', () => {
  const expected = [
    ['edit', ['editing']],
    ['submit', ['editing']],
    ['withdraw', ['pending_review']],
    ['reopen', ['approved', 'rejected']],
    ['discard', ['editing', 'approved', 'rejected']],
    ['convert', ['approved']],
  ]
  expect(legal(ana)).toEqual(expected)
  expect(legal(admin)).toEqual(expected)
})

test('others move nothing, and are told who may', () => {
  expect(legal({ ...stranger, isAsked: true }).flatMap(([, statuses]) => statuses)).toEqual([])
  expect(moveProblem('edit', stranger, { ...reviewed, status: 'editing' })).toEqual({
    code: 'forbidden',
    message: 'It can be edited by who created it, an owner or an admin.',
  })
  const creator = { ...stranger, isCreator: true }
  expect(moveProblem('withdraw', creator, { ...reviewed, status: 'pending_review' })?.message).toBe(
    'It can be withdrawn by who submitted it, an owner or an admin.',
  )
})

test('an agent drafts and asks, and converts nothing', () => {
  const agent = { ...ana, role: 'agent' } as const
  expect(moveProblem('submit', agent, { ...reviewed, status: 'editing' })).toBeUndefined()
  expect(moveProblem('convert', agent, { ...reviewed, status: 'approved' })).toEqual({
    code: 'forbidden',
    message: 'Agents draft and ask: a person has to convert this.',
  })
})

test('a role or a key without the permission is told which', () => {
  const viewer = { ...ana, role: 'viewer' } as const
  expect(moveProblem('edit', viewer, { ...reviewed, status: 'editing' })?.message).toBe(
    'The role "viewer" does not have "drafts:write".',
  )
  const key = { ...ana, scopes: ['drafts:read', 'drafts:comment'] } as const
  expect(moveProblem('edit', key, { ...reviewed, status: 'editing' })?.message).toBe(
    'This API key lacks the scope "drafts:write": it has drafts:read, drafts:comment.',
  )
})

test('in a wrong status the message names it, and the hint says what to do', () => {
  expect(moveProblem('edit', ana, { ...reviewed, status: 'pending_review' })).toEqual({
    code: 'conflict',
    message: 'The draft is pending review: it cannot be edited. It would have to be editing.',
    hint: 'Withdraw it to change it, or wait for the decision.',
  })
  expect(moveProblem('edit', ana, { ...reviewed, status: 'converted' })).toEqual({
    code: 'conflict',
    message: 'The draft is converted: it cannot be edited. It would have to be editing.',
  })
})

test('a draft of a template that is approved in advance is converted without a review', () => {
  expect(moveProblem('convert', ana, { status: 'editing', isPreApproved: true })).toBeUndefined()
  expect(moveProblem('convert', ana, { status: 'rejected', isPreApproved: true })?.code).toBe('conflict')
})

test('a draft is there for who made it, for who governs, and while it is pending for whom it asks', () => {
  const seers = (status: 'editing' | 'pending_review') =>
    [ana, admin, { ...stranger, isAsked: true }, stranger].map((party) => seesDraft(party, { status }))
  expect(seers('editing')).toEqual([true, true, false, false])
  expect(seers('pending_review')).toEqual([true, true, true, false])
})
