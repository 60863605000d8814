// What retention promises: what has long ended goes with all that is its own, what lives stays, and nobody is held up.

// cspell:ignore inhrelid inhparent pkey -- names of PostgreSQL's catalogs, and of its keys
import { afterEach, expect, test } from 'vitest'
import { asOwner, createTestTenant, newId, openOwnDatabase, type TestTenant } from '../../tests/setup/database.ts'
import { commitOf, newExecution, signalOf } from '../../tests/setup/executions.ts'
import { insertVote } from './approval-votes.ts'
import { writeRecords } from './commit.ts'
import { asTenant, type Database, inTransaction, type Queryable } from './database.ts'
import { startExecutions } from './executions.ts'
import { ensureJournalPartitions } from './partitions.ts'
import { type Deletion, deleteEnded } from './retention.ts'
import { sendSignals } from './signals.ts'

const june = new Date('2026-06-10T00:00:00Z')
const july = new Date('2026-07-31T23:59:59.999Z')
const augustBegins = new Date('2026-08-01T00:00:00Z')
/** Everything that ended before is due. June and July lie before it as a whole, August does not. */
const before = new Date('2026-08-15T00:00:00Z')
const limit = { now: before, retentionMs: 0 }
const early = new Date('2026-08-14T23:59:59.999Z')

const opened: Database[] = []
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close()
})

/** Months are everybody's, so each test has a database of its own. */
async function open(): Promise<{ database: Database; engine: Database['engine']; tenant: TestTenant }> {
  const database = await openOwnDatabase()
  opened.push(database)
  await ensureJournalPartitions(database.engine, new Date('2026-05-01T00:00:00Z'), 7)
  return { database, engine: database.engine, tenant: await createTestTenant(database) }
}

/** A UUIDv7 of this moment (RFC 9562). */
const idAt = (at: Date): string => {
  const time = at.getTime().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}${newId().slice(13)}`
}

/** An execution that has one row of everything, three of the journal, and that ended, or lives. */
async function seed(engine: Queryable, tenant: TestTenant, at: Date, endedAt?: Date): Promise<string> {
  const id = idAt(at)
  const key = { tenantId: tenant.id, executionId: id, step: 'a', item: undefined, createdAt: at }
  const memberId = tenant.members.ana.id
  await startExecutions(engine, [newExecution(tenant.id, { id, createdAt: at })])
  const approval = {
    ...key,
    id: newId(),
    summary: 'Pay?',
    details: null,
    approvers: {},
    quorum: 1,
    expiresAt: undefined,
  }
  const form = { ...key, id: newId(), request: {}, expiresAt: undefined }
  const notification = { ...key, id: idAt(at), memberId, title: undefined, message: 'Paid' }
  const eventWait = { ...key, event: 'paid', match: {} }
  const records = { approvals: [approval], forms: [form], eventWaits: [eventWait], notifications: [notification] }
  await writeRecords(engine, commitOf({ ...records, signals: [signalOf(tenant.id, id)] }))
  await insertVote(engine, {
    ...{ tenantId: tenant.id, approvalId: approval.id, memberId, vote: 'approve', reason: undefined },
    ...{ channel: 'web', createdAt: at },
  })
  await engine.query(
    `insert into journal (tenant_id, execution_id, at, seq, type, step)
      select $1, $2, $3, n, 'step.skipped', 'a' from generate_series(1, 3) n`,
    [tenant.id, id, at],
  )
  if (endedAt !== undefined) await end(engine, id, endedAt)
  return id
}

async function end(engine: Queryable, id: string, endedAt: Date): Promise<void> {
  await engine.query(
    `with gone as (delete from live_executions where id = $1 returning tenant_id, id),
      ended as (insert into execution_ends (tenant_id, id, started_at, ended_at, status)
        select tenant_id, id, $2, $2, 'failed' from gone)
      insert into chained_ends (tenant_id, execution_id, ended_at) select tenant_id, id, $2 from gone`,
    [id, endedAt],
  )
}

async function retain({ engine }: Database, batch?: number): Promise<Partial<Record<Deletion['of'], number>>> {
  const sums: Partial<Record<Deletion['of'], number>> = {}
  for await (const { of, count } of deleteEnded(engine, limit, batch)) sums[of] = (sums[of] ?? 0) + count
  return sums
}

/** How many rows of each kind an execution has; kinds of which it has none are left out. */
async function rowsOf(db: Queryable, id: string): Promise<Record<string, number>> {
  const named = (table: string, column = 'execution_id') =>
    `select '${table}' as name, count(*)::integer as count from ${table} where ${column} = $1`
  const { rows } = await db.query<{ name: string; count: number }>(
    [
      ...[named('executions', 'id'), named('live_executions', 'id'), named('execution_ends', 'id')],
      ...['journal', 'signals', 'event_waits', 'approvals', 'forms', 'notifications', 'chained_ends'].map((table) =>
        named(table),
      ),
    ].join(' union all '),
    [id],
  )
  return Object.fromEntries(rows.filter(({ count }) => count > 0).map(({ name, count }) => [name, count]))
}

const others = { executions: 1, signals: 1, event_waits: 1, approvals: 1, forms: 1, notifications: 1, journal: 3 }
const ofLiving = { ...others, live_executions: 1 }
const ofEnded = { ...others, execution_ends: 1, chained_ends: 1 }

async function months(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'journal'::regclass order by 1`,
  )
  return rows.map(({ name }) => name)
}

