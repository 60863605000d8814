// Declared inputs as JSON Schema, for whoever draws a form or checks data before sending it.

import type { InputSchema } from '../../kernel/definition/workflow.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'

type Fields = Readonly<Record<string, InputSchema>>

/** JSON Schema 2020-12 of an object with these fields. */
export function fieldsJsonSchema(fields: Fields): JsonObject {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...objectSchema(fields) }
}

function objectSchema(fields: Fields): JsonObject {
  const entries = Object.entries(fields)
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, field]) => [name, fieldSchema(field)])),
    required: entries.flatMap(([name, { required, default: given }]) =>
      required === false || given !== undefined ? [] : name,
    ),
    additionalProperties: false,
  }
}

function fieldSchema(field: InputSchema): JsonObject {
  const { type, title, description, default: given, enum: choices, minimum, maximum, format, items, properties } = field
  const rules: Record<string, Json | undefined> = {
    type,
    title,
    description,
    default: given,
    enum: choices,
    minimum,
    maximum,
    ...lengthRules(field),
    format,
    items: items === undefined ? undefined : fieldSchema(items),
    ...(properties !== undefined && objectSchema(properties)),
  }
  const schema: Record<string, Json> = {}
  for (const [name, rule] of Object.entries(rules)) if (rule !== undefined) schema[name] = rule
  return schema
}

/** The length of a list is that of its items. */
function lengthRules({ type, minLength, maxLength }: InputSchema): Record<string, number | undefined> {
  return type === 'array' ? { minItems: minLength, maxItems: maxLength } : { minLength, maxLength }
}
