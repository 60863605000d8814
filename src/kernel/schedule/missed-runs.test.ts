// What starting the due runs promises, however often and however late it is asked.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dueFireTimes, type MissedRuns, nextFireTimes, type Schedule } from './fire-times.ts'

const utc = (text: string) => Date.parse(`${text}Z`)
const hourly: Schedule = { cron: '0 * * * *' }
const lastPlannedMs = utc('2026-05-01T08:00')

function due(missed: MissedRuns, now: string, limit = 10, schedule = hourly) {
  const { fire, next } = dueFireTimes({ schedule, missed }, { lastPlannedMs, nowMs: utc(now), limit })
  const clock = (ms: number) => new Date(ms).toISOString().slice(11, 19)
  return { fire: fire.map(clock), next: next === undefined ? undefined : clock(next) }
}

test('nothing is due between two fire times', () => {
  for (const missed of ['skip', 'once', 'all'] as const)
    expect(due(missed, '2026-05-01T08:59:59')).toEqual({ fire: [], next: '09:00:00' })
})

test('a fire time is due at its very millisecond', () => {
  for (const missed of ['skip', 'once', 'all'] as const)
    expect(due(missed, '2026-05-01T09:00')).toEqual({ fire: ['09:00:00'], next: '10:00:00' })
})

test('once starts one run for all that passed, with the latest planned time', () => {
  expect(due('once', '2026-05-01T12:30')).toEqual({ fire: ['12:00:00'], next: '13:00:00' })
})

test('all starts each that passed, the rest over the limit with the next call', () => {
  expect(due('all', '2026-05-01T12:30')).toEqual({
    fire: ['09:00:00', '10:00:00', '11:00:00', '12:00:00'],
    next: '13:00:00',
  })
  expect(due('all', '2026-05-01T12:30', 2)).toEqual({ fire: ['09:00:00', '10:00:00'], next: '11:00:00' })
})

test('skip starts only those that are no more than a minute late', () => {
  expect(due('skip', '2026-05-01T12:01')).toEqual({ fire: ['12:00:00'], next: '13:00:00' })
  expect(due('skip', '2026-05-01T12:01:00.001')).toEqual({ fire: [], next: '13:00:00' })
})

test('skip holds to the limit too', () => {
  expect(due('skip', '2026-05-01T08:00:30', 2, { cron: '*/10 * * * * *' })).toEqual({
    fire: ['08:00:10', '08:00:20'],
    next: '08:00:30',
  })
})

test('a clock that jumped back starts nothing and waits for the time after the last', () => {
  for (const missed of ['skip', 'once', 'all'] as const)
    expect(due(missed, '2026-05-01T03:00')).toEqual({ fire: [], next: '09:00:00' })
})

test('a year of missed seconds costs once and skip one look', () => {
  const everySecond: Schedule = { cron: '* * * * * *' }
  expect(due('once', '2027-05-01T08:00', 10, everySecond)).toEqual({ fire: ['08:00:00'], next: '08:00:01' })
  expect(due('skip', '2027-05-01T08:00', 1, everySecond).fire).toEqual(['07:59:00'])
})

test('an interval that has not begun has nothing to catch up', () => {
  const schedule: Schedule = { everyMs: 60_000, anchorMs: lastPlannedMs }
  expect(due('once', '2026-05-01T08:00:59', 10, schedule)).toEqual({ fire: [], next: '08:01:00' })
  expect(due('once', '2026-05-01T08:03:10', 10, schedule)).toEqual({ fire: ['08:03:00'], next: '08:04:00' })
})

test('an interval does not fire at its anchor, even when that lies after the last start', () => {
  const schedule: Schedule = { everyMs: 60_000, anchorMs: utc('2026-05-01T09:00') }
  expect(due('once', '2026-05-01T09:00:30', 10, schedule)).toEqual({ fire: [], next: '09:01:00' })
})

test('a schedule that cannot be read starts nothing and wakes for nothing', () => {
  for (const missed of ['skip', 'once', 'all'] as const) {
    expect(due(missed, '2026-05-01T12:30', 10, { cron: 'soon' })).toEqual({ fire: [], next: undefined })
    expect(due(missed, '2026-05-01T12:30', 10, { everyMs: -5, anchorMs: 0 })).toEqual({ fire: [], next: undefined })
  }
})

describe('over any sequence of calls, with the clock jumping both ways over a daylight saving change', () => {
  const start = utc('2026-10-24T20:00')
  const schedules: readonly Schedule[] = [
    { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
    { cron: '0,30 1-3 * * *', timezone: 'Europe/Berlin' },
    { cron: '*/7 * * * *', timezone: 'Europe/Berlin' },
    { cron: '*/20 2 * * *', timezone: 'Europe/Berlin' },
    { cron: '45 1 * * *', timezone: 'Australia/Lord_Howe' },
    { everyMs: 11 * 60_000, anchorMs: start },
  ]
  const minutes = fc.integer({ min: -120, max: 400 })
  const calls = fc.array(
    minutes.map((step) => step * 60_000),
    { minLength: 1, maxLength: 20 },
  )
  const limits = fc.integer({ min: 1, max: 5 })

  function run(schedule: Schedule, missed: MissedRuns, steps: readonly number[], limit: number) {
    let nowMs = start
    let last = start
    const fired: number[] = []
    for (const step of steps) {
      nowMs += step
      const { fire, next } = dueFireTimes({ schedule, missed }, { lastPlannedMs: last, nowMs, limit })
      for (const ms of fire) expect(ms).toBeLessThanOrEqual(nowMs)
      fired.push(...fire)
      last = fire.at(-1) ?? last
      expect(next).toBeGreaterThan(last)
      if (missed === 'once') expect(next).toBeGreaterThan(nowMs)
    }
    return { fired, nowMs, last }
  }

  test.each(['skip', 'once', 'all'] as const)(
    '%s starts each fire time at most once, in order, and only real ones',
    (missed) => {
      fc.assert(
        fc.property(fc.constantFrom(...schedules), calls, limits, (schedule, steps, limit) => {
          const { fired } = run(schedule, missed, steps, limit)
          expect(fired).toEqual([...new Set(fired)].sort((a, b) => a - b))
          for (const ms of fired) expect(nextFireTimes(schedule, ms - 1, 1)).toEqual([ms])
        }),
        { numRuns: 150 },
      )
    },
  )

  test('all leaves nothing out', () => {
    fc.assert(
      fc.property(fc.constantFrom(...schedules), calls, limits, (schedule, steps, limit) => {
        const { fired, last } = run(schedule, 'all', steps, limit)
        expect(fired).toEqual(nextFireTimes(schedule, start, fired.length))
        expect(fired.at(-1) ?? start).toBe(last)
      }),
      { numRuns: 150 },
    )
  })

  test('once always starts the latest that passed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...schedules), fc.nat(86_400_000), (schedule, elapsed) => {
        const { fire } = dueFireTimes(
          { schedule, missed: 'once' },
          { lastPlannedMs: start, nowMs: start + elapsed, limit: 1 },
        )
        const passed = nextFireTimes(schedule, start, 220).filter((ms) => ms <= start + elapsed)
        expect(fire).toEqual(passed.slice(-1))
      }),
      { numRuns: 60 },
    )
  })
})
