// What the record of executions promises: started once, found by whoever may see them, newest first.

import { beforeEach, describe, expect, test } from 'vitest'
import { createTestTenant, newId, openTestDatabase, type TestTenant } from '../../tests/setup/database.ts'
import { later, newExecution, now, queue } from '../../tests/setup/executions.ts'
import { createTestTriggers, type TestTriggers } from '../../tests/setup/triggers.ts'
import { type ExecutionStatus, executionStatuses, isEnded } from '../kernel/plan/moves.ts'
import { insertApprovals } from './approvals.ts'
import { asTenant } from './database.ts'
import { ping, readBacklog, readServer } from './diagnosis.ts'
import { findByDedupeKey, findExecution, listExecutions, startExecutions } from './executions.ts'
import { findHeldExecution, findIdsBetween } from './id-prefixes.ts'

const database = openTestDatabase()
const { engine } = database
let house: TestTriggers
let tenant: TestTenant
let pay: { workflowId: string; versionId: string }

beforeEach(async () => {
  house = createTestTriggers(database)
  tenant = await createTestTenant(database)
  const { workflowId, versionId } = await house.save(tenant.id, { name: 'pay' })
  pay = { workflowId, versionId }
})

async function setStatus(ids: readonly string[], status: ExecutionStatus): Promise<void> {
  if (!isEnded(status)) {
    await engine.query(`update live_executions set status = $2 where id = any ($1)`, [ids, status])
    return
  }
  await engine.query(
    `with gone as (delete from live_executions where id = any ($1) returning tenant_id, id)
      insert into execution_ends (tenant_id, id, started_at, ended_at, status) select tenant_id, id, now(), now(), $2 from gone`,
    [ids, status],
  )
}

