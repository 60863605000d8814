// What approvals promise beside votes: questions, delegation, absence, withdrawal, more time, edits, and decisions on many.

import { beforeEach, describe, expect, test } from 'vitest'
import { auditOf } from '../setup/audit.ts'
import { newId } from '../setup/database.ts'
import { endExecution } from '../setup/executions.ts'
import { openApprovals } from './approvals.test-kit.ts'

const house = await openApprovals()
const { send, ask, id } = house
beforeEach(() => house.begin())

const decide = (who: Parameters<typeof send>[0], approval: string, body: object = { decision: 'approve' }) =>
  send(who, 'POST', `/approvals/${approval}/decision`, body)
const see = async (approval: string, who: Parameters<typeof send>[0] = 'ana') =>
  (await send(who, 'GET', `/approvals/${approval}`)).body
const waitingFor = async (who: Parameters<typeof send>[0], query = 'waiting_for=me') =>
  (await send(who, 'GET', `/approvals?${query}`)).body.items.map((item: { id: string }) => item.id)
const actions = async () => (await auditOf(house.database, house.tenant.id)).map(({ action }) => action)
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

describe('separation of duties', () => {
  test('keeps who started the execution from voting, for themselves and for others, where the policy says so', async () => {
    const approval = await ask({ approvers: { role: 'operator' }, quorum: 1 })
    expect(await waitingFor('dora')).toEqual([approval])
    await house.govern({ separation: ['requester'] })
    const refused = await decide('dora', approval)
    expect(refused).toMatchObject({ status: 403 })
    expect(refused.body.detail).toBe('You cannot vote on this: you asked for it. Another member has to decide.')
    expect([await waitingFor('dora'), await waitingFor('cleo')]).toEqual([[], [approval]])
    expect(await waitingFor('dora', 'waiting_for=others')).toEqual([approval])
    expect((await send('dora', 'POST', `/approvals/${approval}/delegate`, { member: id('ben') })).status).toBe(403)
    const toDora = await send('cleo', 'POST', `/approvals/${approval}/delegate`, { member: id('dora') })
    expect(toDora.body.detail).toBe('Dora had a hand in this and may not vote on it.')
    expect((await decide('cleo', approval)).body.status).toBe('approved')
  })
})

test('a question keeps it open, and reaches who asked for it and who commented before', async () => {
  const approval = await ask()
  const asked = await send('ana', 'POST', `/approvals/${approval}/comments`, { body: 'With freight?' })
  expect(asked).toMatchObject({ status: 201, body: { body: 'With freight?', author_name: expect.any(String) } })
  await send('dora', 'POST', `/approvals/${approval}/comments`, { body: 'Yes.' })
  expect((await house.notesOf('dora')).join()).toContain('With freight?')
  expect((await house.notesOf('ana')).join()).toContain('Yes.')
  expect((await see(approval)).comments).toBe(2)
  const page = (await send('ben', 'GET', `/approvals/${approval}/comments?limit=1`)).body
  expect(page).toMatchObject({ items: [{ body: 'With freight?' }], total: 2 })
  await decide('ana', approval, { decision: 'reject' })
  expect((await send('ana', 'POST', `/approvals/${approval}/comments`, { body: 'Late' })).status).toBe(409)
  expect((await send('ana', 'GET', `/approvals/${newId()}/comments`)).status).toBe(404)
  expect((await send('ana', 'POST', `/approvals/${newId()}/comments`, { body: 'x' })).status).toBe(404)
})

