// Prints a JSON Schema as a TypeScript type.

import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts'

/** The type of a value that the schema takes. References name the types of the components. */
export function typeOf(schema: Json | undefined): string {
  if (!isJsonObject(schema)) return schema === false ? 'never' : 'unknown'
  const { $ref, const: only, enum: choices, anyOf, oneOf, allOf, type } = schema
  if (typeof $ref === 'string') return typeName($ref.split('/').at(-1) ?? '')
  if (only !== undefined) return literal(only)
  if (isList(choices)) return union(choices.map(literal))
  const options = anyOf ?? oneOf
  if (isList(options)) return union(options.map(typeOf))
  if (isList(allOf)) return allOf.map((part) => `(${typeOf(part)})`).join(' & ')
  if (isList(type)) return union(type.map((one) => typeOf({ ...schema, type: one })))
  return plainType(schema)
}

function plainType(schema: JsonObject): string {
  switch (schema['type']) {
    case 'string':
      return 'string'
    case 'number':
    case 'integer':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
      return 'null'
    case 'array':
      return `(${typeOf(schema['items'])})[]`
    case 'object':
      return objectType(schema)
    default:
      return 'unknown'
  }
}

function objectType(schema: JsonObject): string {
  const { properties, additionalProperties: others } = schema
  const isOpen = isJsonObject(others) || others === true || others === undefined
  if (!isJsonObject(properties)) return isOpen ? `{ [name: string]: ${typeOf(others)} }` : 'Record<string, never>'
  if (Object.keys(properties).length === 0)
    return others === false ? 'Record<string, never>' : '{ [name: string]: unknown }'
  const fields = fieldsOf(schema)
  return isJsonObject(others) ? `{ ${fields} } & { [name: string]: unknown }` : `{ ${fields} }`
}

/** The fields of an object, each on a line with its description. */
export function fieldsOf({ properties, required }: JsonObject): string {
  const isRequired = (name: string): boolean => Array.isArray(required) && required.includes(name)
  const entries = Object.entries(isJsonObject(properties) ? properties : {})
  return entries
    .map(([name, schema]) => `${docOf(schema)}${key(name)}${isRequired(name) ? '' : '?'}: ${typeOf(schema)}`)
    .join('\n')
}

/** A comment above what it describes; nothing where there is no description. */
export function docOf(schema: Json | undefined): string {
  const text = isJsonObject(schema) ? schema['description'] : undefined
  return typeof text === 'string' && text !== '' ? comment(text) : ''
}

export function comment(text: string): string {
  const lines = text.replaceAll('*/', '* /').split('\n')
  return lines.length === 1
    ? `\n/** ${lines.join('')} */\n`
    : `\n/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`
}

/** A name of a component as a name of a type. */
export function typeName(name: string): string {
  return name.replaceAll(/[^\w$]/g, '_')
}

export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

const literal = (value: Json): string => JSON.stringify(value)

function union(types: readonly string[]): string {
  const different = [...new Set(types)]
  if (different.includes('unknown')) return 'unknown'
  return different.length === 1 ? different.join('') : `(${different.join(' | ')})`
}
