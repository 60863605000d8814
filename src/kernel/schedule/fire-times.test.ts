// What fire times promise: daylight saving, odd zones, month ends, intervals.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { intervalProblem, nextFireTimes } from './fire-times.ts'

const utc = (text: string) => Date.parse(`${text}Z`)

/** The next fire times as the wall clock of the zone shows them, with the offset. */
function wall(cron: string, timezone: string, after: string, count: number): string[] {
  return nextFireTimes({ cron, timezone }, utc(after), count).map((ms) =>
    Temporal.Instant.fromEpochMilliseconds(ms)
      .toZonedDateTimeISO(timezone)
      .toString({ smallestUnit: 'minute', timeZoneName: 'never' })
      .slice(5),
  )
}

describe('when the clock jumps forward', () => {
  test('a time that does not exist fires once, right after the gap', () => {
    expect(wall('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00', 3)).toEqual([
      '03-28T02:30+01:00',
      '03-29T03:00+02:00',
      '03-30T02:30+02:00',
    ])
  })
  test('several times in the gap fire once together', () => {
    expect(wall('0,15,30 2 * * *', 'Europe/Berlin', '2026-03-29T00:00', 2)).toEqual([
      '03-29T03:00+02:00',
      '03-30T02:00+02:00',
    ])
  })
  test('a midnight that does not exist fires at the first instant of its day', () => {
    expect(wall('0 0 * * *', 'Asia/Beirut', '2026-03-28T12:00', 2)).toEqual(['03-29T01:00+03:00', '03-30T00:00+03:00'])
  })
  test('an hourly schedule goes on hour by hour', () => {
    expect(wall('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30', 3)).toEqual([
      '03-29T01:00+01:00',
      '03-29T03:00+02:00',
      '03-29T04:00+02:00',
    ])
  })
  test('steps within the missing hour do not fire on that day', () => {
    expect(wall('*/30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00', 1)).toEqual(['03-30T02:00+02:00'])
  })
})

describe('when the clock goes back', () => {
  test('a time that occurs twice fires once, the first time', () => {
    expect(wall('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00', 2)).toEqual([
      '10-25T02:30+02:00',
      '10-26T02:30+01:00',
    ])
  })
  test('it does not fire again when asked in the second pass', () => {
    expect(wall('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10', 1)).toEqual(['10-26T02:30+01:00'])
  })
  test('a list or range of hours fires once for each', () => {
    expect(wall('0 1-3 * * *', 'Europe/Berlin', '2026-10-24T22:00', 3)).toEqual([
      '10-25T01:00+02:00',
      '10-25T02:00+02:00',
      '10-25T03:00+01:00',
    ])
  })
  test('an hourly schedule fires in both passes', () => {
    expect(wall('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30', 3)).toEqual([
      '10-25T02:00+02:00',
      '10-25T02:00+01:00',
      '10-25T03:00+01:00',
    ])
  })
})

test('zones with offsets of 30 and 45 minutes fire by their own clock', () => {
  expect(nextFireTimes({ cron: '0 9 * * *', timezone: 'Asia/Kolkata' }, utc('2026-01-01T00:00'), 1)).toEqual([
    utc('2026-01-01T03:30'),
  ])
  expect(nextFireTimes({ cron: '0 9 * * *', timezone: 'Asia/Kathmandu' }, utc('2026-01-01T00:00'), 1)).toEqual([
    utc('2026-01-01T03:15'),
  ])
  expect(wall('0 9 * * *', 'Australia/Lord_Howe', '2026-10-02T12:00', 2)).toEqual([
    '10-03T09:00+10:30',
    '10-04T09:00+11:00',
  ])
  expect(wall('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00', 1)).toEqual(['10-04T02:30+11:00'])
})

test('a day that a zone left out does not fire', () => {
  expect(wall('0 9 * * *', 'Pacific/Apia', '2011-12-29T00:00', 3)).toEqual([
    '12-29T09:00-10:00',
    '12-31T09:00+14:00',
    '01-01T09:00+14:00',
  ])
})

