import { expect, test } from 'vitest'
import { plain } from '../terminal.ts'
import type { StepRow } from './step-rows.ts'
import { type TreeHead, treeLines } from './tree.ts'

const head: TreeHead = {
  workflow: 'order',
  version: 2,
  executionId: '01a1fdfd-e31a-74ee-b328-9d4fb950ea99',
  status: 'running',
  elapsedMs: 12_300,
  note: undefined,
}
const row = (id: string, status: StepRow['status'], detail = ''): StepRow => ({ id, status, elapsedMs: 200, detail })

test('steps hang below their execution, with aligned columns', () => {
  const rows = [
    row('stock', 'completed'),
    row('sign_off', 'waiting for a person', 'approval 1'),
    { ...row('send', 'not yet'), elapsedMs: undefined },
  ]
  expect(treeLines(head, rows, { columns: 80, rows: 24 }, plain)).toEqual([
    'order v2  01a1fdfd-e31a-74ee  running  12.3s',
    '├─ ✓ stock     completed                 0.2s',
    '├─ ◆ sign_off  waiting for a person      0.2s  approval 1',
    '└─ · send      not yet',
  ])
})

test('no line is wider than the terminal, and none holds a line break', () => {
  const rows = [
    row('send', 'failed', `first\nsecond ${'long '.repeat(40)}`),
    row('a_step_with_a_name_that_is_wider_than_that', 'working'),
  ]
  for (const columns of [20, 40, 60]) {
    const lines = treeLines({ ...head, note: 'Paused: '.repeat(20) }, rows, { columns, rows: 24 }, plain)
    for (const line of lines) {
      expect(line.length).toBeLessThan(columns)
      expect(line).not.toContain('\n')
    }
  }
})

test('when not all rows fit, what matters is shown and the rest is counted', () => {
  const rows = [
    ...Array.from({ length: 30 }, (_, index) => row(`done_${index}`, 'completed')),
    row('bad', 'failed'),
    row('ask', 'waiting for a person'),
    ...Array.from({ length: 5 }, (_, index) => row(`later_${index}`, 'not yet')),
  ]
  const lines = treeLines(head, rows, { columns: 80, rows: 10 }, plain)
  expect(lines.length).toBeLessThanOrEqual(9)
  expect(lines.join('\n')).toContain('bad')
  expect(lines.join('\n')).toContain('ask')
  expect(lines.at(-1)).toBe('└─ 32 more: 27 completed, 5 not yet')
})
