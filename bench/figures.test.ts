// What the report of figures promises.

import { expect, test } from 'vitest'
import { figureLines, figureTable } from './figures.ts'

const figures = [
  { name: 'no-op steps', value: 123_456.7, unit: 'steps/s', note: '4 workers' },
  { name: 'one step', value: 0.4519, unit: 'ms' },
]

test('the table lines up, and compares only what is per second with the reference', () => {
  expect(figureTable(figures, 6000)).toBe(
    ['no-op steps  123,457  steps/s  20.6 × reference  4 workers', 'one step       0.452  ms'].join('\n'),
  )
})

test('without a reference nothing is compared', () => {
  expect(figureTable(figures)).not.toContain('reference')
})

test('each figure is one line of JSON with its full value', () => {
  const lines = figureLines(figures, 6000).split('\n')
  expect(lines).toEqual([
    '{"name":"no-op steps","value":123456.7,"unit":"steps/s","note":"4 workers","times_reference":20.58}',
    '{"name":"one step","value":0.4519,"unit":"ms"}',
  ])
})
