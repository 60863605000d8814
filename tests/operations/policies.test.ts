// What policies promise: who may change them, within what bounds, and that pruning keeps to them.

import { expect, test } from 'vitest'
import { policyRoutes } from '../../src/api/routes/policies.ts'
import { prune, retain } from '../../src/engine/keeper/retention.ts'
import { asTenant, type Database } from '../../src/record/database.ts'
import { findPolicies } from '../../src/record/policies.ts'
import { pruneOld } from '../../src/record/pruning.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { createTestTenant, newId, openOwnDatabase } from '../setup/database.ts'
import { endExecution, now, queue } from '../setup/executions.ts'

const year = 365 * 86_400_000
const limits: object = { retentionMs: year }
const api = await openTestApi(policyRoutes, limits)
const usual = { executions_days: null, event_receipts_days: 30, deliveries_days: 7, notifications_days: null }

test('everybody reads them; owners and admins change what they name, and the audit tells', async () => {
  const tenant = await createTestTenant(api.database)
  const read = await api.send(memberPrincipal(tenant, 'dora'), { url: '/policies' })
  expect(read.json()).toMatchObject({ ...usual, most_executions_days: 365, audit_days: null })
  const edit = { method: 'PATCH', url: '/policies', headers: { 'if-match': String(read.headers['etag']) } } as const
  const owner = memberPrincipal(tenant)
  expect(
    (await api.send(memberPrincipal(tenant, 'dora'), { ...edit, payload: { deliveries_days: 2 } })).statusCode,
  ).toBe(403)
  const changed = await api.send(owner, { ...edit, payload: { executions_days: 90, notifications_days: 5 } })
  expect(changed.json()).toMatchObject({ ...usual, executions_days: 90, notifications_days: 5 })
  expect((await api.send(owner, { ...edit, payload: { deliveries_days: 2 } })).statusCode).toBe(412)
  const again = { ...edit, headers: { 'if-match': String(changed.headers['etag']) } }
  const back = await api.send(owner, {
    ...again,
    payload: { executions_days: null, event_receipts_days: 60, deliveries_days: 2 },
  })
  expect(back.json()).toMatchObject({
    executions_days: null,
    event_receipts_days: 60,
    deliveries_days: 2,
    notifications_days: 5,
  })
  const { rows } = await api.database.engine.query(
    `select action, actor_id, before ->> 'executionsDays' as before, after ->> 'executionsDays' as after
      from audit_entries where tenant_id = $1 order by seq`,
    [tenant.id],
  )
  const entry = { action: 'policies.changed', actor_id: owner.id }
  expect(rows).toEqual([
    { ...entry, before: null, after: '90' },
    { ...entry, before: '90', after: null },
  ])
})

test.each([
  [{ executions_days: 366 }, 'keeps executions for 365 days at most'],
  [{ executions_days: 0 }, '"executions_days" must'],
  [{ audit_days: 1 }, 'no field "audit_days"'],
  [{ deliveries_days: null }, '"deliveries_days" must be'],
])('%j is refused', async (payload, message) => {
  const tenant = await createTestTenant(api.database)
  const { headers } = await api.send(memberPrincipal(tenant), { url: '/policies' })
  const edit = { method: 'PATCH', url: '/policies', headers: { 'if-match': String(headers['etag']) }, payload } as const
  const refused = await api.send(memberPrincipal(tenant), edit)
  expect(refused.statusCode).toBe(422)
  expect(refused.json().detail).toContain(message)
  expect(await findPolicies(api.database.engine, tenant.id)).toMatchObject({ executionsDays: null })
})

test('a tenant neither sees nor changes the policies of another one', async () => {
  const [tenant, neighbour] = [
    await createTestTenant(api.database, { governed: true }),
    await createTestTenant(api.database, { governed: true }),
  ]
  await api.database.engine.query('select 1')
  await asTenant(api.database, neighbour.id, (client) =>
    client.query('insert into policies (tenant_id, executions_days, updated_at) values ($1, 3, now())', [neighbour.id]),
  )
  await asTenant(api.database, tenant.id, async (client) => {
    expect((await client.query('select from policies')).rowCount).toBe(0)
    expect((await client.query('update policies set executions_days = 1')).rowCount).toBe(0)
  })
  const insert = asTenant(api.database, tenant.id, (client) =>
    client.query('insert into policies (tenant_id, updated_at) values ($1, now())', [neighbour.id]),
  )
  await expect(insert).rejects.toThrow(/row-level security/)
})

