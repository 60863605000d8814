// What the routes of executions promise: who sees what, each filter, starts that happen once, and nothing of another tenant.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/api/principal.ts'
import { executionJournalRoutes } from '../../src/api/routes/execution-journal.ts'
import { executionMovesRoutes } from '../../src/api/routes/execution-moves.ts'
import { executionsRoutes } from '../../src/api/routes/executions.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { insertAgent } from '../../src/record/agents.ts'
import { insertApprovals } from '../../src/record/approvals.ts'
import { asTenant } from '../../src/record/database.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { createTestTenant, newId, type TestTenant } from '../setup/database.ts'
import { endExecution, newExecution } from '../setup/executions.ts'
import { createTestTriggers } from '../setup/triggers.ts'
import { memberPrincipal, openTestApi } from './api.test-kit.ts'

const api = await openTestApi([...executionsRoutes, ...executionMovesRoutes, ...executionJournalRoutes])
const { database } = api
const house = createTestTriggers(database)
let tenant: TestTenant
let ana: Principal
let agent: Principal

beforeEach(async () => {
  tenant = await createTestTenant(database)
  ana = memberPrincipal(tenant)
  const id = newId()
  const bot = { tenantId: tenant.id, id, name: 'Bot', createdBy: 'system', createdAt: new Date() }
  await asTenant(database, tenant.id, (client) => insertAgent(client, bot))
  agent = { ...ana, kind: 'agent', id, name: 'Bot', role: 'agent' }
})

const inputs: Workflow['inputs'] = { amount: { type: 'number' }, note: { type: 'string', default: '' } }
const save = (name: string, given: Partial<Workflow> = {}) => house.save(tenant.id, { name, inputs, ...given })
const get = (url: string, as = ana) => api.send(as, { method: 'GET', url })
const post = (url: string, body?: object, key?: string, as = ana) =>
  api.send(as, {
    method: 'POST',
    url,
    ...(body !== undefined && { body }),
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  })
const start = (workflow: string, amount: unknown = 1, key?: string, as = ana) =>
  post('/executions', { workflow, inputs: { amount } }, key, as)
const started = async (...given: Parameters<typeof start>): Promise<string> => (await start(...given)).json().id
const idsOf = async (query: string): Promise<string[]> =>
  (await get(`/executions?${query}`)).json().items.map((item: { id: string }) => item.id)

async function countOf(workflow: string): Promise<number> {
  const { rows } = await database.engine.query<{ count: number }>(
    `select count(*)::integer as count from executions e join workflows w on w.id = e.workflow_id
      where e.tenant_id = $1 and w.name = $2`,
    [tenant.id, workflow],
  )
  return rows[0]?.count ?? 0
}

