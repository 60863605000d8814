// What the routes about approvals promise beside their rules: repeated requests, whom they may name, and lists that are narrowed.

import { beforeEach, expect, test } from 'vitest'
import { openApprovals } from '../approvals/approvals.test-kit.ts'
import { newId } from '../setup/database.ts'

const house = await openApprovals()
const { send, ask, id } = house
beforeEach(() => house.begin())

const key = { 'idempotency-key': 'once' }
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString()

async function idsOf(query: string): Promise<string[]> {
  const { body } = await send('ana', 'GET', `/approvals?${query}`)
  return body.items.map((item: { id: string }) => item.id)
}

test('a move that is sent twice with a key is made once and answered alike', async () => {
  const approval = await ask()
  const twice = async (path: string, body: object) => {
    const own = { 'idempotency-key': path }
    const answers = [await send('ana', 'POST', path, body, own), await send('ana', 'POST', path, body, own)]
    return answers.map(({ status }) => status)
  }
  expect(await twice(`/approvals/${approval}/comments`, { body: 'With freight?' })).toEqual([201, 201])
  expect((await send('ana', 'GET', `/approvals/${approval}/comments`)).body.total).toBe(1)
  expect(await twice(`/approvals/${approval}/delegate`, { member: id('cleo') })).toEqual([204, 204])
  expect(await twice(`/approvals/${approval}/extension`, { expires_at: inHours(48) })).toEqual([204, 204])
  expect(await twice(`/approvals/${approval}/withdrawal`, { reason: 'Cancelled' })).toEqual([204, 204])
  const absence = { starts_at: inHours(1), ends_at: inHours(2) }
  expect(await twice('/absences', absence)).toEqual([201, 201])
  expect((await send('ana', 'GET', '/absences')).body.total).toBe(1)
  const comments = `/approvals/${approval}/comments`
  const reused = await send('ana', 'POST', comments, { body: 'Without?' }, { 'idempotency-key': comments })
  expect(reused.body.code).toBe('key_reused')
})

test('what is decided on many with a key is decided once', async () => {
  const body = { ids: [await ask({ quorum: 1 }), await ask({ quorum: 1, item: 1 })], decision: 'approve' }
  const first = await send('ana', 'POST', '/approvals/decisions', body, key)
  const second = await send('ana', 'POST', '/approvals/decisions', body, key)
  expect(first.body.items.map(({ decision }: { decision: object }) => decision)).toEqual([
    { status: 'approved', approvals: 1, needed: 1 },
    { status: 'approved', approvals: 1, needed: 1 },
  ])
  expect(second.body).toEqual(first.body)
})

test('who is no member is not found, whoever names them', async () => {
  const approval = await ask()
  const nobody = newId()
  const decision = { decision: 'approve', on_behalf_of: nobody }
  const missing = { status: 404, detail: `There is no member ${nobody}.` }
  for (const who of ['ana', 'dora'] as const) {
    const decided = await send(who, 'POST', `/approvals/${approval}/decision`, decision)
    expect(decided.body).toMatchObject({ ...missing, errors: [{ pointer: '/on_behalf_of' }] })
    const handed = await send(who, 'POST', `/approvals/${approval}/delegate`, { member: nobody })
    expect(handed.body).toMatchObject({ ...missing, errors: [{ pointer: '/member' }] })
    const absence = { member: nobody, starts_at: inHours(1), ends_at: inHours(2) }
    expect((await send(who, 'POST', '/absences', absence)).body).toMatchObject(missing)
  }
})

test('absences of others are shown to owners and admins alone', async () => {
  const times = { starts_at: inHours(1), ends_at: inHours(2) }
  for (const who of ['ana', 'ben', 'cleo'] as const) await send(who, 'POST', '/absences', times)
  const totals = async (who: 'ana' | 'ben', query = '') => (await send(who, 'GET', `/absences${query}`)).body.total
  expect([await totals('ana'), await totals('ana', `?member=${id('cleo')}`)]).toEqual([3, 1])
  expect([await totals('ben'), await totals('ben', `?member=${id('ben')}`)]).toEqual([1, 1])
  expect(await totals('ben', `?member=${id('cleo')}`)).toBe(0)
})

test('a list is narrowed by whose turn it is, by kind, class and council', async () => {
  const mine = await ask()
  const critical = await ask({ item: 1, holds: { impact: 'C', contentHash: 'ab', content: {} } })
  const others = await ask({ item: 2, approvers: { role: 'cfo' }, quorum: 1 })
  const council = { name: 'media', title: 'Media', domain: 'media', members: [id('dora')] }
  expect((await send('ana', 'POST', '/councils', council)).status).toBe(201)
  const voted = await ask({ item: 3, approvers: { council: 'media' }, quorum: 1 })
  expect((await idsOf('waiting_for=me')).toSorted()).toEqual([mine, critical].toSorted())
  expect((await idsOf('waiting_for=others')).toSorted()).toEqual([others, voted].toSorted())
  expect(await idsOf('impact=C')).toEqual([critical])
  expect(await idsOf('council=media')).toEqual([voted])
  expect([(await idsOf('kind=step')).length + (await idsOf('kind=run')).length, await idsOf('kind=draft')]).toEqual([
    4,
    [],
  ])
  expect((await send('ana', 'GET', '/approvals?kind=none')).status).toBe(422)
})
