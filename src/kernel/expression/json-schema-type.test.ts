import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Json } from '../json.ts'
import { typeOfInput, typeOfJsonSchema, typeOfValue } from './json-schema-type.ts'
import { anyObject, closedObject, dyn, listOf, mergeTypes, openObject, type ValueType } from './value-type.ts'

const text: ValueType = { kind: 'string' }
const number: ValueType = { kind: 'number' }
const bool: ValueType = { kind: 'bool' }
const ofZod = (schema: z.ZodType): ValueType => {
  const json: Json = JSON.parse(JSON.stringify(z.toJSONSchema(schema)))
  return typeOfJsonSchema(json)
}

test('what zod describes keeps its shape', () => {
  const schema = z.strictObject({
    id: z.string(),
    count: z.int().optional(),
    ok: z.boolean(),
    tags: z.array(z.string()),
    extra: z.json(),
  })
  expect(ofZod(schema)).toMatchObject(closedObject({ id: text, count: number, ok: bool, tags: listOf(text) }))
  expect(ofZod(z.looseObject({ a: z.string() }))).toEqual(openObject({ a: text }))
  expect(ofZod(z.record(z.string(), z.number()))).toEqual({ kind: 'object', fields: {}, rest: number })
  expect(ofZod(z.unknown())).toEqual(dyn)
})

test('what may be null or several things is what these have in common', () => {
  expect(ofZod(z.string().nullable())).toEqual(text)
  expect(ofZod(z.union([z.string(), z.number()]))).toEqual(dyn)
  expect(ofZod(z.enum(['a', 'b']))).toEqual(text)
  expect(ofZod(z.literal(5))).toEqual(number)
  expect(
    ofZod(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('a'), n: z.number() }),
        z.strictObject({ kind: z.literal('b') }),
      ]),
    ),
  ).toEqual(closedObject({ kind: text, n: number }))
  expect(ofZod(z.tuple([z.string(), z.number()]))).toEqual(listOf(dyn))
})

test('schemas that refer to themselves end', () => {
  const node: z.ZodType = z.strictObject({
    name: z.string(),
    get children() {
      return z.array(node)
    },
  })
  const type = ofZod(node)
  expect(type).toMatchObject({
    kind: 'object',
    fields: { name: text, children: { kind: 'list', of: { kind: 'object' } } },
  })
})

test('JSON Schema written by hand is read too', () => {
  expect(typeOfJsonSchema({ type: ['string', 'null'] })).toEqual(text)
  expect(typeOfJsonSchema({ oneOf: [{ type: 'boolean' }, { type: 'null' }] })).toEqual(bool)
  expect(typeOfJsonSchema({ enum: [1, 2.5] })).toEqual(number)
  expect(typeOfJsonSchema({ $ref: '#/$defs/a/nothing' })).toEqual(dyn)
  expect(typeOfJsonSchema({ $ref: '#/$defs/a', $defs: { a: { type: 'object' } } })).toEqual(anyObject)
  expect(typeOfJsonSchema({ allOf: [{ type: 'string' }] })).toEqual(dyn)
  const both = { allOf: ['a', 'b'].map((name) => ({ type: 'object', properties: { [name]: { type: 'string' } } })) }
  expect(typeOfJsonSchema(both)).toEqual(openObject({ a: text, b: text }))
  expect(typeOfJsonSchema(true)).toEqual(dyn)
})

test('inputs of a workflow have types', () => {
  expect(typeOfInput({ type: 'string' })).toEqual(text)
  expect(typeOfInput({ type: 'integer' })).toEqual(number)
  expect(typeOfInput({ type: 'number' })).toEqual(number)
  expect(typeOfInput({ type: 'boolean' })).toEqual(bool)
  expect(typeOfInput({ type: 'array' })).toEqual(listOf(dyn))
  expect(typeOfInput({ type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } })).toEqual(
    listOf(closedObject({ a: text })),
  )
  expect(typeOfInput({ type: 'object' })).toEqual(anyObject)
})

test('constants have types', () => {
  expect(typeOfValue({ a: 1, b: ['x', null], c: true, d: null, e: [] })).toEqual(
    closedObject({ a: number, b: listOf(text), c: bool, d: { kind: 'null' }, e: listOf(dyn) }),
  )
})

test('merged types say no more than both', () => {
  expect(mergeTypes(closedObject({ a: text }), openObject({ b: number }))).toEqual(openObject({ a: text, b: number }))
  expect(mergeTypes(openObject({ a: text }), closedObject({ a: number }))).toEqual(openObject({ a: dyn }))
  expect(mergeTypes({ kind: 'optional', of: text }, { kind: 'optional', of: text })).toEqual(dyn)
  expect(mergeTypes({ kind: 'int' }, { kind: 'int' })).toEqual({ kind: 'int' })
  expect(mergeTypes({ kind: 'int' }, number)).toEqual(number)
})
