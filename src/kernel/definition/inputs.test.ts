// cspell:ignore lage

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkInputs, withDefaults } from './inputs.ts'
import type { InputSchema } from './workflow.ts'

function problems(inputs: Record<string, InputSchema>, given: unknown, options = {}): readonly string[] {
  const result = checkInputs({ inputs }, given, options)
  return result.ok
    ? []
    : result.problems.map(
        ({ code, pointer, message, hint }) => `${code} ${pointer} ${message}${hint === undefined ? '' : ` ${hint}`}`,
      )
}

function value(inputs: Record<string, InputSchema>, given: unknown, options = {}): unknown {
  const result = checkInputs({ inputs }, given, options)
  return result.ok ? result.value : result.problems
}

describe('checkInputs', () => {
  test('what fits comes back, with defaults filled in', () => {
    const inputs: Record<string, InputSchema> = {
      order_id: { type: 'string' },
      amount: { type: 'number', default: 5 },
      note: { type: 'string', required: false },
      lines: {
        type: 'array',
        items: { type: 'object', properties: { sku: { type: 'string' }, count: { type: 'integer', default: 1 } } },
      },
    }
    expect(value(inputs, { order_id: 'A1', lines: [{ sku: 'x' }] })).toEqual({
      order_id: 'A1',
      amount: 5,
      lines: [{ sku: 'x', count: 1 }],
    })
  })

  test('a workflow without inputs takes nothing', () => {
    expect(checkInputs({}, undefined)).toEqual({ ok: true, value: {} })
    expect(problems({}, { a: 1 })).toEqual(['invalid_input /a There is no input `a`. Nothing is expected here.'])
  })

  test('every problem is told at once', () => {
    const inputs: Record<string, InputSchema> = {
      order_id: { type: 'string' },
      vendor: { type: 'string', description: 'Who delivers' },
      amount: { type: 'number', minimum: 0 },
      count: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
    }
    expect(problems(inputs, { amount: -1, count: 1.5, tags: ['a', 2], order: 'A1' })).toEqual([
      'invalid_input /order_id The input `order_id` is missing. It must be text.',
      'invalid_input /vendor The input `vendor` is missing. Who delivers',
      'invalid_input /amount The input `amount` must be at least 0, not the number -1.',
      'invalid_input /count The input `count` must be a whole number, not the number 1.5.',
      'invalid_input /tags/1 Entry 2 of the input `tags` must be text, not the number 2.',
      'invalid_input /order There is no input `order`. There are `order_id`, `vendor`, `amount`, `count` and `tags`.',
    ])
  })

  test.each([
    [{ type: 'number', maximum: 3 }, 4, 'must be at most 3, not the number 4.'],
    [{ type: 'string', minLength: 2 }, 'a', 'must have at least 2 characters; it has 1.'],
    [{ type: 'array', maxLength: 1 }, [1, 2], 'must have at most 1 entry; it has 2.'],
    [
      { type: 'string', enum: ['small', 'large'] },
      'lage',
      'must be `small` or `large`, not the text "lage". Did you mean `large`?',
    ],
    [{ type: 'object', enum: [{ a: 1, b: 2 }] }, { a: 1 }, 'must be `{"a":1,"b":2}`, not a mapping.'],
    [{ type: 'boolean' }, 'yes', 'must be `true` or `false`, not the text "yes".'],
    [{ type: 'string' }, null, 'must be text, not nothing.'],
    [{ type: 'object' }, [1], 'must be a mapping, not a list.'],
    [
      { type: 'string', format: 'date' },
      '2026-02-30',
      'must be a date such as "2026-11-21", not the text "2026-02-30".',
    ],
    [
      { type: 'string', format: 'date-time' },
      '9 am',
      'must be a time such as "2026-11-21T09:00:00Z", not the text "9 am".',
    ],
    [{ type: 'string', format: 'email' }, 'ana', 'must be an e-mail address, not the text "ana".'],
    [
      { type: 'string', format: 'uri' },
      'here',
      'must be an address such as "https://example.com/path", not the text "here".',
    ],
    [{ type: 'string', format: 'uuid' }, '1', 'must be a UUID, not the text "1".'],
  ] satisfies [InputSchema, unknown, string][])('%j refuses %j', (schema, given, expected) => {
    expect(problems({ x: schema }, { x: given })).toEqual([`invalid_input /x The input \`x\` ${expected}`])
  })

  test.each([
    [{ type: 'string', format: 'date' }, '2028-02-29'],
    [{ type: 'string', format: 'date-time' }, '2026-11-21T09:00:00+01:00'],
    [
      { type: 'object', enum: [{ a: 1, b: 2 }] },
      { b: 2, a: 1 },
    ],
    [{ type: 'array', minLength: 1, maxLength: 2 }, ['x', { y: null }]],
    [{ type: 'number', minimum: 1, maximum: 1 }, 1],
  ] satisfies [InputSchema, unknown][])('%j accepts %j', (schema, given) => {
    expect(value({ x: schema }, { x: given })).toEqual({ x: given })
  })

  test('a mapping whose fields are declared is checked within', () => {
    const inputs: Record<string, InputSchema> = {
      buyer: { type: 'object', properties: { name: { type: 'string' }, 'a/b': { type: 'number', required: false } } },
    }
    expect(problems(inputs, { buyer: { nam: 'Ana', 'a/b': 'x' } })).toEqual([
      'invalid_input /buyer/name `name` in the input `buyer` is missing. It must be text.',
      'invalid_input /buyer/a~1b `a/b` in the input `buyer` must be a number, not the text "x".',
      'invalid_input /buyer/nam There is no input `nam` in the input `buyer`. Did you mean `name`?',
    ])
  })

  test('undeclared fields pass where they are allowed, and only there', () => {
    const inputs: Record<string, InputSchema> = { id: { type: 'string' } }
    expect(value(inputs, { id: 'a', more: { x: [1] } }, { allowUnknown: true })).toEqual({ id: 'a', more: { x: [1] } })
  })

  test('an input whose declaration is broken takes anything', () => {
    expect(checkInputs({ inputs: { x: undefined } }, { x: [1] })).toEqual({ ok: true, value: { x: [1] } })
    expect(checkInputs({ inputs: { x: undefined } }, {})).toEqual({ ok: true, value: {} })
  })

  test('only mappings are inputs', () => {
    expect(problems({}, [1])).toEqual(['invalid_input  The inputs must be a mapping, not a list.'])
  })

  const text: InputSchema = { type: 'string' }

  test('prototype keys are refused wherever they hide, and names of Object.prototype are plain names', () => {
    const given = JSON.parse('{ "__proto__": { "admin": true }, "x": { "constructor": 1 }, "toString": 1 }')
    expect(problems({ x: { type: 'object' } }, given, { allowUnknown: true })).toEqual([
      'invalid_input /x/constructor The name `constructor` is not allowed. Choose another name.',
      'invalid_input /__proto__ The name `__proto__` is not allowed. Choose another name.',
    ])
    expect(problems({ valueOf: text }, {})).toEqual([
      'invalid_input /valueOf The input `valueOf` is missing. It must be text.',
    ])
    expect(value({}, Object.assign(Object.create(null), { a: 1 }), { allowUnknown: true })).toEqual({ a: 1 })
  })

  test('what is not JSON, or nested without end, is refused', () => {
    const round: Record<string, unknown> = {}
    round['self'] = round
    expect(problems({ x: { type: 'object' } }, { x: round })).toHaveLength(1)
    expect(problems({ x: { type: 'object' } }, { x: { when: undefined, how: () => 1 } })).toHaveLength(2)
    expect(problems({ x: { type: 'number' } }, { x: Number.NaN })).toHaveLength(1)
  })

  test('it never throws, and what it returns has been given or is a default', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 3 }), fc.boolean(), (given, allowUnknown) => {
        const result = checkInputs(
          { inputs: { a: { type: 'array', items: { type: 'string' }, default: [] } } },
          given,
          { allowUnknown },
        )
        if (result.ok) expect(JSON.parse(JSON.stringify(result.value))).toEqual(result.value)
      }),
    )
  })
})

test('what a later version adds with a default is filled in, and what was given stays', () => {
  const fields = {
    size: { type: 'number', default: 3 },
    note: { type: 'string' },
    kept: { type: 'string', default: 'x' },
  } as const
  expect(withDefaults(fields, { kept: 'mine', other: 1 })).toEqual({ size: 3, kept: 'mine', other: 1 })
  expect(withDefaults(undefined, { a: 1 })).toEqual({ a: 1 })
  expect(withDefaults({ broken: undefined }, {})).toEqual({})
})
