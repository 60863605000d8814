// Reads a JSON Schema as rows of a table: field, type, and what it is for.

import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts'

interface Row {
  readonly field: string
  readonly type: string
  readonly meaning: string
}

type Side = 'given' | 'returned'

/**
 * A Markdown table of the fields of an object schema, nested ones with their path (`auth.bearer`, `branches[].name`).
 * What is returned is not marked as required.
 */
export function schemaTable(schema: JsonObject, side: Side = 'given'): string {
  const rows = rowsOf(schema, '', side)
  if (rows.length === 0) return ''
  const lines = rows.map(({ field, type, meaning }) => `| \`${field}\` | ${cell(type)} | ${cell(meaning)} |`)
  return ['| field | type | meaning |', '| --- | --- | --- |', ...lines].join('\n')
}

function rowsOf(schema: JsonObject, path: string, side: Side): Row[] {
  const required = side === 'given' && Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(objectAt(schema, 'properties')).flatMap(([name, part]) => {
    const value = isJsonObject(part) ? part : {}
    const field = path === '' ? name : `${path}.${name}`
    return [
      { field, type: typeOf(value), meaning: meaningOf(value, required.includes(name)) },
      ...rowsBelow(value, field, side),
    ]
  })
}

function rowsBelow(schema: JsonObject, field: string, side: Side): Row[] {
  const items = objectAt(schema, 'items')
  if (schema['type'] === 'array') return rowsOf(items, `${field}[]`, side)
  return rowsOf(schema, field, side)
}

function meaningOf(schema: JsonObject, isRequired: boolean): string {
  const description = typeof schema['description'] === 'string' ? schema['description'] : ''
  const given = schema['default']
  const says = given !== undefined && !/ when absent/.test(description) ? `${show(given)} when absent` : ''
  return [isRequired ? '**Required.**' : '', [description, says].filter((part) => part !== '').join('; ')]
    .filter((part) => part !== '')
    .join(' ')
}

/** The type in words; what JSON Schema leaves open is any JSON. */
export function typeOf(schema: JsonObject): string {
  const { $ref, type, anyOf } = schema
  if (typeof $ref === 'string') return typeOfReference($ref)
  if (Array.isArray(schema['enum'])) return either(schema['enum'].map(show))
  if (schema['const'] !== undefined) return show(schema['const'])
  if (Array.isArray(anyOf))
    return either([...new Set(anyOf.map((option) => typeOf(isJsonObject(option) ? option : {})))])
  if (type === 'array') return `list of ${typeOf(objectAt(schema, 'items'))}`
  if (type === 'object') return 'properties' in schema ? 'mapping' : mappingOf(objectAt(schema, 'additionalProperties'))
  return typeof type === 'string' ? `${words[type] ?? type}${bounds(schema)}` : 'any JSON'
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: '`true` or `false`',
  null: '`null`',
}

/** Named shapes link to their own table; zod's own definitions stand for any JSON. */
function typeOfReference(reference: string): string {
  const name = reference.replace('#/$defs/', '')
  if (name === '__schema0' || name === 'Input') return '[input](definitions.md#inputs)'
  return name.startsWith('__') ? 'any JSON' : `[${name.toLowerCase()}](definitions.md#${name.toLowerCase()}s)`
}

function mappingOf(schema: JsonObject): string {
  return `mapping of ${typeOf(schema)}`
}

function bounds({ type, minimum, maximum, format }: JsonObject): string {
  if (type === 'string') return typeof format === 'string' ? ` (${format})` : ''
  const [low, high] = [boundOf(minimum), boundOf(maximum)]
  if (low !== undefined) return high === undefined ? `, from ${low}` : `, ${low} to ${high}`
  return high === undefined ? '' : `, up to ${high}`
}

/** zod bounds whole numbers by what a double holds exactly; that is no limit anybody set. */
function boundOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Math.abs(value) !== Number.MAX_SAFE_INTEGER ? value : undefined
}

function either(choices: readonly string[]): string {
  const [last = '', ...others] = choices.toReversed()
  return others.length === 0 ? last : `${others.toReversed().join(', ')} or ${last}`
}

function show(value: Json): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')
}

export function objectAt(schema: JsonObject, key: string): JsonObject {
  const value = schema[key]
  return isJsonObject(value) ? value : {}
}