const parts = { now: () => 0, pause: async () => {}, isStopped: () => false }
const daysAfter = (days: number): Date => new Date(now.getTime() + days * 86_400_000)

async function setPolicy(database: Database, tenantId: string, column: string, days: number): Promise<void> {
  await asTenant(database, tenantId, (client) =>
    client.query(`insert into policies (tenant_id, ${column}, updated_at) values ($1, $2, now())`, [tenantId, days]),
  )
}

test('executions go by the shorter of policy and installation; without either they stay', async () => {
  const database = await openOwnDatabase()
  const tenants = [
    await createTestTenant(database, { governed: true }),
    await createTestTenant(database, { governed: true }),
    await createTestTenant(database, { governed: true }),
  ]
  const ids = tenants.map(({ id }) => id)
  for (const id of ids) {
    const [execution = ''] = await queue(database, id, 1)
    await endExecution(database, execution, 'completed')
  }
  const left = async () => {
    const { rows } = await database.engine.query<{ tenant_id: string }>('select tenant_id from executions order by 1')
    return rows.map((row) => row.tenant_id)
  }
  await setPolicy(database, ids[0] ?? '', 'executions_days', 10)
  await setPolicy(database, ids[1] ?? '', 'executions_days', 1000)
  expect(await retain(database.engine, { now: daysAfter(9), retentionMs: undefined }, parts)).toMatchObject({
    executions: 0,
  })
  expect(await retain(database.engine, { now: daysAfter(11), retentionMs: undefined }, parts)).toMatchObject({
    executions: 1,
  })
  expect(await left()).toEqual(ids.slice(1))
  expect(await retain(database.engine, { now: daysAfter(101), retentionMs: 100 * 86_400_000 }, parts)).toMatchObject({
    executions: 2,
  })
  expect(await left()).toEqual([])
  await database.close()
})

test('receipts, deliveries and notifications go by the policy of their tenant, in batches; the audit stays', async () => {
  const database = await openOwnDatabase()
  const [usualTenant, longTenant, shortTenant] = [
    await createTestTenant(database, { governed: true }),
    await createTestTenant(database, { governed: true }),
    await createTestTenant(database, { governed: true }),
  ]
  for (const { id, members } of [usualTenant, longTenant, shortTenant]) {
    await database.engine.query(
      `insert into event_receipts (tenant_id, source, event_id, received_at) select $1, 'a', n, $2 from generate_series(1, 5) n`,
      [id, now],
    )
    const time = now.getTime().toString(16).padStart(12, '0')
    await database.engine.query(
      `insert into notifications (tenant_id, id, member_id, message, created_at) values ($1, $2, $3, 'Hi', $4)`,
      [id, `${time.slice(0, 8)}-${time.slice(8)}${newId().slice(13)}`, members.ana.id, now],
    )
    await database.engine
      .query(
        `insert into idempotency_keys (tenant_id, actor, key, request_hash, created_at, expires_at) values ($1, 'a', 'k', '', $2, $2)`,
        [id, now],
      )
      .catch(() => undefined)
  }
  await setPolicy(database, longTenant.id, 'event_receipts_days', 60)
  await setPolicy(database, shortTenant.id, 'notifications_days', 3)
  const countOf = async (table: string) => {
    const { rows } = await database.engine.query<{ tenant_id: string }>(
      `select distinct tenant_id from ${table} order by 1`,
    )
    return rows.map((row) => row.tenant_id)
  }
  expect(await prune(database, daysAfter(2), parts)).toMatchObject({ eventReceipts: 0, oldNotifications: 0 })
  const counts: number[] = []
  for await (const { of, count } of pruneOld(database, daysAfter(31), 3)) if (of === 'eventReceipts') counts.push(count)
  expect(counts).toEqual([3, 3, 3, 1])
  expect(await countOf('event_receipts')).toEqual([longTenant.id])
  expect(await countOf('notifications')).toEqual([usualTenant.id, longTenant.id])
  expect(await prune(database, daysAfter(61), parts)).toMatchObject({ eventReceipts: 5 })
  await database.close()
})
