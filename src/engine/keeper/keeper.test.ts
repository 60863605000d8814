// What the keeper promises about old executions: it deletes them only when told to, and never holds up a start or a stop.

import { afterEach, expect, test } from 'vitest'
import { asOwner, createTestTenant, openOwnDatabase } from '../../../tests/setup/database.ts'
import { newExecution } from '../../../tests/setup/executions.ts'
import type { Database } from '../../record/database.ts'
import { startExecutions } from '../../record/executions.ts'
import { ensureJournalPartitions } from '../../record/partitions.ts'
import { Keeper, type KeeperParts } from './keeper.ts'
import { retain } from './retention.ts'

const now = new Date('2026-11-21T12:00:00Z')
const dayMs = 86_400_000
const started = new Date('2026-07-02T00:00:00Z')

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close()
})

/** A database with so many executions that ended in July. */
async function open(count: number): Promise<Database> {
  const database = await openOwnDatabase()
  closings.push(() => database.close())
  const { engine } = database
  const { id: tenantId } = await createTestTenant(database)
  await ensureJournalPartitions(engine, started, 1)
  const time = started.getTime().toString(16).padStart(12, '0')
  const ids = Array.from(
    { length: count },
    (_, n) => `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(n).padStart(12, '0')}`,
  )
  await startExecutions(
    engine,
    ids.map((id) => newExecution(tenantId, { id, createdAt: started })),
  )
  await engine.query(
    `with gone as (delete from live_executions returning tenant_id, id)
      insert into execution_ends (tenant_id, id, started_at, ended_at, status)
      select tenant_id, id, $1, $1, 'completed' from gone`,
    [started],
  )
  return database
}

interface Report {
  readonly level: string
  readonly message: string
  readonly detail: object
}

/** A keeper that runs until the end of the test, and what it reports, one by one. */
async function keep(
  database: Database,
  given: Partial<KeeperParts>,
): Promise<{ reports: Report[]; reported: Promise<void> }> {
  const reports: Report[] = []
  const { promise: reported, resolve } = Promise.withResolvers<void>()
  const keeper = new Keeper(database, {
    ...{ now: () => now.getTime(), leaseMs: 6000, pollMs: 1000 },
    fireDueSchedules: async () => undefined,
    startChained: async () => 0,
    report: (level, message, detail) => {
      reports.push({ level, message, detail })
      resolve()
    },
    ...given,
  })
  closings.push(() => keeper.stop())
  await keeper.start()
  return { reports, reported }
}

async function countOf({ engine }: Database): Promise<number> {
  const { rows } = await engine.query<{ count: number }>('select count(*)::integer as count from executions')
  return rows[0]?.count ?? Number.NaN
}

test('a keeper with a retention deletes from its start on what ended before, and says how much', async () => {
  const database = await open(1500)
  const { reports, reported } = await keep(database, { retentionMs: 90 * dayMs })
  await reported
  const detail = { executions: 1500, notifications: 0, journalRows: 0, journalMonths: 1 }
  expect(reports).toEqual([{ level: 'info', message: 'Executions that ended long ago were deleted.', detail }])
  expect(await countOf(database)).toBe(0)
})

test('without a retention it deletes nothing, and what is within it stays', async () => {
  const database = await open(2)
  await keep(database, {})
  expect(await countOf(database)).toBe(2)
  const parts = { now: Date.now, pause: async () => {}, isStopped: () => false }
  const nothing = { executions: 0, notifications: 0, journalRows: 0, journalMonths: 0 }
  expect(await retain(database.engine, { now: started, retentionMs: 0 }, parts)).toEqual(nothing)
})

test('a failure is reported, and does not stop the start', async () => {
  const database = await open(1)
  await asOwner(database.address, (client) => client.query('alter table event_waits rename to elsewhere'))
  const { reports, reported } = await keep(database, { retentionMs: 90 * dayMs })
  await reported
  const message = 'Old executions could not be deleted; the next try is in an hour.'
  expect(reports).toEqual([{ level: 'warn', message, detail: { error: expect.stringContaining('event_waits') } }])
  expect(await countOf(database)).toBe(1)
})

test('between batches it pauses for as long as the last one took, and stops where it is when it is told to', async () => {
  const database = await open(2500)
  let time = 0
  const pauses: number[] = []
  const deleted = await retain(
    database.engine,
    { now, retentionMs: 0 },
    {
      now: () => (time += 70),
      pause: async (ms) => pauses.push(ms),
      isStopped: () => pauses.length === 2,
    },
  )
  expect(pauses).toEqual([70, 70])
  expect(deleted).toMatchObject({ executions: 2000, journalMonths: 0 })
  expect(await countOf(database)).toBe(500)
  const rest = await retain(
    database.engine,
    { now, retentionMs: 0 },
    { now: () => 0, pause: async () => {}, isStopped: () => false },
  )
  expect(rest).toMatchObject({ executions: 500, journalMonths: 1 })
})
