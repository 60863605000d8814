// What a zod schema would accept at a path, read from its JSON Schema: the known keys and what a field is for.

import { z } from 'zod'
import type { Path } from './finding.ts'

type Schema = z.core.JSONSchema._JSONSchema

export interface Guide {
  /** Keys that a mapping here may have, over all alternatives. */
  readonly keys: readonly string[]
  /** A sentence. */
  readonly description: string | undefined
  /** The types that JSON Schema names here: `string`, `integer` … */
  readonly types: readonly string[]
}

const jsonSchemas = new WeakMap<z.ZodType, z.core.JSONSchema.JSONSchema>()

/** The input side of a zod schema as JSON Schema 2020-12; what JSON Schema cannot say accepts anything. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output' = 'input'): z.core.JSONSchema.JSONSchema {
  if (io === 'output') return z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  const known = jsonSchemas.get(schema) ?? z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  jsonSchemas.set(schema, known)
  return known
}

export function guideAt(schema: z.ZodType, path: Path): Guide {
  const root = jsonSchemaOf(schema)
  let here = alternatives(root, root)
  let description: string | undefined
  for (const key of path) {
    const below = here.flatMap((option) => childrenOf(option, key))
    description = below.map(descriptionOf).find((text) => text !== undefined)
    here = below.flatMap((child) => alternatives(root, child))
  }
  return {
    keys: [...new Set(here.flatMap(({ properties }) => Object.keys(properties ?? {})))],
    description: asSentence(description ?? here.map(descriptionOf).find((text) => text !== undefined)),
    types: [...new Set(here.flatMap(({ type }) => type ?? []))],
  }
}

/** A schema without `$ref` and `anyOf`: the plain schemas of which one must hold. */
function alternatives(root: z.core.JSONSchema.JSONSchema, schema: Schema | undefined): z.core.JSONSchema.JSONSchema[] {
  if (typeof schema !== 'object') return []
  const { $ref, anyOf = [], oneOf = [], allOf = [] } = schema
  const named: Readonly<Record<string, Schema>> = { '#': root, ...root.$defs }
  if ($ref !== undefined) return alternatives(root, named[$ref.replace('#/$defs/', '')])
  const options = [...anyOf, ...oneOf, ...allOf]
  return options.length === 0 ? [schema] : options.flatMap((option) => alternatives(root, option))
}

function childrenOf(schema: z.core.JSONSchema.JSONSchema, key: string | number): Schema[] {
  if (typeof key === 'number') return [schema.items].flat().filter((item) => item !== undefined)
  const child = schema.properties?.[key] ?? schema.additionalProperties
  return child === undefined ? [] : [child]
}

const descriptionOf = (schema: Schema): string | undefined =>
  typeof schema === 'boolean' ? undefined : schema.description

const asSentence = (text: string | undefined): string | undefined =>
  text === undefined || /[.!?]$/.test(text) ? text : `${text}.`
