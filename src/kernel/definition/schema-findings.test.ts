import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { schemaFindings } from './schema-findings.ts'

/** What is said of a value: message, then hint. */
function said(schema: z.ZodType, value: unknown): readonly string[] {
  const issues = schema.safeParse(value).error?.issues ?? []
  return schemaFindings(issues, { code: 'schema', schema, value, pointer: '', name: 'the config' }).flatMap(
    ({ message, hint }) => {
      const advice = typeof hint === 'function' ? hint() : hint
      return advice === undefined ? [message] : [message, advice]
    },
  )
}

const of = (field: z.ZodType, value: unknown): readonly string[] => said(z.strictObject({ x: field }), { x: value })

describe('a value that does not fit', () => {
  test.each([
    [z.string(), 5, ['`x` must be text, not the number 5.', 'Write "5" in quotes if text is meant.']],
    [z.string(), ['a'], ['`x` must be text, not a list.']],
    [z.string(), '', []],
    [z.string().min(2), '', ['`x` must have at least 2 characters; it has 0.']],
    [z.string().max(1), 'ab', ['`x` must have at most 1 character; it has 2.']],
    [z.number().gt(3), 3, ['`x` must be more than 3, not the number 3.']],
    [z.number().lt(3), 3, ['`x` must be less than 3, not the number 3.']],
    [z.number().multipleOf(5), 3, ['`x` must be a multiple of 5, not the number 3.']],
    [z.array(z.string()).max(0), ['a'], ['`x` must have at most 0 entries; it has 1.']],
    [z.string().regex(/^\d+$/), 'a', ['`x` must be text of the form /^\\d+$/, not the text "a".']],
    [z.jwt(), 'a', ['`x` must be text of the form jwt, not the text "a".']],
    [
      z.string().regex(/^[a-z-]+$/, 'must be a slug'),
      'A b',
      ['`x` must be a slug, not the text "A b".', 'Write `a-b`.'],
    ],
    [z.string().regex(/^\d+$/, 'must be digits'), '', ['`x` must be digits, not an empty text.']],
    [z.string().refine(() => false, 'must rhyme'), 'a', ['`x` must rhyme, not the text "a".']],
    [z.string().refine(() => false, 'no luck'), 'a', ['`x` is not accepted (no luck), not the text "a".']],
    [z.never(), 1, ['`x` must be absent, not the number 1.', 'Write "1" in quotes if text is meant.']],
    [z.date(), 'x', ['`x` must be date, not the text "x".']],
    [z.literal('a'), 'b', ['`x` must be `a`, not the text "b".', 'Did you mean `a`?']],
    [z.literal(1), true, ['`x` must be `1`, not `true`.']],
    [
      z.boolean(),
      null,
      [
        '`x` must be `true` or `false`, but nothing stands there.',
        'Fill it in (`{}` is an empty mapping, `[]` an empty list), or remove the line.',
      ],
    ],
  ] satisfies [z.ZodType, unknown, readonly string[]][])('%#', (schema, value, expected) => {
    expect(of(schema, value)).toEqual(expected)
  })

  test('long texts are cut', () => {
    expect(of(z.number(), 'x'.repeat(100))[0]).toBe(`\`x\` must be a number, not the text "${'x'.repeat(59)}…".`)
  })
})

describe('a missing field', () => {
  test('is described, or its type is named', () => {
    const schema = z.strictObject({
      a: z.int(),
      b: z.array(z.string()).describe('Who gets it'),
      c: z.json(),
      d: z.union([z.string(), z.array(z.string())]),
      e: z.enum(['x']),
      f: z.custom((value) => value !== undefined),
    })
    expect(said(schema, {})).toEqual([
      'The config needs `a`.',
      'It must be a whole number.',
      'The config needs `b`.',
      'Who gets it.',
      'The config needs `c`.',
      'The config needs `d`.',
      'It must be text or a list.',
      'The config needs `e`.',
      'It must be text.',
      'The config needs `f`.',
    ])
  })
})

describe('alternatives', () => {
  const audience = z.union([
    z.strictObject({ role: z.string() }),
    z.strictObject({ members: z.array(z.string()), all: z.boolean().optional() }),
  ])

  test('the one that was meant is explained', () => {
    expect(of(audience, { members: 'ana' })).toEqual(['`members` must be a list, not the text "ana".'])
    expect(of(audience, { members: ['ana', 5] })).toEqual([
      'Entry 2 of `members` must be text, not the number 5.',
      'Write "5" in quotes if text is meant.',
    ])
    expect(of(audience, { role: 'cfo', of: 'x' })).toEqual([
      '`x` has no field `of`.',
      'It may have `role`, `members` or `all`.',
    ])
  })

  test('a field of another alternative is no unknown field', () => {
    expect(of(audience, { role: 'cfo', all: true })).toEqual([
      '`all` does not go with the other fields of `x`.',
      'Remove it, or the field that excludes it.',
    ])
  })

  test('where nothing was chosen, the choices are named', () => {
    expect(of(audience, {})).toEqual(['`x` needs one of `role` or `members`.'])
    expect(of(audience, null)).toEqual([
      '`x` must be a mapping, but nothing stands there.',
      'Fill it in (`{}` is an empty mapping, `[]` an empty list), or remove the line.',
    ])
    expect(of(z.union([z.string(), z.literal([1, 2]), z.union([z.boolean(), z.string()])]), {})).toEqual([
      '`x` must be text, `1`, `2` or `true` or `false`, not a mapping.',
    ])
    expect(of(z.union([z.strictObject({ b: z.int() }), z.record(z.string(), z.string())]), { a: 1 })[0]).toBe(
      '`a` must be text, not the number 1.',
    )
  })

  test('where they clash, the first equal one is explained', () => {
    expect(of(z.union([z.string().min(5), z.string().min(7)]), 'a')).toEqual([
      '`x` must have at least 5 characters; it has 1.',
    ])
  })

  test('a second choice that is written as text is told how to write it', () => {
    expect(of(audience, 'role')).toEqual([
      '`x` must be a mapping, not the text "role".',
      'Write it as a mapping with the key `role`.',
    ])
  })

  test('a mapping that takes nothing has no field to name', () => {
    expect(said(z.strictObject({}), { a: 1 })).toEqual(['The config has no field `a`.'])
    expect(said(z.union([z.strictObject({}), z.strictObject({})]), { a: 1, b: 2 })).toHaveLength(1)
  })

  test('an exclusive union that fits twice says that it does', () => {
    expect(of(z.xor([z.string(), z.string()]), 'a')[0]).toMatch(/^`x` /)
  })
})

describe('names', () => {
  test('keys of a record are named', () => {
    const schema = z.record(
      z
        .string()
        .regex(/^[a-z_]+$/, 'must be lower case')
        .max(3),
      z.int(),
    )
    expect(said(schema, { 'A B': 1 })).toEqual(['The name `A B` must be lower case.', 'Write `a_b`.'])
    expect(said(schema, { abcd: 1 })).toEqual(['The name `abcd` must have at most 3 characters.'])
  })

  test('entries of lists are counted from one', () => {
    expect(said(z.array(z.array(z.int())), [[1], [1, 'x']])).toEqual([
      'Entry 2 of entry 2 of the config must be a number, not the text "x".',
    ])
    expect(
      said(z.strictObject({ steps: z.array(z.strictObject({ id: z.any() })) }), { steps: [{ id: 5, x: 1 }] })[0],
    ).toBe('Entry 1 of `steps` has no field `x`.')
  })
})
