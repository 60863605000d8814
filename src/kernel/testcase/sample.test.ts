// What samples promise.

import { describe, expect, test } from 'vitest'
import { checkInputs } from '../definition/inputs.ts'
import type { Workflow } from '../definition/workflow.ts'
import { sampleInputs, sampleOf } from './sample.ts'

describe('a sample fits its schema', () => {
  test.each([
    [{ type: 'string' }, 'sample vendor'],
    [{ type: 'string', minLength: 16 }, 'sample vendor...'],
    [{ type: 'string', maxLength: 6 }, 'sample'],
    [{ type: 'string', format: 'email' }, 'sample@example.com'],
    [{ type: 'string', format: 'of-its-own' }, 'sample vendor'],
    [{ type: 'number' }, 1],
    [{ type: 'number', minimum: 2.5 }, 2.5],
    [{ type: 'integer', minimum: 2.5 }, 3],
    [{ type: 'number', maximum: -4 }, -4],
    [{ type: 'integer', exclusiveMinimum: 7 }, 8],
    [{ type: 'integer', exclusiveMaximum: -7 }, -8],
    [{ type: 'boolean' }, true],
    [{ type: ['integer', 'null'] }, 1],
    [{ const: 'fixed' }, 'fixed'],
    [{ type: 'string', enum: ['b', 'a'] }, 'b'],
    [{ type: 'string', default: 'usual' }, 'usual'],
    [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, 1],
    [{ oneOf: [{ type: 'boolean' }] }, true],
    [{ allOf: [{ type: 'boolean' }] }, true],
    [{ type: 'array', items: { type: 'integer' } }, [1]],
    [{ type: 'array', items: { type: 'integer' }, minItems: 2 }, [1, 1]],
    [{ type: 'array', minLength: 3 }, [null, null, null]],
    [{ type: 'object' }, {}],
    [
      { type: 'object', properties: { status: { type: 'integer' }, odd: true } },
      { status: 200, odd: null },
    ],
    [{}, null],
  ])('%j', (schema, expected) => {
    expect(sampleOf(schema, 'vendor')).toEqual(expected)
  })
})

test('references are followed, and one that leads round and round ends', () => {
  const node = { type: 'object', properties: { below: { $ref: '#/$defs/Node' }, size: { type: 'integer' } } }
  const sample = sampleOf({ $ref: '#/$defs/Node', $defs: { Node: node } })
  expect(sample).toMatchObject({ size: 1, below: { size: 1, below: { size: 1 } } })
  expect(JSON.stringify(sample)).toContain('"below":null')
  expect(sampleOf({ $ref: '#/$defs/Nowhere/else' })).toBeNull()
})

test('sample inputs are inputs that a workflow takes', () => {
  const inputs: Workflow['inputs'] = {
    order_id: { type: 'string', minLength: 1 },
    amount: { type: 'number', minimum: 0 },
    due: { type: 'string', format: 'date' },
    lines: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } } } },
    category: { type: 'string', enum: ['travel', 'meals'] },
  }
  expect(checkInputs({ inputs }, sampleInputs(inputs)).ok).toBe(true)
  expect(sampleInputs()).toEqual({})
  expect(sampleInputs({ broken: 'no schema' })).toEqual({ broken: null })
})
