// What the routes of approvals promise: who is asked sees it, decides once, and of two at once one is told who was faster.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/api/principal.ts'
import { approvalsRoutes } from '../../src/api/routes/approvals.ts'
import { insertApprovals, type NewApproval } from '../../src/record/approvals.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { createTestTenant, newId, type TestTenant } from '../setup/database.ts'
import { endExecution, newExecution } from '../setup/executions.ts'
import { createTestTriggers } from '../setup/triggers.ts'
import { memberPrincipal, openTestApi } from './api.test-kit.ts'

const api = await openTestApi(approvalsRoutes)
const { database } = api
const house = createTestTriggers(database)
const hourMs = 3_600_000
let tenant: TestTenant
let executionId: string
let ana: Principal
let ben: Principal
let dora: Principal
let agent: Principal

beforeEach(async () => {
  tenant = await createTestTenant(database)
  executionId = await begin('pay')
  ana = memberPrincipal(tenant)
  ben = memberPrincipal(tenant, 'ben')
  dora = memberPrincipal(tenant, 'dora')
  agent = { ...ana, kind: 'agent', id: newId(), role: 'agent' }
})

async function begin(workflow: string): Promise<string> {
  const { workflowId, versionId } = await house.save(tenant.id, { name: workflow })
  const execution = newExecution(tenant.id, { workflowId, versionId })
  await startExecutions(database.engine, [execution])
  return execution.id
}

async function ask(given: Partial<NewApproval> = {}): Promise<string> {
  const id = newId()
  const asked = { approvers: { role: 'finance_manager' }, quorum: 1, summary: 'Pay order 8841', details: { amount: 7 } }
  const place = { tenantId: tenant.id, executionId, id, step: 'sign_off', item: undefined }
  const times = { expiresAt: new Date(Date.now() + hourMs), createdAt: new Date() }
  await insertApprovals(database.engine, [{ ...place, ...asked, ...times, ...given }])
  return id
}

const get = (url: string, as = ana) => api.send(as, { method: 'GET', url })
const idsOf = async (query: string, as = ana): Promise<string[]> =>
  (await get(`/approvals?${query}`, as)).json().items.map((item: { id: string }) => item.id)
const decide = (id: string, as = ana, body: object = { decision: 'approve' }, headers: Record<string, string> = {}) =>
  api.send(as, { method: 'POST', url: `/approvals/${id}/decision`, body, headers })

describe('a list', () => {
  test('shows what waits, those that expire first in front', async () => {
    const late = await ask({ expiresAt: new Date(Date.now() + 2 * hourMs) })
    const soon = await ask()
    const never = await ask({ expiresAt: undefined })
    await ask({ expiresAt: new Date(Date.now() - 1000) })
    const page = (await get('/approvals')).json()
    expect(page.items.map(({ id }: { id: string }) => id)).toEqual([soon, late, never])
    expect(page).toMatchObject({ total: 3, total_is_exact: true })
    expect(page.items[0]).toMatchObject({ workflow: 'pay', approvers: { role: 'finance_manager' }, approvals: 0 })
    expect((await get('/approvals?limit=1&offset=1')).json()).toMatchObject({ items: [{ id: late }], total: 3 })
    expect((await get('/approvals?offset=7')).json()).toMatchObject({ items: [], total: 3 })
  })

  test('is cut by status, whom it asks, execution, workflow and expiry', async () => {
    const mine = await ask({ quorum: 2 })
    const cfo = await ask({ approvers: { role: 'cfo' }, expiresAt: undefined })
    const decided = await ask({ expiresAt: undefined })
    await decide(decided)
    const paid = executionId
    executionId = await begin('refund')
    const other = await ask({ approvers: { members: ['dora@acme.example'] }, expiresAt: undefined })

    expect(await idsOf('status=decided')).toEqual([decided])
    // Ids are times; those of one millisecond stand in no order.
    expect(await idsOf('status=all')).toEqual([other, decided, cfo, mine].toSorted().toReversed())
    expect(await idsOf('mine=true')).toEqual([mine])
    expect(await idsOf('mine=true', dora)).toEqual([other])
    expect(await idsOf('mine=true', agent)).toEqual([])
    expect(await idsOf('mine=true&status=decided', ben)).toEqual([decided])
    expect(await idsOf(`execution_id=${paid}`)).toEqual([mine, cfo])
    expect(await idsOf('workflow=refund')).toEqual([other])
    expect(await idsOf('workflow=refund&status=all&mine=true', dora)).toEqual([other])
    expect(await idsOf(`expires_before=${new Date(Date.now() + 2 * hourMs).toISOString()}`)).toEqual([mine])
    await decide(mine)
    expect([await idsOf('mine=true'), await idsOf('mine=true', ben)]).toEqual([[], [mine]])
  })
})

