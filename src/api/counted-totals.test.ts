// What totals promise: counted where a page does not say them, and a large one not again for a moment.

import { expect, test } from 'vitest'
import { totalOf } from './counted-totals.ts'

let now = 1000
const page = { limit: 10, offset: 0, seen: 10 }

function counting(answers: readonly number[], takesMs = 0) {
  const left = [...answers]
  return async () => {
    now += takesMs
    return left.shift() ?? -1
  }
}
const totalAt = (key: string, count: () => Promise<number>, given: Partial<typeof page> = {}) =>
  totalOf({ ...page, ...given }, key, () => now, count)

test('a page that is not full says it by itself', async () => {
  const count = counting([])
  expect(await totalAt('a', count, { seen: 3 })).toBe(3)
  expect(await totalAt('a', count, { seen: 3, offset: 20 })).toBe(23)
  expect(await totalAt('a', count, { seen: 0 })).toBe(0)
})

test('a small total is counted each time, also for a page behind the last', async () => {
  const count = counting([12, 13, 14])
  expect(await totalAt('b', count)).toBe(12)
  expect(await totalAt('b', count)).toBe(13)
  expect(await totalAt('b', count, { seen: 0, offset: 50 })).toBe(14)
})

test('a large total, or one that took long, is remembered for three seconds', async () => {
  const [large, slow] = [counting([5000, 5001]), counting([2, 30], 40)]
  expect([await totalAt('c', large), await totalAt('c', large)]).toEqual([5000, 5000])
  expect(await totalAt('d', slow, { seen: 0, offset: 9 })).toBe(2)
  // Never fewer than are seen.
  expect(await totalAt('d', slow, { offset: 10 })).toBe(20)
  now += 3000
  expect([await totalAt('c', large), await totalAt('d', slow)]).toEqual([5001, 30])
})

test('what is remembered stays bounded', async () => {
  for (let key = 0; key <= 2000; key++) await totalAt(`many ${key}`, counting([1000]))
  expect(await totalAt('many 0', counting([1001]))).toBe(1001)
})
