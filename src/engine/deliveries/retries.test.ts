// When a delivery is tried again: soon, then ever later, and at last no more.

import { expect, test } from 'vitest'
import { waitAfter } from './retries.ts'

test('the waits grow from seconds to a day, and end', () => {
  const seconds = [1, 2, 3, 4, 5, 6, 7].map((tries) => (waitAfter(tries, 0) ?? 0) / 1000)
  expect(seconds).toEqual([5, 30, 120, 600, 3600, 21_600, 86_400])
  expect(waitAfter(8, 0)).toBeUndefined()
})

test('chance adds up to a fifth, so that what failed together does not come back together', () => {
  expect(waitAfter(1, 1)).toBe(6000)
  expect(waitAfter(7, 0.5)).toBe(95_040_000)
})