describe('an approval', () => {
  test('says how many more it takes, who voted what, and whether it is my turn', async () => {
    const id = await ask({ quorum: 2 })
    await decide(id, ben, { decision: 'approve', comment: 'Fine.' })
    const seen = (await get(`/approvals/${id}`)).json()
    expect(seen).toMatchObject({ needed: 2, missing: 1, approvals: 1, may_i_decide: { allowed: true, reason: null } })
    expect(seen.votes).toMatchObject([{ member: { name: 'Ben' }, vote: 'approve', reason: 'Fine.' }])
    const reasonOf = async (as: Principal) => (await get(`/approvals/${id}`, as)).json().may_i_decide.reason
    expect(await reasonOf(ben)).toBe('You approved this just now. A vote cannot be changed.')
    expect(await reasonOf(dora)).toBe('Only finance_manager may decide this: Ana and Ben.')
    expect(await reasonOf(agent)).toBe('Agents ask, and never decide.')
    expect(await reasonOf({ ...ana, scopes: ['approvals:read'] })).toBe(
      'This API key lacks the scope "approvals:decide".',
    )
  })

  test('of two who decide at the same moment one is told who was faster', async () => {
    const id = await ask()
    const replies = await Promise.all([decide(id), decide(id, ben)])
    expect(replies.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409])
    const lost = replies.find(({ statusCode }) => statusCode === 409)
    expect(lost?.json().detail).toMatch(/^Approved by (Ana|Ben) /)
    expect((await get(`/approvals/${id}`)).json()).toMatchObject({ status: 'approved', missing: 0 })
  })

  test('is decided by nobody who is not asked, by no agent, and not too late', async () => {
    const id = await ask()
    expect((await decide(id, dora)).statusCode).toBe(403)
    expect((await decide(id, agent)).json()).toMatchObject({
      status: 403,
      detail: 'The role "agent" does not have "approvals:decide".',
    })
    const late = await decide(await ask({ expiresAt: new Date(Date.now() - 5000) }))
    expect([late.statusCode, late.json().detail]).toEqual([409, expect.stringMatching(/^Expired \d+/)])
    expect((await decide(id, ana, { decision: 'maybe' })).statusCode).toBe(422)
    await endExecution(database, executionId, 'cancelled')
    expect((await decide(id)).statusCode).toBe(409)
  })

  test('a decision with a key is cast once and answered alike', async () => {
    const id = await ask()
    const headers = { 'idempotency-key': 'd' }
    const first = await decide(id, ana, { decision: 'reject', comment: 'Too dear.' }, headers)
    const second = await decide(id, ana, { decision: 'reject', comment: 'Too dear.' }, headers)
    expect([first.statusCode, first.json().status, second.body]).toEqual([200, 'rejected', first.body])
    expect((await decide(id, ana, { decision: 'approve' }, headers)).json().code).toBe('key_reused')
  })

  test('of another tenant is not there', async () => {
    const id = await ask()
    const stranger = memberPrincipal(await createTestTenant(database))
    for (const url of [`/approvals/${id}`, `/approvals?execution_id=${executionId}`, `/approvals/${newId()}`]) {
      expect([url, (await get(url, stranger)).statusCode]).toEqual([url, 404])
    }
    expect((await decide(id, stranger)).statusCode).toBe(404)
    expect(await idsOf('status=all', stranger)).toEqual([])
  })
})
