import { expect, test } from 'vitest'
import { tableLines } from './table.ts'

test('columns are aligned, and no line ends in spaces', () => {
  expect(
    tableLines(
      ['ID', 'NAME'],
      [
        ['1', 'a'],
        ['long', ''],
      ],
    ),
  ).toEqual(['ID    NAME', '1     a', 'long'])
})
