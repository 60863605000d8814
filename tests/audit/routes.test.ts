// What the audit's routes promise: entries by filter, a bounded verification, an export that can be verified elsewhere.

import { beforeEach, expect, test } from 'vitest'
import { auditRoutes } from '../../src/api/routes/audit.ts'
import { operatorOf, systemOf } from '../../src/kernel/access/actor.ts'
import { appendAudit } from '../../src/record/audit.ts'
import { asTenant } from '../../src/record/database.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { asOwner, createTestTenant, type TestTenant } from '../setup/database.ts'
import { later } from '../setup/executions.ts'

const api = await openTestApi(auditRoutes)
let tenant: TestTenant

beforeEach(async () => {
  tenant = await createTestTenant(api.database)
  const ana = memberPrincipal(tenant, 'ana', { address: '192.0.2.7', requestId: 'r-1' })
  const actors = [ana, systemOf(tenant.id), operatorOf(tenant.id)]
  for (const [n, actor] of actors.entries()) {
    const object = { type: n === 1 ? 'execution' : 'secret', id: `o${n}` }
    const entry = {
      action: n === 1 ? 'executions.settled' : 'secret.created',
      object,
      after: { n },
      at: later(n * 1000),
    } as const
    await asTenant(api.database, tenant.id, (client) => appendAudit(client, actor, entry))
  }
})

const get = (url: string, as = memberPrincipal(tenant)) => api.send(as, { method: 'GET', url })
const numbers = async (query: string): Promise<number[]> =>
  (await get(`/audit?${query}`)).json<{ items: { seq: number }[] }>().items.map(({ seq }) => seq)

test('entries come newest first, with who, from where and what', async () => {
  const answer = await get('/audit')
  expect(answer.statusCode).toBe(200)
  const { items, ...page } = answer.json<{ items: object[] }>()
  expect(page).toEqual({ total: 3, total_is_exact: true, limit: 50, offset: 0 })
  expect(items.at(-1)).toEqual({
    ...{ seq: 1, at: '2026-11-21T12:00:00.000Z', channel: 'api', address: '192.0.2.7', request_id: 'r-1' },
    actor: { kind: 'member', id: tenant.members.ana.id, name: 'Ana' },
    ...{ action: 'secret.created', object: { type: 'secret', id: 'o0', name: null }, before: null, after: { n: 0 } },
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('filters add up, and pages are cut', async () => {
  expect(await numbers(`actor=member:${tenant.members.ana.id}`)).toEqual([1])
  expect(await numbers('actor=system')).toEqual([2])
  expect(await numbers('action=secret.created')).toEqual([3, 1])
  expect(await numbers('action=secret.created&channel=cli')).toEqual([3])
  expect(await numbers('object_type=execution&object_id=o1')).toEqual([2])
  expect(await numbers('since=2026-11-21T12:00:01Z&until=2026-11-21T12:00:02Z')).toEqual([2])
  expect(await numbers('limit=1&offset=1')).toEqual([2])
  expect((await get('/audit?actor=nobody')).statusCode).toBe(422)
})

test('who may not read the audit is told so, and nobody sees another tenant’s', async () => {
  expect((await get('/audit', memberPrincipal(tenant, 'ben'))).statusCode).toBe(403)
  const other = memberPrincipal(await createTestTenant(api.database))
  expect((await get('/audit', other)).json()).toMatchObject({ items: [], total: 0 })
  expect((await get('/audit/verification', other)).json()).toMatchObject({ verified: true, entries: 0 })
  expect((await get('/audit/export', other)).body).toBe('')
})

test('a part is verified, with where the chain ends', async () => {
  expect((await get('/audit/verification')).json()).toMatchObject({
    verified: true,
    from: 1,
    to: 3,
    entries: 3,
    faults: [],
  })
  expect((await get('/audit/verification?from=2&to=2')).json()).toMatchObject({
    from: 2,
    to: 2,
    entries: 1,
    head: { seq: 3 },
  })
  expect((await get('/audit/verification?from=9')).json()).toMatchObject({ verified: true, entries: 0 })
  expect((await get('/audit/verification?from=3&to=2')).statusCode).toBe(422)
  await asOwner(api.database.address, (owner) =>
    owner.query(`update audit_entries set after = '1' where tenant_id = $1 and seq = 2`, [tenant.id]),
  )
  expect((await get('/audit/verification')).json()).toMatchObject({
    verified: false,
    faults: [{ kind: 'changed', seq: 2, action: 'executions.settled', message: expect.stringContaining('Entry 2') }],
  })
})

test('an export is lines of JSON', async () => {
  const answer = await get('/audit/export?from=2')
  expect(answer.headers['content-type']).toBe('application/x-ndjson')
  const lines = answer.body.split('\n').slice(0, -1)
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { tenant_id: tenant.id, seq: 2, after: '{"n": 1}' },
    { seq: 3 },
  ])
})
