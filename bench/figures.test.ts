// What the report of figures promises.

import { expect, test } from 'vitest'
import { figureLine, figureLines, figureTable } from './figures.ts'

const figures = [
  { bench: 'W1', values: { steps_per_s: 123_456.7, workflows_per_s: 12_345.67 } },
  { bench: 'W3', values: { p50_ms: 0.451_94, note: 'one at a time' } },
]

test('the table lines up, and compares only what is per second with the reference', () => {
  expect(figureTable(figures, 6000)).toBe(
    [
      'W1        123,457  steps/s      20.6 × reference',
      '           12,346  workflows/s',
      'W3          0.452  p50 ms',
      '    one at a time  note',
    ].join('\n'),
  )
})

test('without a reference nothing is compared', () => {
  expect(figureTable(figures)).not.toContain('reference')
  expect(figureLines(figures)).not.toContain('reference')
})

test('each figure is one line of JSON, with the reference of its run', () => {
  expect(figureLines(figures, 6000).split('\n')).toEqual([
    '{"bench":"W1","steps_per_s":123456.7,"workflows_per_s":12345.67,"reference_tps":6000,"times_reference":20.58}',
    '{"bench":"W3","p50_ms":0.452,"note":"one at a time","reference_tps":6000}',
  ])
})

test('a figure without values is its name alone', () => {
  expect(figureLine({ bench: 'W1', values: {} }, 6000)).toBe('{"bench":"W1","reference_tps":6000}')
})