describe('executions', () => {
  test('are found with the names of their workflow and version, by their own tenant only', async () => {
    const parent = { executionId: newId(), step: 'sub', item: undefined }
    const given = { ...pay, inputs: { a: 1 }, trigger: { b: 2 }, parent }
    const [id = ''] = await queue(database, tenant.id, 1, given)
    expect(await findExecution(engine, tenant.id, id)).toEqual({
      tenantId: tenant.id,
      id,
      ...pay,
      workflow: 'pay',
      version: 1,
      status: 'queued',
      workerId: null,
      runnableAt: now,
      inputs: { a: 1 },
      trigger: { b: 2 },
      startedBy: 'test',
      createdAt: now,
      startedAt: null,
      endedAt: null,
      output: null,
      failure: null,
      parentExecutionId: parent.executionId,
    })
    const other = await createTestTenant(database)
    expect(await findExecution(engine, other.id, id)).toBeUndefined()
    expect(await asTenant(database, other.id, (client) => findExecution(client, tenant.id, id))).toBeUndefined()
  })

  test('are listed newest first, by status and workflow', async () => {
    const ship = await house.save(tenant.id, { name: 'ship' })
    const ids = (await queue(database, tenant.id, 3, pay)).toSorted()
    const [shipped = ''] = await queue(database, tenant.id, 1, {
      workflowId: ship.workflowId,
      versionId: ship.versionId,
    })
    await engine.query(`update live_executions set status = 'paused' where id = $1`, [shipped])
    const list = async (filter: Partial<Parameters<typeof listExecutions>[2]> = {}) =>
      (await listExecutions(engine, tenant.id, { limit: 10, offset: 0, ...filter })).map(({ id }) => id)
    expect(await list()).toEqual([...ids, shipped].toSorted().toReversed())
    expect(await list({ workflow: 'pay', limit: 2, offset: 1 })).toEqual(ids.toReversed().slice(1))
    expect(await list({ status: 'paused' })).toEqual([shipped])
    expect(await list({ status: 'paused', workflow: 'pay' })).toEqual([])
  })

  test.each(executionStatuses)('are listed by their status, of one workflow or of all: %s', async (status) => {
    const ship = await house.save(tenant.id, { name: 'ship' })
    const made = await Promise.all(
      executionStatuses.map(async (of) => {
        const { workflowId, versionId } = ship
        const [[paid = ''], [shipped = '']] = await Promise.all([
          queue(database, tenant.id, 1, pay),
          queue(database, tenant.id, 1, { workflowId, versionId }),
        ])
        await setStatus([paid, shipped], of)
        return { of, paid, both: [paid, shipped] }
      }),
    )
    const { paid, both } = made.find(({ of }) => of === status) ?? { paid: '', both: [] }
    const list = (filter: Partial<Parameters<typeof listExecutions>[2]>) =>
      asTenant(database, tenant.id, (client) =>
        listExecutions(client, tenant.id, { status, limit: 10, offset: 0, ...filter }),
      )
    const found = await list({})
    expect(found.map(({ id }) => id)).toEqual(both.toSorted().toReversed())
    expect(found).toMatchObject([{ status }, { status }])
    expect((await list({ offset: 1 })).map(({ id }) => id)).toEqual(both.toSorted().slice(0, 1))
    expect((await list({ workflow: 'pay' })).map(({ id }) => id)).toEqual([paid])
    expect(await list({ workflow: 'nothing of that name' })).toEqual([])
    const other = await createTestTenant(database)
    expect(await listExecutions(engine, other.id, { status, limit: 10, offset: 0 })).toEqual([])
  })

  test('start once for each dedupe key of a tenant', async () => {
    const first = newExecution(tenant.id, { dedupeKey: 'k' })
    const again = newExecution(tenant.id, { dedupeKey: 'k' })
    const other = newExecution((await createTestTenant(database)).id, { dedupeKey: 'k' })
    expect(await startExecutions(engine, [first, again, other])).toEqual(new Set([first.id, other.id]))
    expect(await startExecutions(engine, [again])).toEqual(new Set())
    expect(await findByDedupeKey(engine, tenant.id, 'k')).toBe(first.id)
    expect(await findByDedupeKey(engine, tenant.id, 'l')).toBeUndefined()
  })

  test('that start with the same keys in opposite order never deadlock', async () => {
    for (let round = 0; round < 10; round++) {
      const batch = (): ReturnType<typeof newExecution>[] =>
        Array.from({ length: 40 }, (_, index) => newExecution(tenant.id, { dedupeKey: `${round}/${index}` }))
      const started = await Promise.all([
        startExecutions(engine, batch()),
        startExecutions(engine, batch().toReversed()),
        startExecutions(engine, batch().toReversed()),
      ])
      expect(started.reduce((sum, ids) => sum + ids.size, 0)).toBe(40)
    }
  })
})

test('rows are found by the ids between two, and the execution by what it waits for', async () => {
  const [id = ''] = await queue(database, tenant.id, 1, pay)
  const approval = { tenantId: tenant.id, executionId: id, id: newId(), step: 'a', item: undefined, summary: 's' }
  const rest = { details: null, approvers: { role: 'owner' }, quorum: 1, expiresAt: undefined, createdAt: now }
  await insertApprovals(engine, [{ ...approval, ...rest }])
  const find = (tenantId: string, from: string, to: string) =>
    findIdsBetween(engine, 'executions', { tenantId, from, to }, 2)
  expect(await find(tenant.id, id, id)).toEqual([id])
  expect(await find(newId(), id, id)).toEqual([])
  expect(await findHeldExecution(engine, 'approvals', tenant.id, approval.id)).toBe(id)
  expect(await findHeldExecution(engine, 'forms', tenant.id, approval.id)).toBeUndefined()
})

test('the database tells its time, its version and what waits for a worker', async () => {
  await ping(engine)
  const { at, version } = await readServer(engine)
  expect(at).toBeGreaterThan(now.getTime())
  expect(version).toMatch(/^\d+/)
  await queue(database, tenant.id, 2, { createdAt: new Date(0) })
  await queue(database, tenant.id, 2, { createdAt: new Date(0), concurrency: { key: 'k', limit: 1 } })
  const { count, oldestAt } = await readBacklog(engine, later(0))
  expect(count).toBeGreaterThanOrEqual(2)
  expect(oldestAt).toBe(0)
})