const fromAugust = ['journal_2026_08', 'journal_2026_09', 'journal_2026_10', 'journal_2026_11', 'journal_default']

test('what ended goes with everything of its own, and months of which nothing is left go as a whole', async () => {
  const { database, engine, tenant } = await open()
  const ids = [await seed(engine, tenant, june, june), await seed(engine, tenant, july, early)]
  expect(await rowsOf(engine, ids[0] ?? '')).toEqual(ofEnded)
  expect(await retain(database)).toEqual({ executions: 2, notifications: 2, journalMonths: 3, journalRows: undefined })
  for (const id of ids) expect(await rowsOf(engine, id)).toEqual({})
  expect((await engine.query('select from approval_votes')).rowCount).toBe(0)
  expect(await months(engine)).toEqual(fromAugust)
})

test('what lives stays, however old, and so does what ended since: the others of their months go row by row', async () => {
  const { database, engine, tenant } = await open()
  const living = await seed(engine, tenant, june)
  const young = await seed(engine, tenant, july, before)
  const gone = [await seed(engine, tenant, june, july), await seed(engine, tenant, july, july)]
  expect(await retain(database)).toEqual({ executions: 2, notifications: 2, journalMonths: 1, journalRows: 6 })
  expect(await rowsOf(engine, living)).toEqual(ofLiving)
  expect(await rowsOf(engine, young)).toEqual(ofEnded)
  for (const id of gone) expect(await rowsOf(engine, id)).toEqual({})
  expect(await months(engine)).toEqual(['journal_2026_06', 'journal_2026_07', ...fromAugust])
  await end(engine, living, july)
  expect(await retain(database)).toEqual({ executions: 1, notifications: 1, journalMonths: 1, journalRows: 0 })
  expect(await rowsOf(engine, living)).toEqual({})
})

test('the journal of a month that is not over yet stays until it is', async () => {
  const { database, engine, tenant } = await open()
  const id = await seed(engine, tenant, augustBegins, early)
  expect(await retain(database)).toMatchObject({ executions: 1, journalMonths: 3 })
  expect(await rowsOf(engine, id)).toEqual({ journal: 3 })
  expect(await months(engine)).toEqual(fromAugust)
})

