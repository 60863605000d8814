// Real deaths: worker processes are killed at random moments, kill themselves, or stand still, and nothing is lost or done twice.

import { type ChildProcess, fork } from 'node:child_process'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { type Database, roleName } from '../../src/record/database.ts'
import { asOwner, createTestTenant, databaseKey, openOwnDatabase } from '../setup/database.ts'
import { inShort, readWholeJournals, TestEngine, until } from './engine.test-kit.ts'

const program = fileURLToPath(new URL('./worker-process.ts', import.meta.url))
const leaseMs = 600

let database: Database
/** Starts executions and asks questions; its engine never runs. */
let client: TestEngine
let receiver: Server
let effectsUrl: string
/** How often each key came. */
const effects = new Map<string, number>()
/** Who stands still in the middle of a transaction, and does not get an answer until the test gives it. */
const standing = new Map<string, ServerResponse>()
const children = new Map<string, ChildProcess>()
let born = 0
/** Whether a worker process that dies is followed by another one. */
let isReplacing = false

beforeAll(async () => {
  database = await openOwnDatabase()
  client = new TestEngine(database, await createTestTenant(database))
  const api = roleName(database.address.database, 'api')
  await asOwner(database.address, (owner) =>
    owner.query(`create table notes (tenant_id uuid not null, execution_id uuid not null, note text not null);
      grant select, insert on notes to ${api};
      grant select on notes to ${roleName(database.address.database, 'engine')}`),
  )
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      if (request.url === '/standing') return standing.set(body, response)
      effects.set(body, (effects.get(body) ?? 0) + 1)
      return response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  effectsUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterEach(() => {
  isReplacing = false
  for (const child of children.values()) child.kill('SIGKILL')
})
afterAll(async () => {
  receiver.closeAllConnections()
  receiver.close()
  await database.close()
})

/** Worker processes, each of which is replaced when it dies until the test is over. */
async function bearFamily(count: number): Promise<void> {
  isReplacing = true
  await Promise.all(Array.from({ length: count }, bear))
}

/** Resolves with its name once it works. */
function bear(): Promise<string> {
  const name = `child ${++born}`
  const config = { name, address: database.address, key: databaseKey().toString('hex'), leaseMs, effectsUrl }
  const child = fork(program, [JSON.stringify(config)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  children.set(name, child)
  child.on('exit', () => {
    children.delete(name)
    if (isReplacing) void bear()
  })
  return new Promise((resolve) => child.once('message', () => resolve(name)))
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function seeded(start: number): () => number {
  let seed = start
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const countOf = async (text: string, values: readonly unknown[] = []) =>
  Number((await client.rows<{ count: string }>(text, values))[0]?.count)
const countEvents = (ids: readonly string[]) =>
  countOf(`select count(*) from journal where execution_id = any($1)`, [ids])
const countLeft = (ids: readonly string[]) => countOf(`select count(*) from live_executions where id = any($1)`, [ids])
const nothing = (count: number) => Array.from({ length: count }, () => ({}))

const retry = { attempts: 20, initial: '1ms', max: '1ms' }
const act = (id: string, as: string, depends_on: string[], more: Partial<Step> = {}): Step => ({
  ...{ id, action: as === 'note' ? 'test.transact' : 'test.act', config: { as }, depends_on, retry },
  ...more,
})

test('however often workers are killed, every execution ends, and every step is done once', async () => {
  const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? Math.floor(Math.random() * 1e6))
  const random = seeded(seed)
  const steps = [
    act('first', 'effect', []),
    act('fan', 'effect', ['first'], { for_each: { items: [0, 1, 2, 3], concurrency: 2 } }),
    act('written', 'note', ['first']),
    { id: 'rest', action: 'delay', config: { for: '30ms' }, depends_on: ['first'], retry },
    act('each', 'note', ['written', 'rest'], { for_each: { items: [0, 1, 2] } }),
    act('last', 'effect', ['fan', 'each']),
  ]
  const ids = await client.startMany({ name: 'mortal', steps }, nothing(200))
  await bearFamily(3)
  let kills = 0
  while ((await countLeft(ids)) > 0) {
    const goal = (await countEvents(ids)) + Math.ceil(random() * 250)
    await until(async () => ((await countEvents(ids)) >= goal || (await countLeft(ids)) === 0 ? true : undefined))
    const alive = [...children.values()]
    const victim = alive[Math.floor(random() * alive.length)]
    if (kills < 12 && victim !== undefined && (await countLeft(ids)) > 0 && victim.kill('SIGKILL')) kills++
  }
  expect(kills, `seed ${seed}`).toBeGreaterThan(3)
  expect(await client.allEnded(ids), `seed ${seed}`).toEqual({ completed: 200 })
  await readWholeJournals(database.engine, ids)
  // A receiver that deduplicates by key sees each effect once: no attempt, and no worker, made a key of its own.
  expect(effects.size, `seed ${seed}`).toBe(200 * 6)
  const notes = await client.rows<{ note: string }>(
    `select execution_id, note from notes where execution_id = any($1)`,
    [ids],
  )
  expect(notes, `seed ${seed}`).toHaveLength(200 * 4)
  expect(
    await countOf(`select count(distinct (execution_id, note)) from notes where execution_id = any($1)`, [ids]),
  ).toBe(200 * 4)
})

test('a step that kills every worker is given up as worker_lost, and the others are fine', async () => {
  const killer: Step = { id: 'killer', action: 'test.act', config: { as: 'kill' } }
  const deadly = await client.start({ name: 'deadly', steps: [killer, { id: 'other', action: 'test.noop' }] })
  const others = await client.startMany(
    { name: 'fine', steps: [act('a', 'effect', []), act('b', 'note', ['a'])] },
    nothing(30),
  )
  await bearFamily(2)
  const { execution, events } = await client.ended(deadly)
  expect(await client.allEnded(others)).toEqual({ completed: 30 })
  expect(execution).toMatchObject({
    status: 'failed',
    failure: { code: 'worker_lost', message: expect.stringContaining('3 workers died') },
  })
  expect(inShort(events)).toContain('failed killer')
})

test('a compensation that kills every worker is given up as well, and the execution ends', async () => {
  const undo = { compensate: { action: 'test.act', config: { as: 'kill' } }, retry: { attempts: 1 } }
  const bad: Step = { id: 'bad', action: 'test.misbehave', config: { how: 'string' }, depends_on: ['done'] }
  const deadly = await client.start({ name: 'deadly-undo', steps: [{ id: 'done', action: 'test.noop', ...undo }, bad] })
  await bearFamily(2)
  const { execution, events } = await client.ended(deadly)
  expect(execution).toMatchObject({ status: 'failed', failure: { message: 'a plain string' } })
  expect(events.find((event) => event.type === 'compensation.failed')).toMatchObject({
    failure: { code: 'worker_lost' },
  })
})

test('a worker that stands still past its lease writes nothing when it goes on, and begins anew', async () => {
  const still = await bear()
  const ids = await client.startMany(
    {
      name: 'standing',
      steps: [
        act('a', 'effect', []),
        { id: 'b', action: 'delay', config: { for: '150ms' }, depends_on: ['a'] },
        act('c', 'note', ['b']),
      ],
    },
    nothing(100),
  )
  await until(async () => ((await countEvents(ids)) > 100 ? true : undefined))
  const workerOf = (name: string) =>
    client.rows<{ id: string; status: string }>(`select id, status from workers where name = $1 order by started_at`, [
      name,
    ])
  children.get(still)?.kill('SIGSTOP')
  const [before] = await workerOf(still)
  await bear()
  expect(await client.allEnded(ids)).toEqual({ completed: 100 })
  const written = await countEvents(ids)
  expect((await workerOf(still)).map((worker) => worker.status)).toEqual(['dead'])
  children.get(still)?.kill('SIGCONT')
  await until(async () => ((await workerOf(still)).length === 2 ? true : undefined))
  expect(await countEvents(ids)).toBe(written)
  expect(await countOf(`select count(*) from live_executions where worker_id = $1`, [before?.id])).toBe(0)
  await readWholeJournals(database.engine, ids)
  expect(await countOf(`select count(*) from notes where execution_id = any($1)`, [ids])).toBe(100)
})

test('one that stands still in the middle of a transaction does not keep others from taking over', async () => {
  const still = await bear()
  const id = await client.start({
    name: 'in-transaction',
    steps: [{ id: 'a', action: 'test.transact', config: { as: 'note and stand still' } }],
  })
  await until(() => standing.get(still))
  children.get(still)?.kill('SIGSTOP')
  const other = await bear()
  const response = await until(() => standing.get(other))
  response.writeHead(204).end()
  expect((await client.ended(id)).execution.status).toBe('completed')
  standing.get(still)?.writeHead(204).end()
  children.get(still)?.kill('SIGCONT')
  await until(async () =>
    (await countOf(`select count(*) from workers where name = $1`, [still])) === 2 ? true : undefined,
  )
  expect(await countOf(`select count(*) from notes where execution_id = $1`, [id])).toBe(1)
  await readWholeJournals(database.engine, [id])
})
