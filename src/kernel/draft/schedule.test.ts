// What the schedule of a draft promises.

import { expect, test } from 'vitest'
import { draftSchedule, nextTime, scheduleProblems } from './schedule.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const mondays = draftSchedule.parse({ cron: '0 9 * * MON', timezone: 'Europe/Berlin' })

test('a moment is planned once, and only one that is to come', () => {
  const at = { at: '2026-12-01T09:00:00+01:00' }
  expect(scheduleProblems(at, now)).toEqual([])
  expect(nextTime(at, now)).toBe(Date.parse('2026-12-01T08:00:00Z'))
  expect(nextTime(at, Date.parse('2026-12-01T08:00:00Z'))).toBeUndefined()
  expect(scheduleProblems({ at: '2026-11-21T11:00:00Z' }, now)).toEqual([
    {
      code: 'invalid_input',
      message: 'The conversion is planned for 2026-11-21T11:00:00Z, which is over. Name a moment to come.',
      pointer: '/schedule/at',
    },
  ])
})

test('a recurring one goes by the clock of its time zone', () => {
  expect(scheduleProblems(mondays, now)).toEqual([])
  expect(nextTime(mondays, now)).toBe(Date.parse('2026-11-23T08:00:00Z'))
})

test('all that is wrong with it is said at once', () => {
  const problems = scheduleProblems({ cron: 'often', timezone: 'Mars' }, now)
  expect(problems.map(({ code, pointer }) => [code, pointer])).toEqual([
    ['invalid_cron', '/schedule/cron'],
    ['invalid_timezone', '/schedule/timezone'],
  ])
})
