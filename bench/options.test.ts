// What the command line of the benches promises.

import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

const known = ['W1', 'W2', 'fairness']

test('without options everything runs at full size', () => {
  expect(readOptions([], known)).toEqual({ quick: false, list: false, only: [], scale: 1 })
})

test('some are picked by name', () => {
  expect(readOptions(['--only', 'W1, fairness', '--scale', '0.1'], known)).toEqual({
    quick: false,
    list: false,
    only: ['W1', 'fairness'],
    scale: 0.1,
  })
})

test('a name that is unknown is named, with those that are known', () => {
  expect(() => readOptions(['--only', 'W1,W9'], known)).toThrow(
    'There is no bench named "W9". Known: W1, W2, fairness.',
  )
})

test('a scale that is none is refused', () => {
  for (const scale of ['0', '-1', 'much', '']) {
    expect(() => readOptions([`--scale=${scale}`], known)).toThrow(`"${scale}" is none`)
  }
})
