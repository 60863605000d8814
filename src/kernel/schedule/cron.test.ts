// What the checks of cron expressions and time zones promise.

import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { cronProblem, readCron, timeZoneProblem } from './cron.ts'
import { nextFireTimes } from './fire-times.ts'

test.each([
  '* * * * *',
  '0 9 * * MON',
  '*/5 8-18 * * MON-FRI',
  '30 0 9 * * 1',
  '0 0 L * *',
  '0 0 15W * *',
  '0 0 * * FRI#2',
  '0 0 29 2 *',
  '@daily',
])('"%s" can be used', (expr) => {
  expect(cronProblem(expr)).toBeUndefined()
})

test('a field that cannot be read is named, with what it accepts', () => {
  expect(cronProblem('61 9 * * MON')).toBe(
    'The cron expression "61 9 * * MON" cannot be read. Its minute is "61": write 0 to 59, *, a range (a-b), a list (a,b) or a step (*/n).',
  )
  expect(cronProblem('0 61 9 * * MON')).toContain('Its minute is "61"')
  expect(cronProblem('0 9:30 * * *')).toContain('Its hour is "9:30"')
})

test('all fields that cannot be read are named at once', () => {
  expect(cronProblem('0 x 32 * MON#6')).toMatch(/hour is "x".*day of month is "32".*day of week is "MON#6"/)
})

test.each([
  ['', 0],
  ['0 9 * *', 4],
  ['0 0 9 * * MON 2027', 7],
  ['2027-01-01T00:00:00Z', 1],
])('"%s" is refused for its number of fields', (expr, count) => {
  expect(cronProblem(expr)).toContain(`has ${count}`)
})

test.each(['@fortnightly', '@reboot'])('%s is refused with the names that exist', (expr) => {
  expect(cronProblem(expr)).toContain('Write @hourly, @daily')
})

test.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *', '* * 31 2 *'])('"%s" is refused because its day never comes', (expr) => {
  expect(cronProblem(expr)).toContain('never fires')
})

test('an expression of boundless length is refused unread', () => {
  expect(cronProblem(`${'1,'.repeat(5000)}1 * * * *`)).toBe(
    'The cron expression has 10009 characters; write at most 200.',
  )
})

test('any text has a problem or a next fire time', () => {
  const near = fc.string({ unit: fc.constantFrom(...'0123456789*/,-#LW?@ MONJAN'), maxLength: 30 })
  const five = fc.tuple(near, near, near, near, near).map((parts) => parts.join(' '))
  const numbers = fc
    .tuple(fc.nat(62), fc.nat(25), fc.nat(32), fc.nat(13), fc.constantFrom('*', '7', '+1', 'L', 'FRIL', '8'))
    .map((parts) => parts.join(' '))
  fc.assert(
    fc.property(fc.oneof(near, five, numbers), (expr) => {
      const problem = cronProblem(expr)
      const [next] = nextFireTimes({ cron: expr }, Date.UTC(2026, 10, 21), 1)
      expect(problem === undefined).toBe(next !== undefined)
    }),
    { numRuns: 1000 },
  )
})

test.each([
  'UTC',
  'Europe/Berlin',
  'europe/berlin',
  'Asia/Kathmandu',
  'Asia/Calcutta',
  'America/Argentina/Buenos_Aires',
  'Etc/GMT+5',
])('%s is a time zone', (zone) => {
  expect(timeZoneProblem(zone)).toBeUndefined()
})

test.each(['', '+02:00', '-05', 'Europe/Berln', 'constructor', 'Etc/Unknown', 'Berlin'])(
  '"%s" is no time zone',
  (zone) => {
    expect(timeZoneProblem(zone)).toBe(
      `"${zone}" is not an IANA time zone. Write one such as "Europe/Berlin" or "UTC".`,
    )
  },
)

test('reading an expression sets no timer', () => {
  vi.useFakeTimers()
  const cron = readCron('* * * * * *', 'UTC')
  cron?.nextRun(new Date(0))
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

test('an expression in an unknown zone is not read', () => {
  expect(readCron('* * * * *', 'Nowhere')).toBeUndefined()
})
