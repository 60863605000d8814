// Data against the shape that `inputs` and form fields are written in.

import { z } from 'zod'
import { asJsonObject, inputSchema } from '../kit.ts'

type InputSchema = z.output<typeof inputSchema>
type JSONSchema = z.core.JSONSchema.JSONSchema

/** What is wrong with the data, one message for each problem; empty when it fits. Fields that the shape does not name are allowed. */
export function shapeProblems(shape: Readonly<Record<string, InputSchema>>, data: unknown): string[] {
  const parsed = z.fromJSONSchema(objectSchema(shape)).safeParse(data)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
}

function objectSchema(fields: Readonly<Record<string, InputSchema>>): JSONSchema {
  const required = Object.entries(fields).flatMap(([name, field]) => (field.required === false || field.default !== undefined ? [] : [name]))
  const properties = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)]))
  return { type: 'object', properties, required }
}

function fieldSchema({ required: _required, properties, items, ...rest }: InputSchema): JSONSchema {
  return {
    ...asJsonObject(rest),
    ...(items !== undefined && { items: fieldSchema(items) }),
    ...(properties !== undefined && objectSchema(properties)),
  }
}
