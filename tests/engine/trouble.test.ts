// Trouble with the database: connections that break, answers that are lost, a server that restarts. It heals by itself.

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { type Database, openDatabase } from '../../src/record/database.ts'
import { createDatabase, type EmbeddedServer, startEmbeddedServer } from '../../src/record/embedded/server.ts'
import { migrate } from '../../src/record/migrate.ts'
import { asOwner, createTestTenant, databaseKey, openOwnDatabase } from '../setup/database.ts'
import { type EngineSettings, inShort, readWholeJournals, TestEngine, until } from './engine.test-kit.ts'
import { loseAnswers } from './lost-answers.ts'
import { behave, Gate } from './test-pack.ts'

const running = new Set<TestEngine>()
const opened = new Set<Database>()
afterEach(async () => {
  for (const engine of running) await engine.engine.stop()
  running.clear()
  for (const database of opened) await database.close()
  opened.clear()
})

async function startEngine(settings: EngineSettings = {}): Promise<TestEngine> {
  const database = await openOwnDatabase(12)
  opened.add(database)
  return startOn(database, settings)
}

async function startOn(database: Database, settings: EngineSettings = {}): Promise<TestEngine> {
  const tenant = await createTestTenant(database)
  const engine = new TestEngine(database, tenant, { leaseMs: 1500, pollMs: 50, drainMs: 500, ...settings })
  running.add(engine)
  await engine.engine.start()
  return engine
}

const nothing = (count: number) => Array.from({ length: count }, () => ({}))
const noop = (id: string, depends_on: string[] = []): Step => ({ id, action: 'test.noop', depends_on })
const steps: Step[] = [
  noop('a'),
  { id: 'b', action: 'test.record', for_each: { items: [1, 2, 3], concurrency: 2 }, depends_on: ['a'] },
  { id: 'c', action: 'delay', config: { for: '5ms' }, depends_on: ['a'] },
  { id: 'd', action: 'test.act', config: { as: 'notify' }, depends_on: ['b', 'c'] },
  { id: 'e', action: 'test.transact', config: { as: 'select' }, depends_on: ['d'] },
]
behave('select', async ({ transaction }) => {
  await transaction?.query('select 1')
  return { output: null }
})
behave('notify', async ({ recipients }) => {
  const [cleo] = await recipients({ role: 'cfo' })
  return { output: null, writes: [{ write: 'notification', to: [cleo?.id ?? ''], message: 'Hello.' }] }
})

