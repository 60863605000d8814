import { expect, test } from 'vitest'
import { reportLines, sayProblemCount } from './problem-report.ts'
import { plain } from './terminal.ts'

const source = 'name: order\nsteps:\n\t- id: send\n'

test('a problem is shown with its place, its line, a caret below the column, and the hint', () => {
  const problem = {
    code: 'unknown_action',
    message: 'No action `lgo`.',
    hint: 'Did you mean `log`?',
    line: 2,
    column: 3,
  } as const
  expect(reportLines('order.yaml', source, [problem], plain)).toEqual([
    'order.yaml:2:3  unknown_action  No action `lgo`.',
    '   2 | steps:',
    '     |   ^',
    '  hint: Did you mean `log`?',
    '',
  ])
})

test('the caret stands below its character also after a tab', () => {
  const lines = reportLines('order.yaml', source, [{ code: 'schema', message: 'No.', line: 3, column: 4 }], plain)
  expect(lines.slice(1, 3)).toEqual(['   3 |  - id: send', '     |    ^'])
})

test('a long line is cut around the place', () => {
  const long = `${'x'.repeat(300)}!${'y'.repeat(300)}`
  const [, excerpt = '', caret = ''] = reportLines(
    'f',
    long,
    [{ code: 'schema', message: 'No.', line: 1, column: 301 }],
    plain,
  )
  expect(excerpt.length).toBeLessThan(120)
  expect(excerpt[caret.indexOf('^')]).toBe('!')
})

test('a problem without a place is shown without an excerpt', () => {
  expect(reportLines('f', source, [{ code: 'schema', message: 'No.' }], plain)).toEqual(['f  schema  No.', ''])
})

test('one problem is not "1 problems"', () => {
  expect([1, 2].map(sayProblemCount)).toEqual(['1 problem', '2 problems'])
})