describe('a start', () => {
  test('is answered with what never changes, and where to look', async () => {
    await save('pay')
    const reply = await start('pay')
    expect(reply.statusCode).toBe(201)
    const { id, workflow, created_at: at } = reply.json()
    expect([workflow, new Date(at).toISOString()]).toEqual(['pay', at])
    expect(reply.headers.location).toBe(`/api/v1/executions/${id}`)
    const seen = (await get(`/executions/${id}`)).json()
    expect(seen).toMatchObject({
      status: 'queued',
      inputs: { amount: 1, note: '' },
      started_by: { kind: 'member', id: ana.id, name: 'Ana' },
      waiting_for: 'a worker',
      version: 1,
      versions: [1],
      steps: [{ step: 'say', status: 'ready', attempts: [] }],
    })
  })

  test('says what does not fit, pointing into the body', async () => {
    await save('pay')
    const reply = await start('pay', 'much')
    expect([reply.statusCode, reply.json().errors[0].pointer]).toEqual([422, '/inputs/amount'])
    expect((await start('nothing')).statusCode).toBe(404)
    expect((await post('/executions', { inputs: {} })).statusCode).toBe(422)
  })

  test('with one key happens once, whoever asks at the same moment, and all are answered alike', async () => {
    await save('pay')
    const replies = await Promise.all(Array.from({ length: 200 }, () => start('pay', 5, 'k-1')))
    expect(new Set(replies.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1)
    expect(replies.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    expect(await countOf('pay')).toBe(1)
  })

  test('with a key that was used for another body or workflow is refused', async () => {
    await save('pay')
    await save('refund')
    const { id } = (await start('pay', 5, 'k')).json()
    const others = [start('pay', 6, 'k'), start('refund', 5, 'k'), start('pay', 'much', 'k'), start('gone', 5, 'k')]
    for (const reply of await Promise.all(others))
      expect([reply.statusCode, reply.json().code]).toEqual([422, 'key_reused'])
    // The default that was filled in is the same request.
    const same = await post('/executions', { workflow: 'pay', inputs: { note: '', amount: 5 } }, 'k')
    expect([same.statusCode, same.json().id]).toEqual([201, id])
    expect(await countOf('pay')).toBe(1)
  })

  test('with a key is answered as before although the workflow has changed since', async () => {
    await save('pay')
    const first = await start('pay', 5, 'k')
    await house.setStatus(tenant.id, 'pay', 'inactive')
    expect((await start('pay', 5, 'k')).body).toBe(first.body)
    expect((await start('pay', 5, 'new')).statusCode).toBe(409)
  })

  test('keys belong to who sent them', async () => {
    await save('pay')
    const ids = [await started('pay', 1, 'k'), await started('pay', 1, 'k', memberPrincipal(tenant, 'ben'))]
    expect(new Set(ids).size).toBe(2)
  })

  test('is for those who may start, agents among them', async () => {
    await save('pay')
    expect((await start('pay', 1, undefined, { ...ana, role: 'viewer' })).statusCode).toBe(403)
    const id = await started('pay', 1, undefined, agent)
    expect((await get(`/executions/${id}`)).json().started_by).toEqual({ kind: 'agent', id: agent.id, name: 'Bot' })
  })
})

describe('a list', () => {
  test('shows the newest first, page by page, with the total', async () => {
    await save('pay')
    const ids: string[] = []
    for (let amount = 0; amount < 5; amount++) ids.push(await started('pay', amount))
    // Ids are times; those of one millisecond stand in no order.
    ids.sort()
    expect(await idsOf('')).toEqual(ids.toReversed())
    expect(await idsOf('sort=created_at')).toEqual(ids)
    const page = (await get('/executions?limit=2&offset=2')).json()
    expect(page).toMatchObject({ total: 5, total_is_exact: true, limit: 2, offset: 2 })
    expect(page.items.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[1]])
    expect((await get('/executions?offset=9')).json()).toMatchObject({ items: [], total: 5 })
    expect((await get('/executions?limit=5')).json().total).toBe(5)
  })

  test('is cut by each filter and by all together', async () => {
    const { workflowId, versionId } = await save('pay')
    await save('refund')
    const mine = await started('pay')
    const bots = await started('pay', 1, undefined, agent)
    const refund = await started('refund')
    const child = newExecution(tenant.id, {
      workflowId,
      versionId,
      parent: { executionId: mine, step: 'run', item: undefined },
    })
    await startExecutions(database.engine, [child])
    await endExecution(database, bots, 'failed')
    await endExecution(database, refund, 'completed')
    await askCouncil(refund, 'media')
    await askCouncil(refund, 'media')

    const filters: Record<string, string[]> = {
      'status=queued': [mine, child.id],
      'status=failed': [bots],
      'status=failed&workflow=refund': [],
      'status=completed': [refund],
      'status=completed&workflow=refund': [refund],
      'workflow=pay': [mine, bots, child.id],
      'workflow=none': [],
      [`agent_id=${agent.id}`]: [bots],
      [`agent_id=${agent.id}&status=failed&workflow=pay`]: [bots],
      [`started_by=member:${ana.id}`]: [mine, refund],
      [`started_by=member:${ana.id}&council=media`]: [refund],
      'council=media': [refund],
      'council=media&status=completed&workflow=refund': [refund],
      'council=finance': [],
      [`parent_id=${mine}`]: [child.id],
      [`parent_id=${mine}&status=queued`]: [child.id],
      'created_after=2020-01-01T00:00:00Z&status=failed': [bots],
      'created_after=2099-01-01T00:00:00Z': [],
      'created_before=2020-01-01T00:00:00%2B02:00': [],
    }
    for (const [query, expected] of Object.entries(filters)) {
      for (const sort of ['', '&sort=created_at']) {
        const { items, total } = (await get(`/executions?${query}${sort}`)).json()
        expect([query, total, items.map(({ id }: { id: string }) => id).toSorted()]).toEqual([
          query,
          expected.length,
          expected.toSorted(),
        ])
        expect((await get(`/executions?${query}${sort}&limit=1&offset=5`)).json().total).toBe(expected.length)
      }
    }
  })

  test('names what is wrong with a filter', async () => {
    const bad = [
      'status=done',
      'created_after=now',
      'started_by=ana',
      'limit=0',
      'sort=name',
      'colour=red',
      'agent_id=1',
    ]
    for (const query of bad) expect([query, (await get(`/executions?${query}`)).statusCode]).toEqual([query, 422])
    const both = await get(`/executions?agent_id=${agent.id}&started_by=agent:${agent.id}`)
    expect(both.json().detail).toBe('Give "agent_id" or "started_by", not both.')
  })
})

async function askCouncil(executionId: string, council: string): Promise<void> {
  const times = { expiresAt: undefined, createdAt: new Date() }
  const asked = { approvers: { council }, quorum: 1, summary: 'Publish', details: null, step: 'ask', item: undefined }
  await insertApprovals(database.engine, [{ tenantId: tenant.id, id: newId(), executionId, ...asked, ...times }])
}

describe('a move', () => {
  test('is told to the execution, and refused where its status does not allow it', async () => {
    await save('pay')
    const id = await started('pay')
    const reply = await post(`/executions/${id}/pause`, { reason: 'Wait.' })
    expect([reply.statusCode, reply.json()]).toEqual([202, { id, requested: 'pause' }])
    expect((await post(`/executions/${id}/cancel`)).statusCode).toBe(202)
    const refused = await post(`/executions/${id}/resume`)
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'conflict'])
    await endExecution(database, id, 'failed')
    expect((await post(`/executions/${id}/retry`, { steps: ['say'] })).json()).toEqual({ id, requested: 'retry' })
  })

  test('with a key is made once', async () => {
    await save('pay')
    const id = await started('pay')
    const first = await post(`/executions/${id}/pause`, {}, 'p')
    const second = await post(`/executions/${id}/pause`, {}, 'p')
    expect([second.body, second.headers['idempotency-replayed']]).toEqual([first.body, 'true'])
    expect((await post(`/executions/${id}/pause`, { reason: 'Other' }, 'p')).json().code).toBe('key_reused')
  })

  test('is not for viewers and agents', async () => {
    await save('pay')
    const id = await started('pay')
    for (const as of [agent, { ...ana, role: 'viewer' } as const]) {
      for (const move of ['cancel', 'pause', 'resume', 'retry']) {
        expect((await post(`/executions/${id}/${move}`, {}, undefined, as)).statusCode).toBe(403)
      }
    }
  })

  test('names steps and versions that a retry cannot take', async () => {
    await save('pay')
    const id = await started('pay')
    await endExecution(database, id, 'failed')
    const steps = await post(`/executions/${id}/retry`, { steps: ['say', 'nope'] })
    expect([steps.statusCode, steps.json().errors]).toMatchObject([
      422,
      [{ code: 'unknown_step', pointer: '/steps/1' }],
    ])
    expect((await post(`/executions/${id}/retry`, { version: 7 })).statusCode).toBe(404)
    expect((await post(`/executions/${id}/retry`, { version: 'newest' })).statusCode).toBe(422)
  })

  test('a rerun starts anew with the same inputs, once for a key', async () => {
    await save('pay')
    const id = await started('pay', 42)
    const [first, second] = [
      await post(`/executions/${id}/rerun`, undefined, 'r'),
      await post(`/executions/${id}/rerun`, undefined, 'r'),
    ]
    expect([first.statusCode, second.body]).toEqual([201, first.body])
    expect(first.json().id).not.toBe(id)
    expect((await get(`/executions/${first.json().id}`)).json().inputs).toEqual({ amount: 42, note: '' })
    await house.setStatus(tenant.id, 'pay', 'deleted')
    expect((await post(`/executions/${id}/rerun`)).statusCode).toBe(409)
  })
})

test('nothing of another tenant can be told from nothing', async () => {
  await save('pay')
  const id = await started('pay', 1, 'k')
  await endExecution(database, id, 'failed')
  const stranger = memberPrincipal(await createTestTenant(database))
  const paths = [`/executions/${id}`, `/executions/${id}/journal`, `/executions/${id}/votes`]
  const filters = [`parent_id=${id}`, `agent_id=${agent.id}`, `started_by=member:${ana.id}`].map(
    (query) => `/executions?${query}`,
  )
  for (const url of [...paths, ...filters]) expect([url, (await get(url, stranger)).statusCode]).toEqual([url, 404])
  const moves = ['cancel', 'pause', 'resume', 'retry', 'rerun'].map((move) => `/executions/${id}/${move}`)
  for (const url of moves)
    expect([url, (await post(url, undefined, undefined, stranger)).statusCode]).toEqual([url, 404])
  expect((await get('/executions', stranger)).json()).toMatchObject({ items: [], total: 0 })
  expect((await start('pay', 1, 'k', stranger)).statusCode).toBe(404)
  for (const url of ['/executions/1', `/executions/${newId()}`]) expect((await get(url)).statusCode).toBe(404)
})
