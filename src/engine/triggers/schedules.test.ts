// What schedules promise: each planned time at most once, whoever looks and whatever the clock does.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestTenant, openOwnDatabase } from '../../../tests/setup/database.ts'
import { createTestTriggers, executionsOf, type TestTriggers, valueOf } from '../../../tests/setup/triggers.ts'
import type { Trigger } from '../../kernel/definition/workflow.ts'
import type { Database } from '../../record/database.ts'
import { createSchedules, type Schedules } from './schedules.ts'

// A keeper sees the schedules of all tenants, so this file has a database of its own.
let database: Database
let house: TestTriggers
let schedules: Schedules
let tenantId: string
const minute = 60_000
const hour = 60 * minute

beforeAll(async () => {
  database = await openOwnDatabase(12)
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.engine.query('delete from triggers')
  house = createTestTriggers(database)
  schedules = createSchedules(house)
  tenantId = (await createTestTenant(database)).id
})

const every = (trigger: Trigger, name = 'report') => house.save(tenantId, { name, trigger })
const fire = () => schedules.fireDue(house.now())
const planned = async (): Promise<unknown[]> =>
  (await executionsOf(database, tenantId)).map((row) => row['trigger']).map((trigger) => Object(trigger)['planned_at'])

test('a schedule starts its workflow at its time, and says when the next one is due', async () => {
  await every({ schedule: '0 9 * * *', timezone: 'Europe/Berlin', inputs: { depth: 3 } })
  expect(await fire()).toBe(Date.parse('2026-11-22T08:00:00Z'))
  expect(await planned()).toEqual([])
  house.moveClock(20 * hour)
  expect(await fire()).toBe(Date.parse('2026-11-23T08:00:00Z'))
  expect(await executionsOf(database, tenantId)).toMatchObject([
    { inputs: { depth: 3 }, trigger: { planned_at: '2026-11-22T08:00:00.000Z' }, workflow: 'report' },
  ])
  expect(await fire()).toBe(Date.parse('2026-11-23T08:00:00Z'))
  expect(await planned()).toHaveLength(1)
})

test('nothing is due when there is no schedule', async () => {
  await every({ manual: {} })
  expect(await fire()).toBeUndefined()
})

test('an interval counts from when it was switched on, and keeps its grid', async () => {
  await every({ every: '15m' })
  house.moveClock(17 * minute)
  expect(await fire()).toBe(Date.parse('2026-11-21T12:30:00Z'))
  house.moveClock(15 * minute)
  await fire()
  expect(await planned()).toEqual(['2026-11-21T12:15:00.000Z', '2026-11-21T12:30:00.000Z'])
})

describe('times that passed while nothing ran', () => {
  const after = async (missed?: 'skip' | 'once' | 'all') => {
    await every(missed === undefined ? { every: '1h' } : { every: '1h', missed })
    house.moveClock(5 * hour + 30 * minute)
    await fire()
    return planned()
  }

  test('are made up for by one start, with the latest of them, unless the trigger says otherwise', async () => {
    expect(await after()).toEqual(['2026-11-21T17:00:00.000Z'])
  })

  test('are skipped', async () => {
    expect(await after('skip')).toEqual([])
  })

  test('are all started', async () => {
    expect(await after('all')).toHaveLength(5)
  })

  test('are all started even when they are very many', async () => {
    await every({ every: '1m', missed: 'all' })
    house.moveClock(250 * minute)
    await fire()
    expect(new Set(await planned()).size).toBe(250)
  })
})

describe('each planned time starts at most one execution', () => {
  test('when several keepers look at once', async () => {
    for (let index = 0; index < 5; index++) await every({ every: '1m', missed: 'all' }, `report-${index}`)
    const keepers = [1, 2, 3, 4].map(() => createSchedules(house))
    for (let round = 0; round < 5; round++) {
      house.moveClock(minute)
      await Promise.all(keepers.map((keeper) => keeper.fireDue(house.now())))
    }
    expect(await planned()).toHaveLength(25)
  })

  test('when the clock jumps back', async () => {
    await every({ every: '1m', missed: 'all' })
    house.moveClock(3 * minute)
    await fire()
    house.moveClock(-2 * minute)
    for (let round = 0; round < 4; round++) {
      await fire()
      house.moveClock(minute)
    }
    const times = await planned()
    expect(new Set(times).size).toBe(times.length)
    expect(times).toHaveLength(4)
  })

  test('when a keeper failed after it had started some', async () => {
    await every({ every: '1m' })
    house.moveClock(minute)
    const broken = createSchedules({
      ...house,
      log: () => expect.fail('no log'),
      starter: {
        ...house.starter,
        admission: Object.create(house.starter.admission, {
          admit: { value: () => Promise.reject(new Error('on purpose')) },
        }),
      },
    })
    await expect(broken.fireDue(house.now())).rejects.toThrow('on purpose')
    expect(await planned()).toEqual([])
    await fire()
    expect(await planned()).toHaveLength(1)
  })
})

test('the schedule of a version that was replaced never fires again', async () => {
  await every({ every: '1m' })
  await every({ every: '1h' })
  house.moveClock(5 * minute)
  expect(await fire()).toBe(Date.parse('2026-11-21T13:00:00Z'))
  expect(await planned()).toEqual([])
})

test('a schedule that fires while its workflow is saved starts the version that is current', async () => {
  await every({ every: '1m', missed: 'all' })
  for (let round = 0; round < 6; round++) {
    house.moveClock(minute)
    const [, saved] = await Promise.all([
      fire(),
      house.save(tenantId, { name: 'report', trigger: { every: '1m', missed: 'all' }, description: `round ${round}` }),
    ])
    house.moveClock(minute)
    await fire()
    expect((await executionsOf(database, tenantId)).at(-1)).toMatchObject({ version: saved.version })
  }
  expect(await planned()).toHaveLength(12)
})

test('a workflow that is inactive does not fire, and makes up for nothing when it is switched on', async () => {
  await every({ every: '1m', missed: 'all' })
  valueOf(await house.setStatus(tenantId, 'report', 'inactive'))
  house.moveClock(hour)
  expect(await fire()).toBeUndefined()
  valueOf(await house.setStatus(tenantId, 'report', 'active'))
  await fire()
  expect(await planned()).toEqual([])
})

test('one that cannot start is logged, and neither repeats nor holds up the others', async () => {
  await every({ every: '1m' }, 'good')
  await house.save(tenantId, { name: 'bad', trigger: { every: '1m' }, inputs: { who: { type: 'string' } } })
  house.moveClock(minute)
  await fire()
  await fire()
  expect(house.lines).toMatchObject([{ message: 'A trigger of "bad" could not start it.' }])
  expect(await executionsOf(database, tenantId)).toMatchObject([{ workflow: 'good' }])
})