const breakConnections = ({ database }: TestEngine) =>
  asOwner(database.address, (client) =>
    client.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like 'countersign%'`),
  )

/** The test's own questions meet the trouble as well. */
const patiently = <T>(ask: () => Promise<T | undefined>) => until(() => ask().catch(() => undefined))

async function endsWell(engine: TestEngine, ids: readonly string[]): Promise<void> {
  expect(await patiently(() => engine.allEnded(ids))).toEqual({ completed: ids.length })
  await readWholeJournals(engine.database.engine, ids)
  const [row] = await engine.rows<{ count: number }>(
    `select count(*)::integer as count from notifications where execution_id = any($1)`,
    [ids],
  )
  expect(row?.count).toBe(ids.length)
  // The answer to the last commit may be the one that was lost.
  await until(() => (engine.engine.worker.ownedCount === 0 ? true : undefined))
}

test('connections that break again and again cost no execution and no step', async () => {
  const engine = await startEngine()
  const ids = await engine.startMany({ name: 'breaks', steps }, nothing(200))
  let breaks = 0
  const isDone = async () => {
    const [row] = await engine.rows<{ left: number }>(`select count(*)::integer as left from live_executions`)
    return row?.left === 0
  }
  while (!(await isDone().catch(() => false)) && breaks < 25) {
    await breakConnections(engine)
    breaks++
  }
  expect(breaks).toBeGreaterThan(3)
  await endsWell(engine, ids)
})

describe('an answer that is lost after the statement was done', () => {
  const cases = {
    'of an append': ['append'],
    'of a commit': ['commit'],
    'of a claim': ['claim_executions'],
    'of a claim under a concurrency limit': ['claim_limited_executions', 'lock_concurrency_keys'],
    'of a heartbeat': ['renew_lease'],
  }
  test.each(Object.entries(cases))('(%s) loses and repeats nothing', async (_which, statements) => {
    const engine = await startEngine()
    let asked = 0
    let lost = 0
    loseAnswers(engine.database.engine, (statement, _client, rowCount) => {
      const isMeant = statements.includes(statement) && (rowCount > 0 || statement === 'commit')
      if (!isMeant || asked++ % 3 !== 0 || lost >= 30) return false
      lost++
      return true
    })
    const concurrency = { concurrency: { key: 'few', limit: 10 } }
    const ids = await patiently(() => engine.startMany({ name: 'lost', steps }, nothing(40)))
    const limited = await patiently(() => engine.startMany({ name: 'lost-too', steps }, nothing(20), concurrency))
    await until(() => (lost > 0 ? true : undefined))
    await endsWell(engine, [...ids, ...limited])
  })

  test('(of reading journals and signals) loses and repeats nothing', async () => {
    const engine = await startEngine()
    const ask: Step = {
      id: 'ask',
      action: 'approval.request',
      config: { approvers: { role: 'cfo' } },
      depends_on: ['a'],
    }
    const ids = await engine.startMany({ name: 'read', steps: [noop('a'), ask, noop('b', ['ask'])] }, nothing(30))
    for (const id of ids) await engine.parked(id)
    let lost = 0
    const reads = new Set(['read_journals', 'read_signals', 'read_owned_signals'])
    loseAnswers(engine.database.engine, (statement, _client, rowCount) => {
      if (!reads.has(statement) || rowCount === 0 || lost >= 5) return false
      lost++
      return true
    })
    const requests = await engine.rows<{ id: string; execution_id: string }>(`select id, execution_id from approvals`)
    for (const { id, execution_id } of requests) {
      await engine.signal(execution_id, 'approval', { ref: id, decision: 'approved', votes: [] }, 'ask')
    }
    expect(await engine.allEnded(ids)).toEqual({ completed: 30 })
    await readWholeJournals(engine.database.engine, ids)
    expect(lost).toBe(5)
  })

  test('and before it was done: what is being written is not refused as a duplicate', async () => {
    const engine = await startEngine({ leaseMs: 20_000 })
    const gate = new Gate()
    behave('waits', async () => gate.enter().then(() => ({ output: null })))
    const ids = await engine.startMany(
      { name: 'early', steps: [{ id: 'a', action: 'test.act', config: { as: 'waits' } }] },
      nothing(3),
    )
    await gate.crowd(3)
    let lost = 0
    loseAnswers(engine.database.engine, (statement) => statement === 'append' && lost++ === 0, 'early')
    await asOwner(engine.database.address, async (client) => {
      // The first append waits for this lock, in the middle of its statement, while its worker believes it lost.
      await client.query('begin; select from live_executions for update')
      gate.open()
      const writing = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%appended%'`
      await until(async () => ((await engine.rows(writing)).length >= 2 ? true : undefined))
      await client.query('commit')
    })
    expect(await engine.allEnded(ids)).toEqual({ completed: 3 })
    await readWholeJournals(engine.database.engine, ids)
    expect(lost).toBeGreaterThan(1)
  })
})

test('a worker whose registration is lost registers again', async () => {
  const engine = await startEngine()
  const first = engine.engine.worker.id
  let lost = 0
  loseAnswers(engine.database.engine, (statement) => statement.startsWith('insert into workers') && lost++ === 0)
  await engine.rows(`update workers set status = 'dead' where id = $1`, [first])
  await until(() => (lost > 1 ? true : undefined))
  const id = await engine.start({ name: 'after', steps: [noop('a')] })
  expect((await engine.ended(id)).execution.status).toBe('completed')
})