test('an execution of a neighbour tenant keeps the month for both, and its own rows', async () => {
  const { database, engine, tenant } = await open()
  const neighbour = await createTestTenant(database)
  const [mine, theirs] = [await seed(engine, tenant, july, july), await seed(engine, neighbour, july)]
  await retain(database)
  expect(await rowsOf(engine, mine)).toEqual({})
  expect(await rowsOf(engine, theirs)).toEqual(ofLiving)
  expect(await asTenant(database, neighbour.id, (client) => rowsOf(client, theirs))).toEqual(ofLiving)
})

test('batches of one go through all; journals that are longer than a batch go in several', async () => {
  const { database, engine, tenant } = await open()
  await seed(engine, tenant, june)
  const ids: string[] = []
  for (let count = 0; count < 5; count++) ids.push(await seed(engine, tenant, june, june))
  await engine.query(
    `insert into journal (tenant_id, execution_id, at, seq, type)
      select $1, $2, $3, n, 'execution.paused' from generate_series(4, 25) n`,
    [tenant.id, ids[2], june],
  )
  expect(await retain(database, 1)).toEqual({ executions: 5, notifications: 5, journalMonths: 2, journalRows: 37 })
  for (const id of ids) expect(await rowsOf(engine, id)).toEqual({})
})

test('interrupted after any batch, it leaves no execution half there, and the next time finishes', async () => {
  const { database, engine, tenant } = await open()
  const living = await seed(engine, tenant, june)
  const ids: string[] = []
  for (let count = 0; count < 3; count++) ids.push(await seed(engine, tenant, june, july))
  for (let round = 0; round < 20; round++) {
    for await (const _ of deleteEnded(engine, limit, 1)) break
    for (const id of ids) {
      const { executions, execution_ends: ends, approvals, signals } = await rowsOf(engine, id)
      expect([ends, approvals, signals]).toEqual([executions, executions, executions])
    }
  }
  await retain(database)
  for (const id of ids) expect(await rowsOf(engine, id)).toEqual({})
  expect(await rowsOf(engine, living)).toEqual(ofLiving)
})

const retry = (tenant: TestTenant, id: string) => signalOf(tenant.id, id, 'retry', { data: { by: 'ana' } })

test('a retry that is under way wins: the execution is passed over and lives', async () => {
  const { database, engine, tenant } = await open()
  const [retried, ended] = [await seed(engine, tenant, july, july), await seed(engine, tenant, july, july)]
  await inTransaction(engine, async (client) => {
    await sendSignals(client, [retry(tenant, retried)])
    expect(await retain(database)).toMatchObject({ executions: 1 })
  })
  expect(await rowsOf(engine, retried)).toMatchObject({ executions: 1, live_executions: 1, journal: 3, approvals: 1 })
  expect(await rowsOf(engine, ended)).toEqual({})
  expect(await retain(database)).toEqual({ journalRows: 0 })
})

test('a retry that comes while the execution is deleted waits, and finds it gone', async () => {
  const { database, engine, tenant } = await open()
  const id = await seed(engine, tenant, july, july)
  // Holds up the deletion after it has taken the end: it cannot delete the form that somebody has locked.
  const { deletion, sent } = await inTransaction(engine, async (gate) => {
    const waiters = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    const waiting = async (count: number): Promise<void> => {
      await expect.poll(async () => (await gate.query(waiters)).rowCount, { timeout: 30_000 }).toBe(count)
    }
    await gate.query('select from forms for update')
    const deleting = retain(database)
    await waiting(1)
    const sending = sendSignals(engine, [retry(tenant, id)])
    await waiting(2)
    return { deletion: deleting, sent: sending }
  })
  expect(await sent).toEqual(new Set())
  await deletion
  expect(await rowsOf(engine, id)).toEqual({})
})

