// JSON Schemas of zod schemas; those with an id become components that others refer to.

import { z } from 'zod'
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import { asJsonObject } from '../../packs/payload.ts'

export type Direction = 'input' | 'output'

export class Schemas {
  private readonly components = new Map<string, JsonObject>()

  /** The schema, with references to components. What is read and what is answered under one id must look alike. */
  of(schema: z.ZodType, io: Direction): JsonObject {
    const {
      $schema: _,
      $defs: definitions,
      ...whole
    } = named(
      asJsonObject(
        z.toJSONSchema(schema, { io, unrepresentable: 'any', override: ({ jsonSchema }) => plainer(jsonSchema) }),
      ),
    )
    for (const [name, definition] of Object.entries(isJsonObject(definitions) ? definitions : {})) {
      if (isJsonObject(definition)) this.add(name, relocated(definition))
    }
    return relocated(whole)
  }

  /** Throws when another schema has the name already. */
  add(name: string, schema: JsonObject): void {
    const { id: _, ...body } = schema
    const known = this.components.get(name)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(body)) {
      throw new Error(`Two schemas are called "${name}".`)
    }
    this.components.set(name, body)
  }

  all(): JsonObject {
    return Object.fromEntries([...this.components].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** A pattern beside a format says the same at ten times the length; the largest integer is nobody's bound. */
function plainer(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.format !== undefined) delete schema.pattern
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  // JSON Schema 2020-12 knows `examples`; `example` is of OpenAPI 3.0.
  if (schema['example'] !== undefined) {
    schema.examples = [schema['example']]
    delete schema['example']
  }
}

/**
 * Without the names that zod makes up for what refers to itself, which mean another thing in each schema: an alias becomes what
 * it stands for, and the rest is `z.json()`, any JSON.
 */
function named(schema: JsonObject): JsonObject {
  const { $defs } = schema
  if (!isJsonObject($defs)) return schema
  const madeUp = new Map(Object.entries($defs).filter(([name]) => name.startsWith('__')))
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isJsonObject(value)) return value
    const { $ref, ...rest } = value
    const target = typeof $ref === 'string' ? madeUp.get($ref.replace('#/$defs/', '')) : undefined
    if (target === undefined)
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walk(member)]))
    return { ...(isJsonObject(target) && target['$ref'] !== undefined && { $ref: target['$ref'] }), ...rest }
  }
  const kept = Object.fromEntries(Object.entries($defs).filter(([name]) => !madeUp.has(name)))
  const whole = walk({ ...schema, $defs: kept })
  return isJsonObject(whole) ? whole : {}
}

function relocated(schema: JsonObject): JsonObject {
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isJsonObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        name === '$ref' && typeof member === 'string'
          ? member.replace('#/$defs/', '#/components/schemas/')
          : walk(member),
      ]),
    )
  }
  const moved = walk(schema)
  return isJsonObject(moved) ? moved : {}
}
