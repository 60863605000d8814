import { expect, test } from 'vitest'
import { judgeRate, neverUnusual, usualOverMs, watchedMs } from './unusual-rate.ts'

const hours = usualOverMs / watchedMs

test('thirty runs an hour are never unusual, one more is where there is no habit', () => {
  expect(judgeRate({ runs: neverUnusual, before: 0, knownMs: usualOverMs * 2 }).isUnusual).toBe(false)
  expect(judgeRate({ runs: neverUnusual + 1, before: 0, knownMs: usualOverMs * 2 })).toEqual({
    usual: 0,
    isUnusual: true,
  })
})

test('what is much used may run ten times as often as usual', () => {
  const before = 12 * hours
  expect(judgeRate({ runs: 120, before, knownMs: usualOverMs * 2 })).toEqual({ usual: 12, isUnusual: false })
  expect(judgeRate({ runs: 121, before, knownMs: usualOverMs * 2 })).toEqual({ usual: 12, isUnusual: true })
})

test('a young template is held against the time since its first run, and at least a day', () => {
  expect(judgeRate({ runs: 100, before: 480, knownMs: 49 * watchedMs }).usual).toBe(10)
  expect(judgeRate({ runs: 100, before: 48, knownMs: 2 * watchedMs }).usual).toBe(2)
})