test('a month that somebody reads is left for another time, and its rows as well', async () => {
  const { database, engine, tenant } = await open()
  const id = await seed(engine, tenant, july, july)
  await inTransaction(engine, async (client) => {
    await client.query('select from journal')
    expect(await retain(database)).toEqual({ executions: 1, notifications: 1 })
  })
  expect(await rowsOf(engine, id)).toEqual({ journal: 3 })
  expect(await retain(database)).toMatchObject({ journalMonths: 3 })
  expect(await rowsOf(engine, id)).toEqual({})
})

test('while one process deletes, another leaves it to that one; a failure frees the way', async () => {
  const { database, engine, tenant } = await open()
  await seed(engine, tenant, july, july)
  for await (const _ of deleteEnded(engine, limit)) {
    expect(await retain(database)).toEqual({})
    break
  }
  await asOwner(database.address, (client) => client.query('alter table tenants rename to elsewhere'))
  await expect(retain(database)).rejects.toThrow('tenants')
  await asOwner(database.address, (client) => client.query('alter table elsewhere rename to tenants'))
  expect(await retain(database)).toMatchObject({ journalMonths: 3 })
})

test('the role of the API can neither drop a month nor delete what happened', async () => {
  const { database, engine, tenant } = await open()
  const neighbour = await createTestTenant(database)
  const id = await seed(engine, neighbour, july, july)
  const drop = asTenant(database, tenant.id, (client) =>
    client.query('select drop_oldest_journal_partition($1)', [before]),
  )
  await expect(drop).rejects.toThrow('permission denied')
  const erase = asTenant(database, tenant.id, (client) => client.query('delete from journal'))
  await expect(erase).rejects.toThrow('permission denied')
  expect(await rowsOf(engine, id)).toEqual(ofEnded)
})

test('everything is found by its key, in tables that are full of other executions', async () => {
  const { database, engine, tenant } = await open()
  await seed(engine, tenant, june, june)
  await fill(database, tenant)
  const plan: string[] = []
  const client = await engine.connect()
  const explain = async (text: string, values: unknown[] = []) => {
    if (text.startsWith('with')) {
      const { rows } = await client.query<Record<string, string>>(`explain ${text}`, values)
      plan.push(...rows.flatMap((row) => Object.values(row)))
    }
    return client.query(text, values)
  }
  const explaining = Object.assign(Object.create(client), { query: explain, release: () => client.release() })
  const pool = Object.assign(Object.create(engine), { connect: async () => explaining })
  for await (const _ of deleteEnded(pool, limit));
  expect(plan.join('\n')).toMatch(/execution_ends_pkey on execution_ends(.|\n)*executions_key on executions t/)
  expect(plan.filter((line) => /Seq Scan on|Hash Join|Merge Join/.test(line))).toEqual([])
  const conditions = plan.filter((line) => line.includes('Index Cond'))
  expect(conditions.length).toBeGreaterThan(0)
  expect(conditions.filter((line) => !/id = |id > /.test(line.replaceAll('tenant_id = ', '')))).toEqual([])
})

/** Living executions of July, three journal rows each, and notifications. */
async function fill({ address }: Database, { id: tenantId, members }: TestTenant): Promise<void> {
  const id = `(left(uuid_at($2)::text, 14) || right(md5(n::text), 20))::uuid`
  const numbers = 'from generate_series(1, 3000) n'
  await asOwner(address, async (client) => {
    await client.query(
      `insert into executions (tenant_id, id, workflow_id, version_id, created_at, inputs, trigger, started_by)
        select $1, ${id}, $1, $1, $2, '{}', '{}', 'test' ${numbers}`,
      [tenantId, july],
    )
    await client.query(
      `insert into journal (tenant_id, execution_id, at, seq, type)
        select $1, ${id}, $2, seq, 'step.skipped' ${numbers}, generate_series(1, 3) seq`,
      [tenantId, july],
    )
    await client.query(
      `insert into notifications (tenant_id, id, member_id, execution_id, message, created_at)
        select $1, ${id}, $3, ${id}, 'Paid', $2 ${numbers}`,
      [tenantId, july, members.ana.id],
    )
    await client.query('analyze')
  })
}
