// What durations promise.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['48h', 172_800_000],
  ['2d', 172_800_000],
  ['1w', 604_800_000],
  ['1h30m', 5_400_000],
  ['1m500ms', 60_500],
  ['1.5h', 5_400_000],
  ['0s', 0],
  ['PT5M', 300_000],
  ['PT0.5S', 500],
  ['P1D', 86_400_000],
  ['P1DT2H', 93_600_000],
  ['P2W', 1_209_600_000],
  ['3653d', 315_619_200_000],
])('%s is read as %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each([
  '',
  'P',
  'PT',
  'P1DT',
  'P1Y',
  'P1M',
  '5',
  '5M',
  '-5m',
  '5 m',
  '1m1h',
  '1h30',
  '1e3s',
  '.5s',
  '5m ',
  'tomorrow',
  '3654d',
  `${'9'.repeat(64)}s`,
])('"%s" is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test('the short form and ISO 8601 agree on every duration', () => {
  const part = fc.integer({ min: 0, max: 500 })
  fc.assert(
    fc.property(part, part, part, part, (d, h, m, s) => {
      expect(parseDuration(`${d}d${h}h${m}m${s}s`)).toBe(((d * 24 + h) * 60 + m) * 60_000 + s * 1000)
      expect(parseDuration(`P${d}DT${h}H${m}M${s}S`)).toBe(parseDuration(`${d}d${h}h${m}m${s}s`))
    }),
  )
})

test('any text is read or refused, and what is read is a whole number of milliseconds within ten years', () => {
  const near = fc.string({ unit: fc.constantFrom(...'0123456789.PTWDHMSwdhms-+ '), maxLength: 80 })
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      const ms = parseDuration(text)
      expect(ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= 3653 * 86_400_000)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test.each([
  [0, '0 ms'],
  [0.4, '0 ms'],
  [-0.4, '0 ms'],
  [450, '450 ms'],
  [999.7, '1 s'],
  [1500, '1.5 s'],
  [9999, '9.9 s'],
  [12_345, '12 s'],
  [60_000, '1 min'],
  [90_000, '1 min 30 s'],
  [20_520_000, '5 h 42 min'],
  [86_399_999, '23 h 59 min'],
  [86_400_000, '1 d'],
  [97_200_000, '1 d 3 h'],
  [-1500, '−1.5 s'],
])('%d ms is written as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})