describe('a delegate', () => {
  test('fills the seat, whose owner takes it back only before that', async () => {
    const approval = await ask()
    const url = `/approvals/${approval}/delegate`
    expect((await send('ana', 'POST', url, { member: id('cleo') })).status).toBe(204)
    expect(await house.notesOf('cleo')).toEqual(['Ana asks you to decide: Pay order 8841'])
    expect([await waitingFor('ana'), await waitingFor('cleo')]).toEqual([[], [approval]])
    expect((await decide('ana', approval)).body.detail).toBe(
      'You handed this to Cleo. Take it back to decide it yourself.',
    )
    expect((await send('ana', 'POST', url, { member: id('dora') })).body.detail).toContain('Take it back first.')
    expect((await send('ana', 'DELETE', url)).status).toBe(204)
    expect((await send('ana', 'DELETE', url)).body.detail).toContain('nothing to take back')
    await send('ana', 'POST', url, { member: id('cleo') })
    expect((await decide('cleo', approval)).body).toEqual({ status: 'pending', approvals: 1, needed: 2 })
    expect((await send('ana', 'DELETE', url)).body.detail).toBe('Cleo has voted for you. A vote cannot be changed.')
    const seen = await see(approval)
    expect(seen.votes).toMatchObject([{ member: { name: 'Cleo' }, on_behalf_of: id('ana'), counts: true }])
    expect(seen.delegations).toMatchObject([{ member: { name: 'Ana' }, delegate: { name: 'Cleo' } }])
    expect((await decide('ben', approval)).body.status).toBe('approved')
    expect(await actions()).toEqual(expect.arrayContaining(['approval.delegated', 'approval.taken_back']))
  })

  test('is somebody who has no vote yet', async () => {
    const approval = await ask()
    const url = `/approvals/${approval}/delegate`
    const refusal = async (member: string, who: 'ana' | 'ben' | 'dora' = 'ana') => {
      const { status, body } = await send(who, 'POST', url, { member })
      return [status, body.detail]
    }
    expect(await refusal(id('ana'))).toEqual([422, 'You cannot hand it to yourself.'])
    expect(await refusal(id('ben'))).toEqual([422, 'Ben is asked already, and has one vote.'])
    expect((await refusal(newId()))[0]).toBe(404)
    expect((await refusal(id('cleo'), 'dora'))[0]).toBe(403)
    await send('ben', 'POST', url, { member: id('cleo') })
    expect((await refusal(id('cleo')))[1]).toContain('handed this to Cleo already')
    expect((await send('ana', 'POST', `/approvals/${newId()}/delegate`, { member: id('cleo') })).status).toBe(404)
  })
})

describe('an absence', () => {
  test('lets another fill the seat meanwhile, once', async () => {
    const made = await send('ana', 'POST', '/absences', {
      delegate: id('cleo'),
      starts_at: inHours(-1),
      ends_at: inHours(5),
    })
    expect(made).toMatchObject({ status: 201, body: { member: id('ana'), delegate: id('cleo') } })
    const approval = await ask()
    expect(await waitingFor('cleo')).toEqual([approval])
    expect((await decide('cleo', approval)).body.approvals).toBe(1)
    expect(await waitingFor('ana')).toEqual([])
    expect((await decide('ana', approval)).body.detail).toContain('Cleo voted on this for you')
    expect((await decide('ben', approval)).body.status).toBe('approved')
    expect((await send('ana', 'GET', '/absences')).body.total).toBe(1)
    expect((await send('ana', 'DELETE', `/absences/${made.body.id}`)).status).toBe(204)
    expect((await send('ana', 'DELETE', `/absences/${made.body.id}`)).status).toBe(404)
    expect(await waitingFor('cleo')).toEqual([])
  })

  test('is one’s own; owners and admins say it for others', async () => {
    const times = { starts_at: inHours(0), ends_at: inHours(5) }
    expect((await send('ben', 'POST', '/absences', { ...times, member: id('cleo') })).status).toBe(403)
    const made = await send('ana', 'POST', '/absences', { ...times, member: id('cleo'), delegate: id('dora') })
    expect((await send('ben', 'DELETE', `/absences/${made.body.id}`)).status).toBe(403)
    expect((await send('ben', 'GET', '/absences')).body.items).toEqual([])
    expect((await send('ana', 'GET', `/absences?member=${id('cleo')}`)).body.total).toBe(1)
    const wrong = async (body: object) => (await send('ana', 'POST', '/absences', { ...times, ...body })).status
    expect(await wrong({ ends_at: inHours(-1) })).toBe(422)
    expect(await wrong({ starts_at: inHours(-3), ends_at: inHours(-1) })).toBe(422)
    expect(await wrong({ ends_at: inHours(24 * 400) })).toBe(422)
    expect(await wrong({ delegate: id('ana') })).toBe(422)
    expect(await wrong({ delegate: newId() })).toBe(404)
    expect(await wrong({ member: newId() })).toBe(404)
  })
})

