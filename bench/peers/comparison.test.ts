// What the comparison promises.

import { expect, test } from 'vitest'
import { compare, comparisonLines, comparisonTable } from './comparison.ts'
import type { Turn } from './turn.ts'

const turn = (linearPerSecond: number, fanPerSecond: number, singleP50Ms: number, singleP99Ms: number): Turn => ({
  linearPerSecond,
  fanPerSecond,
  singleP50Ms,
  singleP99Ms,
})

const comparisons = compare(
  'peer',
  [turn(100, 20, 40, 90), turn(120, 10, 20, 80), turn(80, 30, 30, 100)],
  [turn(3000, 500, 5, 10), turn(1000, 700, 6, 20), turn(2000, 600, 4, 12)],
)

test('each figure is the median of its rounds, one line of JSON each, with how many times as fast ours is', () => {
  expect(comparisonLines(comparisons).split('\n')).toEqual([
    '{"bench":"W1","peer":"peer","workflows_per_s":100,"ours_workflows_per_s":2000,"ratio":20}',
    '{"bench":"W2","peer":"peer","workflows_per_s":20,"ours_workflows_per_s":600,"ratio":30}',
    '{"bench":"W3","peer":"peer","p50_ms":30,"p99_ms":90,"ours_p50_ms":5,"ours_p99_ms":12,"ratio":6}',
  ])
})

test('the table lines up', () => {
  expect(comparisonTable(comparisons)).toBe(
    [
      '    peer              theirs               ours  times as fast',
      'W1  peer     100 workflows/s   2000 workflows/s           20 ×',
      'W2  peer      20 workflows/s    600 workflows/s           30 ×',
      'W3  peer  p50 30 / p99 90 ms  p50 5 / p99 12 ms            6 ×',
    ].join('\n'),
  )
})
