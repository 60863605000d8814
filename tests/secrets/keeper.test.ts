// What opened secrets promise: each tenant its own, changes seen at once, and a clear word where one does not open.

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { redactingLog } from '../../src/engine/redaction/redacting-log.ts'
import { Listener } from '../../src/engine/listener.ts'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { KeyRing } from '../../src/record/key-ring.ts'
import type { Database } from '../../src/record/database.ts'
import { TestEngine, until } from '../engine/engine.test-kit.ts'
import { asOwner, createTestTenant, openOwnDatabase, type TestTenant } from '../setup/database.ts'
import { openKeeper, set, testKeys } from './house.ts'

let database: Database
let [acme, other]: TestTenant[] = []
let now = 0
beforeAll(async () => {
  database = await openOwnDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  now = Date.now()
  acme = await createTestTenant(database)
  other = await createTestTenant(database)
})

const idOf = (tenant: TestTenant | undefined): string => tenant?.id ?? ''
const clock = { now: () => now }
const statements = async (work: () => Promise<unknown>): Promise<number> => {
  const { engine } = database
  const query = engine.query.bind(engine)
  let count = 0
  Object.assign(engine, { query: (...given: Parameters<typeof query>) => (count++, query(...given)) })
  try {
    await work()
  } finally {
    Object.assign(engine, { query })
  }
  return count
}

test("another tenant's secret of the same name is another one", async () => {
  const keeper = openKeeper(database)
  await set(database, idOf(acme), { KEY: 'value of acme' })
  await set(database, idOf(other), { KEY: 'value of other' })
  expect((await keeper.secretsOf(idOf(acme), [])).values).toEqual({ KEY: 'value of acme' })
  expect((await keeper.secretsOf(idOf(other), [])).values).toEqual({ KEY: 'value of other' })
})

test("the environment's secrets are everybody's, and a tenant's own wins", async () => {
  const keeper = openKeeper(database, { shared: { KEY: 'of all', MORE: 'for all' } })
  await set(database, idOf(acme), { KEY: 'its own' })
  expect((await keeper.secretsOf(idOf(acme), [])).values).toEqual({ KEY: 'its own', MORE: 'for all' })
  expect((await keeper.secretsOf(idOf(other), [])).values).toEqual({ KEY: 'of all', MORE: 'for all' })
})

describe('what is kept', () => {
  test('is read once for many, again after seconds, and at once when it was told to have changed', async () => {
    const keeper = openKeeper(database, clock)
    await set(database, idOf(acme), { KEY: 'first' })
    const read = async () => (await keeper.secretsOf(idOf(acme), [])).values
    expect(await statements(() => Promise.all([read(), read(), read()]))).toBe(1)
    await set(database, idOf(acme), { KEY: 'second' })
    expect(await read()).toEqual({ KEY: 'first' })
    now += 5000
    expect(await read()).toEqual({ KEY: 'second' })
    await set(database, idOf(acme), { KEY: 'third' })
    keeper.forget(idOf(acme))
    expect(await read()).toEqual({ KEY: 'third' })
  })

  test('stays the same object while nothing has changed: its forms are worked out once', async () => {
    const keeper = openKeeper(database, clock)
    await set(database, idOf(acme), { KEY: 'value' })
    const first = await keeper.secretsOf(idOf(acme), [])
    now += 60_000
    expect(await keeper.secretsOf(idOf(acme), [])).toBe(first)
  })

  test('is bounded: of very many tenants the first are let go', async () => {
    const keeper = openKeeper(database)
    await keeper.secretsOf(idOf(acme), [])
    await Promise.all(Array.from({ length: 200 }, () => keeper.secretsOf(crypto.randomUUID(), [])))
    expect(keeper.redactorAtHand(idOf(acme))).toBeUndefined()
  })

  test('is not kept when reading failed', async () => {
    const keeper = openKeeper(database)
    await expect(keeper.secretsOf('no uuid', [])).rejects.toThrow('uuid')
    expect(keeper.redactorAtHand('no uuid')).toBeUndefined()
  })

  test('is dropped in other processes by a notification when somebody sets a secret', async () => {
    const heard: string[] = []
    const fail = (error: Error): never => {
      throw error
    }
    const listener = new Listener(
      database,
      (channel, payload) => heard.push(`${channel} ${payload}`),
      fail,
      () => {},
    )
    await listener.start()
    await set(database, idOf(acme), { KEY: 'value' })
    await until(() => heard.includes(`countersign_secrets ${idOf(acme)}`) || undefined)
    await listener.stop()
  })

  test('tells when a secret was last used, and writes that once an hour', async () => {
    const keeper = openKeeper(database, clock)
    await set(database, idOf(acme), { KEY: 'value', UNUSED: 'value 2' })
    const used = async () => {
      const { rows } = await database.engine.query<{ name: string }>(
        'select name from secrets where tenant_id = $1 and last_used_at = $2',
        [idOf(acme), new Date(now)],
      )
      return rows.map(({ name }) => name)
    }
    await keeper.secretsOf(idOf(acme), ['KEY'])
    expect(await until(async () => ((await used()).length > 0 ? used() : undefined))).toEqual(['KEY'])
    expect(await statements(() => keeper.secretsOf(idOf(acme), ['KEY']))).toBe(0)
  })
})

