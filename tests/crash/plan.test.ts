// The plans of rounds: repeatable, and wide enough.

import { expect, test } from 'vitest'
import { faults, type Plan, planOf } from './plan.ts'
import { points } from './points.ts'
import { knownWorkflows } from './workflows.ts'

const many = (seed: number): Plan[] => Array.from({ length: 3000 }, (_, index) => planOf(seed, index + 1))

test('the plan of a round follows from the seed and its number alone', () => {
  const plans = many(7)
  expect(many(7)).toEqual(plans)
  for (const round of [1, 500, 999]) expect(planOf(7, round)).toEqual(plans[round - 1])
})

test('another seed and another round make another plan', () => {
  const plans = many(7).map((plan) => JSON.stringify({ ...plan, seed: 0, round: 0 }))
  expect(new Set(plans).size).toBeGreaterThan(2900)
  expect(many(8).filter((plan, index) => JSON.stringify(plan) === plans[index])).toEqual([])
})

test('every fault, every point and every workflow has its rounds', () => {
  const plans = many(7)
  expect(new Set(plans.map(({ fault }) => fault.name))).toEqual(new Set(faults))
  expect(new Set(plans.map(({ fault }) => fault.arm.point))).toEqual(new Set(points))
  expect(new Set(plans.map(({ workers }) => workers))).toEqual(new Set([1, 2, 3, 4]))
  const started = new Set(plans.flatMap(({ starts }) => starts.map(({ workflow }) => workflow)))
  const known = [...knownWorkflows('http://receiver.test').keys()]
  expect(started).toEqual(new Set(known.filter((name) => name !== 'child-of' && name !== 'schedule')))
})

test('within sixty rounds every fenced statement is sent by a worker that was taken over', () => {
  const zombies = many(7)
    .slice(0, 60)
    .filter(({ fault }) => fault.name === 'zombie')
  expect(new Set(zombies.map(({ fault }) => fault.arm.point))).toEqual(new Set(['claim', 'claim limited', 'append']))
})

test('a round starts between 5 and 40 executions, and one fault can be asked for', () => {
  for (const { starts } of many(7)) {
    const count = starts.reduce((sum, start) => sum + start.count, 0)
    expect(count).toBeGreaterThanOrEqual(5)
    expect(count).toBeLessThanOrEqual(40)
  }
  expect(planOf(7, 1, 'deadlock').fault.name).toBe('deadlock')
})
