// Reads types from JSON Schemas (of an action's output), from a workflow's inputs, and from values.

import type { InputSchema } from '../definition/workflow.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { anyObject, closedObject, dyn, listOf, mergeTypes, openObject, type ValueType } from './value-type.ts'

/** Schemas may refer to themselves; deeper than this they are not looked into. */
const deepestSchema = 12

/** The type of what a JSON Schema (2020-12, as zod writes it) describes; what it cannot say is `dyn`. */
export function typeOfJsonSchema(schema: Json): ValueType {
  return read(schema, schema, 0)
}

function read(schema: Json | undefined, root: Json, depth: number): ValueType {
  if (!isJsonObject(schema) || depth > deepestSchema) return dyn
  const { $ref, anyOf, oneOf, allOf, const: constant, enum: values } = schema
  if (typeof $ref === 'string') return read(resolve($ref, root), root, depth + 1)
  const alternatives = anyOf ?? oneOf
  if (isList(alternatives)) return merged(alternatives.map((each) => read(each, root, depth + 1)))
  if (isList(allOf)) return intersection(allOf.map((each) => read(each, root, depth + 1)))
  if (constant !== undefined) return typeOfValue(constant)
  if (isList(values)) return merged(values.map(typeOfValue))
  const { type } = schema
  if (isList(type)) return merged(type.map((each) => readKind(each, schema, root, depth)))
  return readKind(type, schema, root, depth)
}

function readKind(kind: Json | undefined, schema: JsonObject, root: Json, depth: number): ValueType {
  switch (kind) {
    case 'string':
      return { kind: 'string' }
    case 'number':
    case 'integer':
      return { kind: 'number' }
    case 'boolean':
      return { kind: 'bool' }
    case 'null':
      return { kind: 'null' }
    case 'array':
      return listOf(isList(schema['prefixItems']) ? dyn : read(schema['items'], root, depth + 1))
    case 'object':
      return readObject(schema, root, depth)
    default:
      return dyn
  }
}

function readObject({ properties, additionalProperties }: JsonObject, root: Json, depth: number): ValueType {
  const entries = isJsonObject(properties) ? Object.entries(properties) : []
  const fields = Object.fromEntries(entries.map(([name, schema]) => [name, read(schema, root, depth + 1)]))
  return additionalProperties === false
    ? closedObject(fields)
    : { kind: 'object', fields, rest: read(additionalProperties, root, depth + 1) }
}

/** `#/$defs/Address` */
function resolve(reference: string, root: Json): Json | undefined {
  let found: Json | undefined = root
  for (const key of reference.split('/').slice(1)) {
    found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined
  }
  return found
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

const merged = (types: readonly ValueType[]): ValueType => types.reduce(mergeTypes, { kind: 'null' })

/** Objects put their fields together; of anything else nothing is known. */
function intersection(types: readonly ValueType[]): ValueType {
  const fields: Record<string, ValueType> = {}
  for (const type of types) {
    if (type.kind !== 'object') return dyn
    Object.assign(fields, type.fields)
  }
  return openObject(fields)
}

/** The type of an input of a workflow. */
export function typeOfInput(schema: InputSchema): ValueType {
  switch (schema.type) {
    case 'string':
      return { kind: 'string' }
    case 'number':
    case 'integer':
      return { kind: 'number' }
    case 'boolean':
      return { kind: 'bool' }
    case 'array':
      return listOf(schema.items === undefined ? dyn : typeOfInput(schema.items))
    case 'object':
      return schema.properties === undefined ? anyObject : closedObject(mapValues(schema.properties, typeOfInput))
  }
}

/** The type of a constant, such as a var; null may become anything. */
export function typeOfValue(value: Json): ValueType {
  if (value === null) return { kind: 'null' }
  if (typeof value === 'string') return { kind: 'string' }
  if (typeof value === 'number') return { kind: 'number' }
  if (typeof value === 'boolean') return { kind: 'bool' }
  if (isList(value)) return listOf(value.length === 0 ? dyn : merged(value.map(typeOfValue)))
  return closedObject(mapValues(value, typeOfValue))
}

function mapValues<From, To>(object: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]))
}