describe('a secret that does not open', () => {
  const open = async (keys: KeyRing = testKeys(), shared = {}) =>
    openKeeper(database, { keys, shared }).secretsOf(idOf(acme), [])
  const change = async (assignment: string) =>
    asOwner(database.address, (client) =>
      client.query(`update secrets set ${assignment} where tenant_id = $1`, [idOf(acme)]),
    )
  const changed = {
    code: 'not_configured',
    message:
      'The secret KEY cannot be opened with the key file /etc/countersign/key: what is stored is not what was sealed for this tenant under this name.',
  }
  beforeEach(() => set(database, idOf(acme), { KEY: 'value' }))

  test.each(['nonce', 'ciphertext', 'tag'])('because its %s was changed says so', async (column) => {
    await change(`${column} = set_byte(${column}, 0, get_byte(${column}, 0) # 1)`)
    const { values, problems } = await open(testKeys(), { KEY: 'of all' })
    expect(problems.get('KEY')).toMatchObject(changed)
    // Not somebody else's value in its place.
    expect(values).toEqual({})
  })

  test('because it was moved to another name, version or tenant says so', async () => {
    await change(`version = 2`)
    expect((await open()).problems.get('KEY')).toMatchObject(changed)
    await change(`version = 1, name = 'ELSE'`)
    expect((await open()).problems.get('ELSE')?.message).toContain('The secret ELSE cannot be opened')
    await asOwner(database.address, (client) =>
      client.query(`update secrets set name = 'KEY', tenant_id = $2 where tenant_id = $1`, [idOf(acme), idOf(other)]),
    )
    expect((await openKeeper(database).secretsOf(idOf(other), [])).problems.get('KEY')).toMatchObject(changed)
  })

  test('because its key is not in the file names the key and the file', async () => {
    const problem = (await open(new KeyRing('/etc/other/key', [randomBytes(32)]))).problems.get('KEY')
    expect(problem?.message).toBe(
      `The secret KEY cannot be opened: it was sealed with the key ${testKeys().current.id}, which is not in the key file /etc/other/key.`,
    )
  })
})

describe('the engine', () => {
  const log = { id: 'a', action: 'test.record', config: { value: '{{ secrets.KEY }}' } }

  async function run(steps: readonly Step[]): Promise<{ count: number; failure: unknown }> {
    const engine = new TestEngine(database, acme ?? (await createTestTenant(database)), {
      keeper: openKeeper(database),
    })
    await engine.engine.start()
    try {
      let asked = 0
      const { engine: pool } = database
      const query = pool.query.bind(pool)
      const named = (given: unknown): boolean => JSON.stringify(given).includes('secrets where')
      Object.assign(pool, {
        query: (...given: Parameters<typeof query>) => ((asked += named(given[0]) ? 1 : 0), query(...given)),
      })
      const name = `w-${crypto.randomUUID()}`
      const { failure } = (await engine.run({ name, steps: [...steps] })).execution
      Object.assign(pool, { query })
      return { count: asked, failure }
    } finally {
      await engine.engine.stop()
    }
  }

  test('asks for secrets once for an execution that uses one, and never for one that uses none', async () => {
    await set(database, idOf(acme), { KEY: 'value' })
    expect(await run([log, { ...log, id: 'b', depends_on: ['a'] }])).toEqual({ count: 1, failure: null })
    expect(await run([{ id: 'a', action: 'test.noop' }])).toEqual({ count: 0, failure: null })
  })

  test('fails a step whose secret is gone or does not open, with the reason', async () => {
    expect((await run([log])).failure).toMatchObject({
      code: 'missing_secret',
      message: expect.stringContaining('KEY'),
    })
    await set(database, idOf(acme), { KEY: 'value' })
    await asOwner(database.address, (client) => client.query(`update secrets set version = 9`))
    expect((await run([log])).failure).toMatchObject({
      code: 'not_configured',
      message: expect.stringMatching(/The secret KEY cannot be opened with the key file/),
    })
  })
})

test('the log of a process loses the secrets of the tenant that a line names, and those of all', async () => {
  await set(database, idOf(acme), { KEY: 'value of acme' })
  const keeper = openKeeper(database, { shared: { ALL: 'for everybody' } })
  const lines: unknown[] = []
  const log = redactingLog((...line) => lines.push(line), keeper, { ALL: 'for everybody' })
  await keeper.secretsOf(idOf(acme), [])
  log('warn', 'with value of acme', { tenantId: idOf(acme), error: 'value of acme, for everybody' })
  log('warn', 'for everybody', { other: 'value of acme' })
  expect(lines).toEqual([
    ['warn', 'with [secret KEY]', { tenantId: idOf(acme), error: '[secret KEY], [secret ALL]' }],
    ['warn', '[secret ALL]', { other: 'value of acme' }],
  ])
})
