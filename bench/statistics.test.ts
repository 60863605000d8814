// What the statistics of the benches promise.

import { expect, test } from 'vitest'
import { latencies, median, percentile, perSecond, slope } from './statistics.ts'

const upToHundred = Array.from({ length: 100 }, (_, index) => 100 - index)

test('a percentile is a value that was measured, whatever the order', () => {
  expect(median(upToHundred)).toBe(51)
  expect(percentile(upToHundred, 0.99)).toBe(100)
  expect(percentile([7], 0.99)).toBe(7)
  expect(percentile([], 0.5)).toBeNaN()
  expect(latencies([3, 1, 2], 'wake_')).toEqual({ wake_p50_ms: 2, wake_p99_ms: 3 })
})

test('a rate is per second of milliseconds', () => {
  expect(perSecond(50, 100)).toBe(500)
})

test('the slope is that of the line through the points, and near it where they scatter', () => {
  expect(slope([0, 1, 2, 3].map((x) => ({ x, y: 5 + 2 * x })))).toBe(2)
  const scattered = [0, 1, 2, 3].map((x) => ({ x, y: 5 + 2 * x + (x % 2 === 0 ? 0.1 : -0.1) }))
  expect(slope(scattered)).toBeCloseTo(1.96)
})
