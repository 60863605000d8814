// What reads that go together promise: one question to the database for many, and never an answer older than its question.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTestTenant, openTestDatabase, type TestTenant } from '../../tests/setup/database.ts'
import type { Queryable } from '../record/database.ts'
import { readShared, readTogether } from './tenant-reads.ts'

const database = openTestDatabase()
let tenant: TestTenant
let caller: Parameters<typeof readShared>[0]

beforeEach(async () => {
  tenant = await createTestTenant(database)
  caller = callerOf(tenant.id)
})

afterEach(() => {
  vi.restoreAllMocks()
})

// oxlint-disable-next-line typescript/consistent-type-assertions -- all that the reads look at
const callerOf = (tenantId: string) => ({ parts: { database }, principal: { tenantId } }) as typeof caller

const countMembers = async (db: Queryable): Promise<number> =>
  (await db.query<{ count: number }>('select count(*)::integer as count from members')).rows[0]?.count ?? 0

test('requests for the same share the next reading, and see what was there when they asked', async () => {
  let [value, readings] = [1, 0]
  const read = () =>
    readShared(caller, 'same', async (db) => {
      readings++
      const seen = value
      await countMembers(db)
      return seen
    })
  const first = read()
  await Promise.resolve()
  const waiting = [read(), read()]
  value = 2
  expect(await Promise.all([first, ...waiting])).toEqual([1, 2, 2])
  expect(readings).toBe(2)
  value = 3
  expect(await read()).toBe(3)
})

test('other keys and other tenants are read apart, each as its tenant alone', async () => {
  const other = await createTestTenant(database)
  await database.engine.query('delete from members where tenant_id = $1 and name = $2', [other.id, 'Dora'])
  const reads = [caller, callerOf(other.id)].map((who) => readShared(who, 'members', countMembers))
  expect(await Promise.all(reads)).toEqual([4, 3])
})

test('a reading that fails harms nobody who asks after it', async () => {
  const failing = readShared(caller, 'k', () => Promise.reject(new Error('no')))
  const next = readShared(caller, 'k', countMembers)
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe(4)
  expect(await readShared(caller, 'k', countMembers)).toBe(4)
})

test('items are read many at a time, and one that cannot be read spoils no other', async () => {
  const sizes: number[] = []
  const read = readTogether<number, number>(async (db, tenantId, items) => {
    sizes.push(items.length)
    expect(tenantId).toBe(tenant.id)
    await countMembers(db)
    if (items.includes(13)) throw new Error('thirteen')
    return items.map((item) => item * 2)
  })
  const items = Array.from({ length: 40 }, (_, item) => item)
  const results = await Promise.allSettled(items.map((item) => read(caller, item)))
  const good = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
  expect(good).toEqual(items.filter((item) => item !== 13).map((item) => item * 2))
  expect(Math.max(...sizes)).toBeGreaterThan(5)
})

test('what takes long to read is not in the way of what is asked for afterwards', async () => {
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const read = readTogether<string, string>(async (_, __, items) => {
    if (items.includes('long')) {
      begun.resolve()
      await gate.promise
    }
    return items
  })
  const long = read(caller, 'long')
  await begun.promise
  const later = performance.now() + 1000
  vi.spyOn(performance, 'now').mockReturnValue(later)
  expect(await read(caller, 'short')).toBe('short')
  gate.resolve()
  expect(await long).toBe('long')
})
