// cspell:ignore chek stepnumber

import { describe, expect, test } from 'vitest'
import { sayChoices, sayList, sayThere, sayValue, suggest } from './wording.ts'

describe('suggestions', () => {
  test('a slip of the pen is recognised, another word is not', () => {
    expect(suggest('inventory.chek', ['http.request', 'inventory.check'])).toBe('Did you mean `inventory.check`?')
    expect(suggest('depend_on', ['depends_on', 'on_error'])).toBe('Did you mean `depends_on`?')
    expect(suggest('fax', ['log', 'delay'], 'Try the post.')).toBe('Try the post.')
  })

  test('among many names of one length the right one is found', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `step_number_${index + 1000}`)
    expect(suggest('stepnumber_1437', names)).toBe('Did you mean `step_number_1437`?')
    expect(suggest('step_number_x437', names)).toMatch(/^Did you mean `step_number_1?/)
  })
})

describe('lists', () => {
  test('read like a sentence', () => {
    expect([sayChoices(['a']), sayChoices(['a', 'b']), sayChoices(['a', 'b', 'c'], 'and'), sayList([])]).toEqual([
      '`a`',
      '`a` or `b`',
      '`a`, `b` and `c`',
      '',
    ])
  })

  test('are cut when they are long', () => {
    expect(sayThere(Array.from({ length: 20 }, (_, index) => String(index)))).toMatch(/`11` and 8 more\.$/)
  })
})

test('values are named by what they are', () => {
  expect(['a', '', 1, false, null, undefined, [], {}].map(sayValue)).toEqual([
    'the text "a"',
    'an empty text',
    'the number 1',
    '`false`',
    'nothing',
    'nothing',
    'a list',
    'a mapping',
  ])
})
