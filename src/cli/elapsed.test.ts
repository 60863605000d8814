import { expect, test } from 'vitest'
import { sayClock, sayElapsed, sayMoment, sayUntil, shortId } from './elapsed.ts'

test.each([
  [0, '0.0s'],
  [230, '0.2s'],
  [59_900, '59.9s'],
  [59_999, '1m'],
  [192_000, '3m 12s'],
  [3_600_000, '1h'],
  [18_180_000, '5h 3m'],
  [187_200_000, '2d 4h'],
  [-5, '0.0s'],
])('%i ms are said in at most two units', (ms, said) => {
  expect(sayElapsed(ms)).toBe(said)
})

test('a moment to come is counted from now, one that has passed is now', () => {
  expect(sayUntil(10_000, 4000)).toBe('in 6.0s')
  expect(sayUntil(4000, 4000)).toBe('now')
})

test('a moment is said with its date, in the time zone of the machine', () => {
  const at = new Date(2026, 10, 21, 9, 4, 5).getTime()
  expect(sayMoment(at)).toBe('2026-11-21 09:04:05')
  expect(sayClock(at)).toBe('09:04:05')
})

test('a short id holds the whole millisecond and more, so that neighbours differ', () => {
  expect(shortId('01a1fdfd-e31a-74ee-b328-9d4fb950ea99')).toBe('01a1fdfd-e31a-74ee')
})
