import { expect, test } from 'vitest'
import { sayNames } from './names.ts'

test('names are joined as in a sentence', () => {
  expect([[], ['Ana'], ['Ana', 'Ben'], ['Ana', 'Ben', 'Cleo']].map(sayNames)).toEqual([
    'nobody',
    'Ana',
    'Ana and Ben',
    'Ana, Ben and Cleo',
  ])
})
