// Transactional actions: what they write lands together with the event that says so, exactly once, or not at all.

import { beforeAll, describe, expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { roleName } from '../../src/record/database.ts'
import { asOwner, createTestTenant } from '../setup/database.ts'
import { inShort, readWholeJournals, startTestEngine, type TestEngine, until } from './engine.test-kit.ts'
import { loseAnswers } from './lost-answers.ts'
import { behave, Gate } from './test-pack.ts'

const engine = await startTestEngine({ leaseMs: 900, pollMs: 100 })

beforeAll(() => createNotes(engine))

/** A table as a pack would bring it: walled in by row-level security. */
async function createNotes({ database }: TestEngine): Promise<void> {
  const api = roleName(database.address.database, 'api')
  await asOwner(database.address, (client) =>
    client.query(`create table notes (tenant_id uuid not null, execution_id uuid not null, note text not null);
      alter table notes enable row level security;
      create policy tenant_only on notes to ${api} using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
      grant select, insert on notes to ${api}`),
  )
}

const insert = `insert into notes (tenant_id, execution_id, note) values ($1, $2, $3)`
const notes = (executionId: string) =>
  asOwner(engine.database.address, async (client) => {
    const { rows } = await client.query<{ note: string }>(
      `select note from notes where execution_id = $1 order by note`,
      [executionId],
    )
    return rows.map((row) => row.note)
  })

const endTransactions = () =>
  asOwner(engine.database.address, (client) =>
    client.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`),
  )

behave('write', async ({ transaction, tenantId, executionId, step, config }) => {
  await transaction?.query(insert, [tenantId, executionId, `${step} ${String(config.with ?? '')}`])
  return { output: step }
})
const writes = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  action: 'test.transact',
  config: { as: 'write' },
  ...more,
})

test('the write and the event land together, and later steps see it', async () => {
  behave('read', async ({ transaction, executionId }) => ({
    output:
      (await transaction?.query<{ note: string }>(`select note from notes where execution_id = $1`, [executionId]))
        ?.length ?? -1,
  }))
  const { execution } = await engine.run({
    name: 'together',
    steps: [writes('a'), { id: 'b', action: 'test.transact', config: { as: 'read' }, depends_on: ['a'] }],
    output: '{{ steps.b.output }}',
  })
  expect(execution).toMatchObject({ status: 'completed', output: 1 })
  expect(await notes(execution.id)).toEqual(['a '])
})

test('many at once, of one execution and of several, each land once', async () => {
  const steps = Array.from({ length: 12 }, (_, index) => writes(`s${index}`))
  const each = writes('all', {
    for_each: { items: Array.from({ length: 12 }, (_, index) => index), concurrency: 12 },
    config: { as: 'write', with: '{{ item }}' },
  })
  const ids = await engine.startMany(
    { name: 'many', steps: [...steps, each] },
    Array.from({ length: 10 }, () => ({})),
  )
  expect(await engine.allEnded(ids)).toEqual({ completed: 10 })
  for (const id of ids) {
    const found = await notes(id)
    expect(found).toHaveLength(24)
    expect(new Set(found).size).toBe(24)
  }
})

test('beside steps that are not transactional the journal stays in order', async () => {
  const steps = Array.from({ length: 6 }, (_, index) => [
    writes(`w${index}`),
    { id: `p${index}`, action: 'test.noop' },
  ]).flat()
  const ids = await engine.startMany(
    { name: 'mixed', steps },
    Array.from({ length: 30 }, () => ({})),
  )
  expect(await engine.allEnded(ids)).toEqual({ completed: 30 })
  for (const journal of (await readWholeJournals(engine.database.engine, ids)).values()) {
    expect(journal.filter((event) => event.startsWith('step.completed'))).toHaveLength(12)
  }
})

describe('nothing is left', () => {
  test('when the action throws after writing', async () => {
    behave('write and throw', async ({ transaction, tenantId, executionId }) => {
      await transaction?.query(insert, [tenantId, executionId, 'doomed'])
      throw new Error('after the write')
    })
    const { execution } = await engine.run({
      name: 'throws',
      steps: [{ id: 'a', action: 'test.transact', config: { as: 'write and throw' } }],
    })
    expect(execution.failure).toMatchObject({ message: 'after the write' })
    expect(await notes(execution.id)).toEqual([])
  })

  test('when it swallows an error of the database', async () => {
    behave('swallow', async ({ transaction, tenantId, executionId }) => {
      await transaction?.query(insert, [tenantId, executionId, 'doomed'])
      await transaction?.query(`select 1 / 0`).catch(() => undefined)
      return { output: 'as if nothing had happened' }
    })
    const { execution } = await engine.run({
      name: 'swallows',
      steps: [{ id: 'a', action: 'test.transact', config: { as: 'swallow' } }],
    })
    expect(execution.status).toBe('failed')
    expect(await notes(execution.id)).toEqual([])
  })

  test('of another tenant, which it can neither read nor write', async () => {
    const other = await createTestTenant(engine.database)
    behave('trespass', async ({ transaction, executionId }) => {
      await transaction?.query(insert, [other.id, executionId, 'foreign'])
      return { output: null }
    })
    const { execution } = await engine.run({
      name: 'trespasses',
      steps: [{ id: 'a', action: 'test.transact', config: { as: 'trespass' } }],
    })
    expect(execution.failure).toMatchObject({ message: expect.stringContaining('row-level security') })
    expect(await notes(execution.id)).toEqual([])
  })

  test('when its time is up before it commits; and its later statements are refused', async () => {
    const { promise: late, resolve } = Promise.withResolvers<unknown>()
    behave('dawdle', async ({ transaction, tenantId, executionId, signal }) => {
      await transaction?.query(insert, [tenantId, executionId, 'doomed'])
      await new Promise((go) => signal.addEventListener('abort', go))
      await new Promise((go) => setImmediate(go))
      const tried = transaction?.query(insert, [tenantId, executionId, 'late'])
      resolve(await tried?.catch((error: unknown) => error))
      return { output: null }
    })
    const { execution } = await engine.run({
      name: 'dawdles',
      steps: [{ id: 'a', action: 'test.transact', config: { as: 'dawdle' }, timeout: '80ms' }],
    })
    expect(execution.failure).toMatchObject({ code: 'step_timeout' })
    expect(await late).toMatchObject({ message: expect.stringContaining('The transaction is over') })
    expect(await notes(execution.id)).toEqual([])
  })

  test('when its worker lost the lease between the write and the commit, whose work another does instead', async () => {
    const gate = new Gate()
    behave('write slowly', async ({ transaction, tenantId, executionId }) => {
      await transaction?.query(insert, [tenantId, executionId, 'once'])
      await gate.enter()
      return { output: null }
    })
    const id = await engine.start({
      name: 'fenced',
      steps: [{ id: 'a', action: 'test.transact', config: { as: 'write slowly' } }],
    })
    await gate.crowd(1)
    // A worker that stood still so long that its transaction was ended and its lease given away.
    await endTransactions()
    await asOwner(engine.database.address, async (client) => {
      await client.query(`update workers set status = 'dead' where id = $1`, [engine.engine.worker.id])
      await client.query(
        `update live_executions set worker_id = null, runnable_at = now(), takeovers = takeovers + 1 where worker_id is not null`,
      )
    })
    gate.open()
    const { execution } = await engine.ended(id)
    expect(execution.status).toBe('completed')
    expect(await notes(id)).toEqual(['once'])
    expect(inShort(await engine.events(id)).filter((what) => what === 'completed a')).toHaveLength(1)
  })
})

test('one that takes longer than the lease costs its worker nothing', async () => {
  const gate = new Gate()
  behave('long', async ({ transaction, tenantId, executionId }) => {
    await transaction?.query(insert, [tenantId, executionId, 'long'])
    await gate.enter()
    return { output: null }
  })
  const worker = engine.engine.worker.id
  const id = await engine.start({ name: 'long', steps: [{ id: 'a', action: 'test.transact', config: { as: 'long' } }] })
  await gate.crowd(1)
  const heartbeat = async () =>
    (
      await engine.rows<{ at: Date }>(`select heartbeat_at as at from workers where id = $1`, [worker])
    )[0]?.at.getTime() ?? 0
  const before = await heartbeat()
  await until(async () => ((await heartbeat()) > before + 1000 ? true : undefined))
  // Others start and end meanwhile.
  const beside = await engine.run({ name: 'beside', steps: [{ id: 'a', action: 'test.noop' }] })
  expect(beside.execution.status).toBe('completed')
  gate.open()
  expect((await engine.ended(id)).execution.status).toBe('completed')
  expect(engine.engine.worker.id).toBe(worker)
  expect(await notes(id)).toEqual(['long'])
})

test('ones that never return do not keep the others from their turn', async () => {
  behave('deaf', async ({ transaction }) => {
    await transaction?.query(`select 1`)
    return new Promise(() => {})
  })
  behave('stuck in a statement', async ({ transaction }) => {
    await transaction?.query(`select pg_sleep(3600)`)
    return { output: null }
  })
  const stuck = (id: string, as: string): Step => ({ id, action: 'test.transact', config: { as }, timeout: '150ms' })
  const ids = await engine.startMany(
    {
      name: 'stuck',
      steps: [
        stuck('a', 'deaf'),
        stuck('b', 'stuck in a statement'),
        stuck('c', 'deaf'),
        stuck('d', 'deaf'),
        stuck('e', 'deaf'),
      ],
    },
    [{}, {}],
  )
  expect(await engine.allEnded(ids)).toEqual({ failed: 2 })
  const after = await engine.run({ name: 'after', steps: [writes('a')] })
  expect(after.execution.status).toBe('completed')
})

test('a connection that breaks under one is no failure of the action: it is done again, and lands once', async () => {
  let tries = 0
  behave('breaks', async ({ transaction, tenantId, executionId }) => {
    tries++
    await transaction?.query(insert, [tenantId, executionId, 'once'])
    if (tries === 1) await endTransactions()
    await transaction?.query(`select 1`)
    return { output: tries }
  })
  const { execution } = await engine.run({
    name: 'broken-connection',
    steps: [{ id: 'a', action: 'test.transact', config: { as: 'breaks' } }],
    output: '{{ steps.a.output }}',
  })
  expect(execution).toMatchObject({ status: 'completed', output: 2 })
  expect(await notes(execution.id)).toEqual(['once'])
})

test('a commit whose answer is lost is looked up in the journal, and the step is not done twice', async () => {
  let tries = 0
  behave('commit is lost', async ({ transaction, tenantId, executionId }) => {
    tries++
    await transaction?.query(insert, [tenantId, executionId, 'once'])
    return { output: null }
  })
  let acting: object | undefined
  let lost = 0
  loseAnswers(engine.database.engine, (statement, client) => {
    if (statement === 'reset role' && lost === 0) acting = client
    if (client !== acting || statement !== 'commit') return false
    acting = undefined
    lost++
    return true
  })
  const { execution, events } = await engine.run({
    name: 'lost-commit',
    steps: [{ id: 'a', action: 'test.transact', config: { as: 'commit is lost' } }],
  })
  expect(lost).toBe(1)
  expect(tries).toBe(1)
  expect(execution.status).toBe('completed')
  expect(inShort(events)).toEqual(['completed a', 'ended'])
  expect(await notes(execution.id)).toEqual(['once'])
})
