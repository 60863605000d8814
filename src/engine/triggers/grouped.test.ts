// What grouping promises: nobody waits for a timer, and nobody fails for another.

import { expect, test } from 'vitest'
import { grouped } from './grouped.ts'

const opened = () => Promise.withResolvers<void>()

test('what arrives while a group is under way goes together into the next', async () => {
  const sizes: number[] = []
  const gate = opened()
  const double = grouped<number, number>(async (items) => {
    sizes.push(items.length)
    await gate.promise
    return items.map((item) => item * 2)
  }, 100)
  const first = double(1)
  const others = [2, 3, 4].map((item) => double(item))
  gate.resolve()
  expect(await Promise.all([first, ...others])).toEqual([2, 4, 6, 8])
  expect(sizes).toEqual([1, 3])
  expect(await double(5)).toBe(10)
})

test('a group is never larger than allowed', async () => {
  const sizes: number[] = []
  const same = grouped<number, number>((items) => {
    sizes.push(items.length)
    return Promise.resolve(items)
  }, 3)
  expect(await Promise.all([1, 2, 3, 4, 5, 6, 7].map(same))).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(sizes).toEqual([1, 3, 3])
})

test('of a group that fails only the item to blame fails', async () => {
  const gate = opened()
  const check = grouped<number, number>(async (items) => {
    await gate.promise
    if (items.includes(3)) throw new Error('3 is refused')
    return items
  }, 100)
  const calls = [1, 2, 3, 4].map((item) => check(item))
  gate.resolve()
  const outcomes = await Promise.allSettled(calls)
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})
