// Sample values for schemas: what stands in a rehearsal where only a real run would give a value.

import { isJsonObject, type Json, type JsonObject } from '../json.ts'

/** A schema may refer to itself; below so many levels a sample is null. */
const deepest = 12

/** A whole number named `status` is one of HTTP. */
const usualStatus = 200

const texts: Readonly<Record<string, string>> = {
  date: '2026-01-15',
  'date-time': '2026-01-15T09:00:00.000Z',
  email: 'sample@example.com',
  uri: 'https://example.com/sample',
  uuid: '00000000-0000-7000-8000-000000000000',
}

/**
 * A value that a JSON Schema (2020-12), or a declared input of a workflow, lets through: the same one each time. A pattern is
 * not heeded. What may be anything is null. `name` is what texts are made of.
 */
export function sampleOf(schema: JsonObject, name = 'value'): Json {
  return new Sampler(schema).of(schema, name, 0)
}

/** Sample inputs of a workflow: a value for each that it declares, its default where there is one. */
export function sampleInputs(fields: object = {}): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [name, isJsonObject(schema) ? sampleOf(schema, name) : null]),
  )
}

class Sampler {
  private readonly root: JsonObject

  constructor(root: JsonObject) {
    this.root = root
  }

  of(given: JsonObject, name: string, depth: number): Json {
    if (depth > deepest) return null
    const schema = this.resolved(given)
    const fixed = fixedValue(schema)
    if (fixed !== undefined) return fixed
    const choice = firstOf(schema['anyOf']) ?? firstOf(schema['oneOf']) ?? firstOf(schema['allOf'])
    if (isJsonObject(choice)) return this.of(choice, name, depth + 1)
    const type = firstOf(schema['type']) ?? schema['type']
    if (type === 'object') return this.object(schema, depth)
    if (type === 'array') return this.list(schema, name, depth)
    if (type === 'string') return sampleText(schema, name)
    if (type === 'integer' && name === 'status') return usualStatus
    if (type === 'number' || type === 'integer') return sampleNumber(schema, type === 'integer')
    return type === 'boolean' ? true : null
  }

  private resolved(schema: JsonObject): JsonObject {
    const { $ref: reference } = schema
    if (typeof reference !== 'string') return schema
    const path = reference.split('/').slice(1)
    const target = path.reduce<Json | undefined>((part, key) => (isJsonObject(part) ? part[key] : undefined), this.root)
    return isJsonObject(target) ? target : {}
  }

  private object({ properties }: JsonObject, depth: number): Json {
    const entries = isJsonObject(properties) ? Object.entries(properties) : []
    return Object.fromEntries(
      entries.map(([name, schema]) => [name, isJsonObject(schema) ? this.of(schema, name, depth + 1) : null]),
    )
  }

  private list({ items, minItems, minLength }: JsonObject, name: string, depth: number): Json {
    const least = numberOf(minItems) ?? numberOf(minLength) ?? 1
    const entry = isJsonObject(items) ? this.of(items, name, depth + 1) : null
    return Array.from({ length: Math.min(Math.max(1, least), 100) }, () => entry)
  }
}

function fixedValue(schema: JsonObject): Json | undefined {
  if (schema['const'] !== undefined) return schema['const']
  return schema['default'] ?? firstOf(schema['enum'])
}

function firstOf(list: Json | undefined): Json | undefined {
  return isList(list) ? list[0] : undefined
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function sampleText({ format, minLength, maxLength }: JsonObject, name: string): string {
  const known = typeof format === 'string' && Object.hasOwn(texts, format) ? texts[format] : undefined
  if (known !== undefined) return known
  const text = `sample ${name}`.padEnd(Math.min(numberOf(minLength) ?? 0, 10_000), '.')
  return text.slice(0, numberOf(maxLength))
}

/** 1 where that is allowed, else the number nearest to it. */
function sampleNumber(schema: JsonObject, isWhole: boolean): number {
  const least = Math.max(numberOf(schema['minimum']) ?? -Infinity, above(schema['exclusiveMinimum'], 1))
  const most = Math.min(numberOf(schema['maximum']) ?? Infinity, -above(schema['exclusiveMaximum'], -1))
  const nearest = Math.min(Math.max(1, least), most)
  return isWhole ? Math.ceil(nearest) : nearest
}

/** A bound that is not itself allowed; the sign tells the lower from the upper. */
function above(bound: Json | undefined, sign: 1 | -1): number {
  return typeof bound === 'number' ? sign * bound + 1 : -Infinity
}
