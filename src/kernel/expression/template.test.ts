import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTemplate } from './template.ts'

const sources = (text: string) =>
  parseTemplate(text).parts.map((part) => (typeof part === 'string' ? part : [part.source]))

test('a string splits into its text and its expressions', () => {
  expect(sources('PO {{ trigger.id }} for {{trigger.amount}}!')).toEqual([
    'PO ',
    ['trigger.id'],
    ' for ',
    ['trigger.amount'],
    '!',
  ])
  expect(sources('no braces')).toEqual(['no braces'])
  expect(sources('')).toEqual([])
})

test('an expression knows where its source starts', () => {
  const [, part] = parseTemplate('ab{{   x }}').parts
  expect(part).toEqual({ source: 'x', offset: 7 })
})

test('one expression with nothing but white space around it is single', () => {
  expect(parseTemplate('{{ x }}').single).toEqual({ source: 'x', offset: 3 })
  expect(parseTemplate('  {{ x }}\n').single?.source).toBe('x')
  expect(parseTemplate('{{ x }}.').single).toBeUndefined()
  expect(parseTemplate('{{ x }}{{ y }}').single).toBeUndefined()
  expect(parseTemplate('text').single).toBeUndefined()
})

test('braces that belong to quotes, maps and comments do not end the expression', () => {
  expect(sources(`{{ '}}' }}`)).toEqual([[`'}}'`]])
  expect(sources(`{{ "a\\"}}" }}`)).toEqual([[`"a\\"}}"`]])
  expect(sources(`{{ """}} ' " }}""" }}`)).toEqual([[`"""}} ' " }}"""`]])
  expect(sources('{{ {"a": {"b": 1}} }}')).toEqual([['{"a": {"b": 1}}']])
  expect(sources('{{ {"a": 1}}}')).toEqual([['{"a": 1}']])
  expect(sources("{{ a // don't\n + b }}")).toEqual([["a // don't\n + b"]])
  expect(sources('{{ a // note }} b')).toEqual([['a // note'], ' b'])
  expect(sources('{{ a } b }}')).toEqual([['a } b']])
})

test('an expression that is never closed is a problem at its braces', () => {
  for (const text of ['ab{{ x', `ab{{ 'x }}`, 'ab{{ x // y', 'ab{{ {"a": 1}']) {
    expect(parseTemplate(text).problems).toEqual([expect.objectContaining({ code: 'expression_syntax', offset: 2 })])
  }
})

test('any text without two opening braces is itself', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes('{{') && text !== '')
      expect(parseTemplate(text).parts).toEqual([text])
    }),
  )
})