test('29 February fires in leap years only, also over a century that is none', () => {
  const years = nextFireTimes({ cron: '0 0 29 2 *' }, utc('2095-01-01T00:00'), 3).map((ms) =>
    new Date(ms).getUTCFullYear(),
  )
  expect(years).toEqual([2096, 2104, 2108])
})

test('the 31st leaves short months out, L takes the last day of each', () => {
  expect(wall('0 0 31 * *', 'UTC', '2026-01-31T00:00', 2)).toEqual(['03-31T00:00+00:00', '05-31T00:00+00:00'])
  expect(wall('0 0 L * *', 'UTC', '2028-01-31T00:00', 3)).toEqual([
    '02-29T00:00+00:00',
    '03-31T00:00+00:00',
    '04-30T00:00+00:00',
  ])
})

test('a day of month and a day of week together mean either', () => {
  expect(wall('0 0 15 * MON', 'UTC', '2026-06-08T00:00', 2)).toEqual(['06-15T00:00+00:00', '06-22T00:00+00:00'])
  expect(wall('0 0 13 * FRI', 'UTC', '2026-06-11T00:00', 2)).toEqual(['06-12T00:00+00:00', '06-13T00:00+00:00'])
})

test('a schedule that cannot be read never fires', () => {
  expect(nextFireTimes({ cron: 'soon' }, 0, 3)).toEqual([])
  expect(nextFireTimes({ cron: '0 9 * * *', timezone: 'Nowhere' }, 0, 3)).toEqual([])
  expect(nextFireTimes({ everyMs: 0, anchorMs: 0 }, 0, 3)).toEqual([])
})

test('a schedule ends where the calendar of cron does', () => {
  expect(nextFireTimes({ cron: '0 0 * * *' }, utc('2999-12-30T12:00'), 5)).toEqual([utc('2999-12-31T00:00')])
})

describe('an interval', () => {
  const schedule = { everyMs: 15 * 60_000, anchorMs: utc('2026-03-29T00:50') }
  test('fires first one interval after its anchor', () => {
    const first = [utc('2026-03-29T01:05'), utc('2026-03-29T01:20')]
    expect(nextFireTimes(schedule, schedule.anchorMs, 2)).toEqual(first)
    expect(nextFireTimes(schedule, utc('2020-01-01T00:00'), 2)).toEqual(first)
  })
  test('a fire time is not its own successor', () => {
    expect(nextFireTimes(schedule, utc('2026-03-29T01:05'), 1)).toEqual([utc('2026-03-29T01:20')])
    expect(nextFireTimes(schedule, utc('2026-03-29T01:05') - 1, 1)).toEqual([utc('2026-03-29T01:05')])
  })
  test('of less than a second, or of parts of a millisecond, is refused', () => {
    expect(intervalProblem(1000)).toBeUndefined()
    for (const everyMs of [999, 0, -1000, 1000.5, Number.NaN, Infinity])
      expect(intervalProblem(everyMs)).toContain('at most once a second')
  })
})

const oddZones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Beirut',
  'America/Caracas',
  'Pacific/Chatham',
  'Europe/Dublin',
  'Asia/Pyongyang',
  'UTC',
]

test('every day has exactly one fire time of a daily schedule, at its wall time or right after the gap that swallowed it', () => {
  const day = fc.integer({ min: 0, max: 365 * 40 })
  fc.assert(
    fc.property(fc.constantFrom(...oddZones), day, fc.nat(23), fc.nat(59), (zone, offset, hour, minute) => {
      const date = Temporal.PlainDate.from('1990-01-01').add({ days: offset })
      const startMs = date.toZonedDateTime(zone).epochMilliseconds
      const [fire] = nextFireTimes({ cron: `${minute} ${hour} * * *`, timezone: zone }, startMs - 1, 1)
      expect(fire).toBe(oracle(date.toPlainDateTime({ hour, minute }), zone))
    }),
    { numRuns: 400 },
  )
})

/** The same rule from the language's own calendar: the earlier of two, or the end of the gap. */
function oracle(time: Temporal.PlainDateTime, zone: string): number {
  const earlier = time.toZonedDateTime(zone, { disambiguation: 'earlier' })
  if (earlier.toPlainDateTime().equals(time)) return earlier.epochMilliseconds
  return earlier.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.NaN
}
