// What grouping promises: nobody waits for a timer, nobody fails for another, and no group gets too heavy.

import { expect, test } from 'vitest'
import { grouped, type Grouping } from './grouped.ts'

/** Doubles what it is given, and tells with which groups it was called. It refuses 3. */
function doubler(given: Partial<Grouping<number>> = {}) {
  const groups: (readonly number[])[] = []
  let underWay = 0
  const double = grouped<number, number>(
    async (items) => {
      groups.push(items)
      expect(++underWay).toBe(1)
      await Promise.resolve()
      underWay--
      if (items.includes(3)) throw new Error('3 is refused')
      return items.map((item) => item * 2)
    },
    { most: 100, ...given },
  )
  return { double, groups }
}

test('what arrives while a group is under way goes together into the next', async () => {
  const { double, groups } = doubler()
  expect(await Promise.all([1, 2, 4, 5].map(double))).toEqual([2, 4, 8, 10])
  expect(await double(6)).toBe(12)
  expect(groups).toEqual([[1], [2, 4, 5], [6]])
})

test('where it gathers, what comes within one turn goes together from the first on', async () => {
  const { double, groups } = doubler({ gathers: true })
  expect(await Promise.all([1, 2, 4].map(double))).toEqual([2, 4, 8])
  expect(groups).toEqual([[1, 2, 4]])
})

test('a group is never larger than allowed', async () => {
  const { double, groups } = doubler({ most: 2 })
  await Promise.all([1, 2, 4, 5].map(double))
  expect(groups).toEqual([[1], [2, 4], [5]])
})

test('a group that is too heavy is worked on in halves, and one item may weigh what it likes', async () => {
  const { double, groups } = doubler({ weigh: (item) => item, heaviest: 10 })
  expect(await Promise.all([1, 5, 4, 2, 99].map(double))).toEqual([2, 10, 8, 4, 198])
  expect(groups).toEqual([[1], [5, 4], [2], [99]])
})

test('of a group that fails only the item to blame fails, and halves follow one another', async () => {
  const { double, groups } = doubler()
  const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map(double))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(groups).toEqual([[0], [1, 2, 3, 4], [1, 2], [3, 4], [3], [4]])
})

test('a group that may not be tried again fails as a whole, and the next is worked on', async () => {
  const { double, groups } = doubler({ mayTryAgain: () => Promise.resolve(false) })
  const outcomes = await Promise.allSettled([0, 1, 3, 4].map(double))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
  expect(await double(5)).toBe(10)
  expect(groups).toEqual([[0], [1, 3, 4], [5]])
})
