import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { corpusActions } from '../../../tests/corpus/catalog.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { workflowJsonSchema } from './workflow-json-schema.ts'

function at(schema: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    schema,
  )
}

function refsOf(schema: Json): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string' ? [part] : refsOf(part),
  )
}

const resolve = (root: JsonObject, ref: string): Json | undefined =>
  at(
    root,
    ...ref
      .replace(/^#\/?/, '')
      .split('/')
      .filter((key) => key !== ''),
  )

describe('the schema of any workflow', () => {
  const schema = workflowJsonSchema()

  test('is JSON Schema 2020-12 with named parts', () => {
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema')
    expect(Object.keys(isJsonObject(schema['$defs'] ?? null) ? Object(schema['$defs']) : {})).toEqual(
      expect.arrayContaining(['Workflow', 'Step', 'Trigger', 'Input']),
    )
    expect(at(schema, '$defs', 'Workflow', 'additionalProperties')).toBe(false)
  })

  test('accepts any action', () => {
    expect(at(schema, '$defs', 'Step', 'properties', 'action')).not.toHaveProperty('enum')
  })
})

describe('the schema of workflows over a catalog', () => {
  const own = z.lazy((): z.ZodType => z.strictObject({ name: z.string(), below: z.array(own).optional() }))
  const tree = {
    name: 'tree.plant',
    title: 'Plant',
    description: 'Plants a tree',
    config: own,
    output: z.json(),
    outcomes: [],
  }
  const schema = workflowJsonSchema(new Map([...corpusActions, [tree.name, tree]]))
  const configOf = (action: string): Json | undefined => at(schema, '$defs', `config:${action}`)

  test('names each action with its title and description', () => {
    const action = at(schema, '$defs', 'Step', 'properties', 'action')
    expect(at(action, 'enum')).toEqual([...corpusActions.keys(), 'tree.plant'].toSorted())
    expect(at(action, 'oneOf')).toContainEqual({ const: 'tree.plant', title: 'Plant', description: 'Plants a tree' })
  })

  test('ties the config to the action, and asks for it where something in it is needed', () => {
    const rule = (action: string): Json | undefined => {
      const rules = at(schema, '$defs', 'Step', 'allOf')
      return Array.isArray(rules)
        ? rules.find((each) => at(each, 'if', 'properties', 'action', 'const') === action)
        : undefined
    }
    expect(at(rule('log'), 'if', 'required')).toEqual(['action'])
    expect(at(rule('log'), 'then')).toEqual({
      properties: { config: { $ref: '#/$defs/config:log' } },
      required: ['config'],
    })
    expect(at(rule('purchase_order.send'), 'then')).toEqual({
      properties: { config: { $ref: '#/$defs/config:purchase_order.send' } },
    })
  })

  test('lets an expression stand for each value that is not free text', () => {
    const expression = { $ref: '#/$defs/Expression' }
    expect(at(configOf('log'), 'properties', 'message')).toEqual({ type: 'string' })
    expect(at(configOf('log'), 'properties', 'level')).toEqual({
      anyOf: [{ type: 'string', enum: ['debug', 'info', 'warn', 'error'] }, expression],
    })
    expect(at(configOf('http.request'), 'properties', 'auth', 'anyOf', 1)).toEqual(expression)
    expect(at(configOf('http.request'), 'properties', 'auth', 'anyOf', 0, 'anyOf', 0, 'properties', 'type')).toEqual({
      anyOf: [{ type: 'string', const: 'bearer' }, expression],
    })
    expect(
      at(
        configOf('approval.request'),
        'properties',
        'approvers',
        'anyOf',
        0,
        'anyOf',
        2,
        'properties',
        'members',
        'anyOf',
        0,
        'items',
        'anyOf',
        1,
      ),
    ).toEqual(expression)
  })

  test('refers to nothing that it does not hold', () => {
    const refs = [...new Set(refsOf(schema))]
    expect(refs.length).toBeGreaterThan(10)
    expect(refs.filter((ref) => resolve(schema, ref) === undefined)).toEqual([])
  })

  test('is the plain schema when there are no actions to speak of', () => {
    expect(at(workflowJsonSchema(new Map()), '$defs', 'Step', 'properties', 'action', 'enum')).toEqual([])
  })
})
