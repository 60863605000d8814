import { expect, test } from 'vitest'
import { Attempts } from './attempts.ts'

function open() {
  let ms = 0
  const attempts = new Attempts(() => ms, 1000)
  return { attempts, pass: (by: number) => void (ms += by) }
}

test('who has used theirs up waits for the window to end; others do not', () => {
  const { attempts, pass } = open()
  expect([attempts.take({ a: 2 }), attempts.take({ a: 2 }), attempts.take({ a: 2 })]).toEqual([true, true, false])
  expect(attempts.take({ b: 2 })).toBe(true)
  pass(999)
  expect(attempts.take({ a: 2 })).toBe(false)
  pass(1)
  expect(attempts.take({ a: 2 })).toBe(true)
})

test('of several keys the one that is used up decides, and the others lose nothing', () => {
  const { attempts } = open()
  expect(attempts.take({ a: 1, b: 2 })).toBe(true)
  expect(attempts.take({ a: 1, b: 2 })).toBe(false)
  expect(attempts.take({ b: 2 })).toBe(true)
})

test('what succeeded is given back, and never more than was taken', () => {
  const { attempts } = open()
  attempts.take({ a: 1 })
  attempts.giveBack({ a: 1, unknown: 1 })
  attempts.giveBack({ a: 1 })
  expect([attempts.take({ a: 1 }), attempts.take({ a: 1 })]).toEqual([true, false])
})

test('somebody who makes up keys without end does not fill the memory', () => {
  const { attempts } = open()
  for (let index = 0; index < 60_000; index++) attempts.take({ [`k${index}`]: 1 })
  // The oldest were forgotten, the newest were not.
  expect(attempts.take({ k0: 1 })).toBe(true)
  expect(attempts.take({ k59999: 1 })).toBe(false)
})