describe('whoever asked, an owner or an admin', () => {
  test('withdraws it, which the step takes for a rejection', async () => {
    const approval = await ask()
    const url = `/approvals/${approval}/withdrawal`
    expect((await send('cleo', 'POST', url, { reason: 'x' })).body.detail).toContain('Only who asked for this')
    expect((await send('dora', 'POST', url, { reason: 'The order was cancelled' })).status).toBe(204)
    expect(await see(approval)).toMatchObject({ status: 'withdrawn', closed_reason: 'The order was cancelled' })
    expect(await house.signals()).toMatchObject([{ data: { ref: approval, decision: 'rejected', votes: [] } }])
    expect((await decide('ana', approval)).body.detail).toContain('Withdrawn (The order was cancelled)')
    expect((await send('dora', 'POST', url, { reason: 'x' })).status).toBe(409)
    expect((await send('dora', 'POST', `/approvals/${newId()}/withdrawal`, { reason: 'x' })).status).toBe(404)
  })

  test('gives it more time, and the step with it', async () => {
    const approval = await ask()
    const url = `/approvals/${approval}/extension`
    const until = inHours(30)
    expect((await send('ana', 'POST', url, { expires_at: until })).status).toBe(204)
    expect(await see(approval)).toMatchObject({
      expires_at: until,
      may_i_manage: true,
      at_expiry: { outcome: 'step_expires' },
    })
    expect(await house.signals()).toMatchObject([{ data: { ref: approval, until: Date.parse(until) } }])
    const refused = async (expiresAt: string) => (await send('ana', 'POST', url, { expires_at: expiresAt })).status
    expect([await refused(inHours(1)), await refused(inHours(91 * 24))]).toEqual([422, 422])
    const endless = await ask({ expiresAt: undefined, item: 1 })
    const never = await send('ana', 'POST', `/approvals/${endless}/extension`, { expires_at: until })
    expect(never.body.detail).toContain('never expires')
    await endExecution(house.database, house.executionId, 'cancelled')
    const late = await send('ana', 'POST', url, { expires_at: inHours(40) })
    expect(late.body.detail).toContain('its execution has ended')
    expect((await send('ana', 'POST', `/approvals/${approval}/withdrawal`, { reason: 'x' })).status).toBe(409)
    expect(await see(approval)).toMatchObject({ status: 'cancelled' })
  })
})

describe('an edit', () => {
  test('is what is approved, and whoever voted on something else votes again', async () => {
    await house.govern({ edit_and_approve: true })
    const approval = await ask()
    await decide('ana', approval)
    const edit = { amount: 5 }
    expect((await decide('ben', approval, { decision: 'approve', edit })).body).toMatchObject({
      approvals: 1,
      needed: 2,
    })
    const seen = await see(approval)
    expect(seen).toMatchObject({ edit, approvals: 1, votes: [{ counts: false }, { counts: true }] })
    expect(seen.may_i_decide.allowed).toBe(true)
    expect(await waitingFor('ana')).toEqual([approval])
    expect((await decide('ana', approval)).body.status).toBe('approved')
    expect(await house.signals()).toMatchObject([{ data: { decision: 'approved', edit } }])
    const entries = await auditOf(house.database, house.tenant.id)
    expect(entries.find(({ action }) => action === 'approval.approved')).toMatchObject({ after: { edit } })
  })

  test('needs the policy, an approval, and a kind that can be edited', async () => {
    const approval = await ask()
    const edit = { amount: 5 }
    expect((await decide('ana', approval, { decision: 'approve', edit })).body.detail).toContain('allows no edit')
    await house.govern({ edit_and_approve: true })
    expect((await decide('ana', approval, { decision: 'reject', edit })).status).toBe(422)
    const holds = { impact: 'C', contentHash: 'ab', content: {} } as const
    const run = await ask({ holds, item: 2 })
    expect((await decide('ana', run, { decision: 'approve', edit })).status).toBe(403)
    const same = await decide('ana', approval, { decision: 'approve', edit: { amount: 7 } })
    expect(same.body.approvals).toBe(1)
    expect((await see(approval)).edit).toBe(null)
  })
})

