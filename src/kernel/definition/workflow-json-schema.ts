// The JSON Schema of workflow definitions, for editors and AI providers; with a catalog it knows the actions and their configs.

import { z } from 'zod'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { ActionCatalog, ActionShape } from './action-shape.ts'
import { jsonCopy } from './canonical-json.ts'
import { jsonSchemaOf } from './schema-guide.ts'
import { workflowSchema } from './workflow.ts'

/** JSON Schema 2020-12 of a definition. With a catalog, `action` is one of its names, and `config` must suit the action. */
export function workflowJsonSchema(catalog?: ActionCatalog): JsonObject {
  const schema = plain(z.toJSONSchema(workflowSchema, { io: 'input' }))
  if (catalog === undefined) return schema
  const defs = objectAt(schema, '$defs')
  const step = objectAt(defs, 'Step')
  const actions = [...catalog.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return {
    ...schema,
    $defs: {
      ...defs,
      Step: stepFor(actions, step),
      Expression: {
        type: 'string',
        pattern: String.raw`\{\{`,
        description: 'An expression in {{ }}, whose value stands here',
      },
      ...Object.fromEntries(actions.map((action) => [configName(action), configFor(action)])),
    },
  }
}

function stepFor(actions: readonly ActionShape[], step: JsonObject): JsonObject {
  const names = {
    type: 'string',
    enum: actions.map(({ name }) => name),
    oneOf: actions.map(({ name, title, description }) => ({ const: name, title, description })),
  }
  const configs = actions.map((action) => ({
    if: { properties: { action: { const: action.name } }, required: ['action'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, never awaited
    then: {
      properties: { config: { $ref: `#/$defs/${configName(action)}` } },
      ...(Array.isArray(jsonSchemaOf(action.config).required) ? { required: ['config'] } : {}),
    },
  }))
  return { ...step, properties: { ...objectAt(step, 'properties'), action: names }, allOf: configs }
}

const configName = ({ name }: ActionShape): string => `config:${name}`

/** The config's own schema, where an expression may stand for every value but the whole; its references stay within it. */
function configFor(action: ActionShape): JsonObject {
  const { $schema: _, ...schema } = plain(jsonSchemaOf(action.config))
  return relaxed(schema, `#/$defs/${configName(action)}`)
}

function relaxed(schema: JsonObject, root: string): JsonObject {
  const each = (child: Json): Json => relaxed(asObject.parse(child), root)
  const value = (child: Json): Json =>
    isJsonObject(child) && !isFreeText(child) ? { anyOf: [relaxed(child, root), expression] } : child
  const pairs = Object.entries(schema).map(([key, part]): readonly [string, Json] => {
    if (key === '$ref' && typeof part === 'string') return [key, part.replace('#', root)]
    if (key === 'properties' && isJsonObject(part)) return [key, mapValues(part, value)]
    if (key === '$defs' && isJsonObject(part)) return [key, mapValues(part, each)]
    // With an expression in place of the field that tells them apart, several alternatives may fit.
    if ((key === 'anyOf' || key === 'oneOf' || key === 'allOf') && Array.isArray(part))
      return [key === 'oneOf' ? 'anyOf' : key, part.map(each)]
    return key === 'items' || key === 'additionalProperties' ? [key, value(part)] : [key, part]
  })
  return Object.fromEntries(pairs)
}

const expression = { $ref: '#/$defs/Expression' }

/** Text of any form takes an expression as it is. */
function isFreeText({ type, ...rules }: JsonObject): boolean {
  return (
    type === 'string' && !['enum', 'const', 'format', 'pattern', 'minLength', 'maxLength'].some((rule) => rule in rules)
  )
}

const mapValues = (object: JsonObject, map: (value: Json) => Json): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]))

const asObject = z.record(z.string(), z.json())

const objectAt = (object: JsonObject, key: string): JsonObject => asObject.parse(object[key])

/** zod's own type of a JSON Schema allows `undefined` in places; what it makes is plain JSON. */
const plain = (schema: object): JsonObject => asObject.parse(jsonCopy(schema))