test('what the database refuses fails its execution with the reason, and no other that was written with it', async () => {
  const engine = await startEngine()
  await asOwner(engine.database.address, (client) =>
    client.query(
      `alter table journal add constraint no_bad_luck check (data is null or data::text not like '%bad luck%')`,
    ),
  )
  const gate = new Gate()
  let undone = 0
  behave('luck', async ({ config }) => gate.enter().then(() => ({ output: String(config.with) })))
  behave('undo', async () => {
    undone++
    return { output: null }
  })
  const before: Step = { id: 'before', action: 'test.noop', compensate: { action: 'test.act', config: { as: 'undo' } } }
  const luck: Step = {
    id: 'luck',
    action: 'test.act',
    config: { as: 'luck', with: '{{ trigger.luck }}' },
    depends_on: ['before'],
  }
  const ids = await engine.startMany({ name: 'luck', steps: [before, luck] }, [
    { luck: 'good' },
    { luck: 'bad luck' },
    { luck: 'fine' },
  ])
  await gate.crowd(3)
  gate.open()
  expect(await engine.allEnded(ids)).toEqual({ completed: 2, failed: 1 })
  const failed = await engine.execution(ids[1] ?? '')
  expect(failed.failure).toMatchObject({ code: 'internal', message: expect.stringContaining('no_bad_luck') })
  expect(undone).toBe(1)
  expect(gate.passed).toBe(3)
})

test('notifications are heard again after their connection broke, by one listener', async () => {
  const engine = await startEngine({ pollMs: 3_600_000, leaseMs: 3_600_000 })
  const listeners = async () =>
    (
      await engine.rows<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and application_name = 'countersign listener'`,
      )
    ).map(({ pid }) => pid)
  const [before] = await listeners()
  await asOwner(engine.database.address, (client) => client.query('select pg_terminate_backend($1)', [before]))
  await until(async () => ((await listeners()).some((pid) => pid !== before) ? true : undefined))
  const id = await engine.start({
    name: 'heard',
    steps: [{ id: 'a', action: 'approval.request', config: { approvers: { role: 'cfo' } } }],
  })
  await engine.parked(id)
  await engine.signal(id, 'cancel', { by: 'ana' })
  expect((await engine.ended(id)).execution.status).toBe('cancelled')
  expect(await listeners()).toHaveLength(1)
})

describe('a database that restarts', () => {
  let dataDir: string
  let server: EmbeddedServer
  const log = { info: () => {}, warn: () => {} }
  const settings = { fsync: 'off', synchronous_commit: 'off' }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'countersign-restart-'))
    await chmod(dataDir, 0o755)
    server = await startEmbeddedServer({ dataDir, log, settings })
  })
  afterAll(async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  test('finds its executions and its listener again when it is back', async () => {
    const { connection } = await createDatabase(server, 'restarted')
    const address = { ...connection, ssl: false }
    await migrate(address, databaseKey())
    const database = openDatabase(address, databaseKey(), { onError: () => {} })
    opened.add(database)
    const engine = await startOn(database, { leaseMs: 1000 })
    const gate = new Gate()
    behave('through the restart', async () => gate.enter().then(() => ({ output: null })))
    const around: Step[] = [
      noop('before'),
      { id: 'during', action: 'test.act', config: { as: 'through the restart' }, depends_on: ['before'] },
      ...steps,
    ]
    const ids = await engine.startMany({ name: 'restart', steps: around }, nothing(60))
    await gate.crowd(60)
    await server.stop()
    gate.open()
    // Longer than the lease, and long enough for the listener to have tried in vain.
    await until(() => (engine.logs.filter((line) => line.level === 'warn').length > 12 ? true : undefined))
    server = await startEmbeddedServer({ dataDir, log, settings })
    await endsWell(engine, ids)
    const late = await patiently(() => engine.start({ name: 'late', steps: [noop('a')] }))
    expect(inShort((await engine.ended(late)).events)).toEqual(['completed a', 'ended'])
    const listeners = await until(async () => {
      const rows = await engine.rows(
        `select from pg_stat_activity where application_name = 'countersign listener' and datname = current_database()`,
      )
      return rows.length > 0 ? rows : undefined
    })
    expect(listeners).toHaveLength(1)
  })
})