describe('decisions on many', () => {
  test('count each by itself, and never on what is of class C', async () => {
    const [one, two] = [await ask({ quorum: 1 }), await ask({ quorum: 1, item: 1 })]
    const holds = { impact: 'C', contentHash: 'ab', content: {} } as const
    const critical = await ask({ quorum: 1, item: 2, holds })
    await decide('ben', two)
    const ids = [one, critical, two, newId()]
    const body = { ids, decision: 'reject', reason: 'duplicate', comment: 'See order 8840' }
    const { status, body: answer } = await send('ana', 'POST', '/approvals/decisions', body)
    expect(status).toBe(200)
    expect(answer.items).toMatchObject([
      { id: one, decision: { status: 'rejected' }, problem: null },
      {
        id: critical,
        decision: null,
        problem: { code: 'forbidden', message: 'This is of class C: decide it by itself.' },
      },
      { id: two, decision: null, problem: { code: 'conflict' } },
      { decision: null, problem: { code: 'not_found' } },
    ])
    expect((await see(one)).votes).toMatchObject([{ reason: 'It was done or asked for already: See order 8840' }])
    expect((await send('ana', 'POST', '/approvals/decisions', { ids: [newId()], decision: 'approve' })).status).toBe(
      404,
    )
    const wrong = { ids: [one], decision: 'approve', reason: 'duplicate' }
    expect((await send('ana', 'POST', '/approvals/decisions', wrong)).status).toBe(422)
    expect((await decide('ana', two, { decision: 'approve', reason: 'duplicate' })).status).toBe(422)
    const tooMany = { ids: Array.from({ length: 101 }, () => newId()), decision: 'approve' }
    expect((await send('ana', 'POST', '/approvals/decisions', tooMany)).status).toBe(422)
  })

  test('have ready reasons for a rejection', async () => {
    const { items } = (await send('ana', 'GET', '/approvals/reject-reasons')).body
    expect(items).toContainEqual({ code: 'over_budget', text: 'It is over the budget' })
  })
})

describe('members and councils that change', () => {
  test('settle what they complete, and flag what they make impossible', async () => {
    const approval = await ask({ quorum: 'majority', approvers: { roles: ['finance_manager', 'cfo'] } })
    await decide('ben', approval)
    expect((await send('ana', 'DELETE', `/members/${id('cleo')}`)).status).toBe(204)
    expect(await see(approval)).toMatchObject({ status: 'pending', needed: 2, unreachable: false })
    const lonely = await ask({ quorum: 2, item: 1 })
    expect((await send('ana', 'DELETE', `/members/${id('ben')}`)).status).toBe(204)
    expect(await see(lonely)).toMatchObject({ status: 'pending', unreachable: true })
    expect((await send('ana', 'GET', `/approvals?status=pending`)).body.items).toContainEqual(
      expect.objectContaining({ id: lonely, unreachable: true }),
    )
    expect((await house.notesOf('ana')).join()).toContain('cannot be approved any more')
    expect((await house.notesOf('dora')).join()).toContain('Nobody can reach 2 votes')
    expect(await actions()).toContain('approval.unreachable')
  })

  test('a council that becomes smaller may have decided', async () => {
    const members = [id('ana'), id('ben'), id('cleo')]
    const council = { name: 'media', title: 'Media', domain: 'media', members }
    const made = await send('ana', 'POST', '/councils', council)
    const approval = await ask({ approvers: { council: 'media' }, quorum: 'unanimous' })
    await decide('ana', approval)
    await decide('ben', approval)
    const edit = { members: members.slice(0, 2) }
    const changed = await send('ana', 'PATCH', '/councils/media', edit, { 'if-match': made.headers.etag })
    expect(changed.status).toBe(200)
    expect(await see(approval)).toMatchObject({ status: 'approved' })
    expect(await house.signals()).toMatchObject([{ data: { ref: approval, decision: 'approved' } }])
  })
})
