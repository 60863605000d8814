// One operation of the OpenAPI document.

import { roles, permissions } from '../../kernel/access/permissions.ts'
import { isJsonObject, type JsonObject } from '../../kernel/json.ts'
import type { ProblemCode } from '../../kernel/problem.ts'
import { asJsonObject, toPayload } from '../../packs/payload.ts'
import { isJsonType } from '../body.ts'
import type { AnswerShape, Route } from '../route.ts'
import { problemAnswers } from './problem-schema.ts'
import answers from './answers.json' with { type: 'json' }
import type { Schemas } from './schemas.ts'

export function operationOf(route: Route, schemas: Schemas): JsonObject {
  const { operation, tag, summary, description = '', access } = route
  const body = bodyOf(route, schemas)
  return {
    operationId: operation,
    tags: [tag],
    summary,
    description: [description, sayAccess(access)].filter((text) => text !== '').join('\n\n'),
    ...(typeof access === 'object' && { security: [] }),
    parameters: parametersOf(route, schemas),
    ...(body !== undefined && { requestBody: body }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, shape]) => [
          status,
          answerOf({ ...shape, example: shape.example ?? recordedAnswer(route, shape) }, schemas),
        ]),
      ),
      ...problemAnswers(codesOf(route)),
    },
  }
}

const recorded: Readonly<Record<string, Readonly<Record<string, unknown>>>> = answers

/** What the operation has once answered, in this status or in another that has the same schema. */
export function recordedAnswer(route: Route, { schema }: AnswerShape): unknown {
  const known = Object.entries(recorded[route.operation] ?? {})
  return known.find(([status]) => schema !== undefined && route.answers[Number(status)]?.schema === schema)?.[1]
}

function sayAccess(access: Route['access']): string {
  if (typeof access === 'object') return `Open: ${access.open}`
  const holders: readonly string[] = permissions[access]
  const who = holders.length === roles.length ? 'every role' : holders.join(', ')
  return `Permission \`${access}\`: ${who}.`
}

/** All codes that the operation may answer with. */
export function codesOf({ access, body, params, problems, idempotency, ifMatch }: Route): readonly ProblemCode[] {
  return [
    ...new Set<ProblemCode>([
      ...(typeof access === 'string' ? (['unauthenticated', 'forbidden'] as const) : []),
      ...(params === undefined ? [] : (['not_found'] as const)),
      // A parameter that it does not know.
      'invalid_input',
      ...(body === undefined ? [] : (['payload_too_large', 'unsupported_media_type'] as const)),
      ...(idempotency === undefined ? [] : (['key_reused'] as const)),
      ...(ifMatch === undefined ? [] : (['precondition_failed'] as const)),
      ...(ifMatch === 'required' ? (['precondition_required'] as const) : []),
      ...problems,
      'malformed_request',
      'rate_limited',
      'internal',
      'unavailable',
    ]),
  ]
}

function parametersOf(route: Route, schemas: Schemas): JsonObject[] {
  const { params, query, idempotency, ifMatch } = route
  return [
    ...(params === undefined ? [] : fieldsOf(schemas.of(params, 'input'), 'path')),
    ...(query === undefined ? [] : fieldsOf(schemas.of(query, 'input'), 'query')),
    ...(idempotency === undefined ? [] : [idempotencyKey]),
    ...(ifMatch === undefined ? [] : [{ ...ifMatchHeader, required: ifMatch === 'required' }]),
  ]
}

const idempotencyKey: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same request with the same key is done once and answered alike, for 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['7f5c2a60-2f5b-4a52-9a3c-8d3f9e2b1c44'] },
}

const ifMatchHeader: JsonObject = {
  name: 'If-Match',
  in: 'header',
  description: 'The ETag that was read: the edit is refused when it has changed meanwhile.',
  schema: { type: 'string' },
}

function fieldsOf(schema: JsonObject, place: 'path' | 'query'): JsonObject[] {
  const { properties, required } = schema
  return Object.entries(isJsonObject(properties) ? properties : {}).map(([name, field]) => {
    const { description = null, ...rest } = isJsonObject(field) ? field : {}
    const isRequired = place === 'path' || (Array.isArray(required) && required.includes(name))
    return { name, in: place, required: isRequired, ...(description !== null && { description }), schema: rest }
  })
}

function bodyOf({ body, bodyTypes = [], bodyExample }: Route, schemas: Schemas): JsonObject | undefined {
  if (body === undefined) return undefined
  const json = { schema: schemas.of(body, 'input'), ...exampleOf(bodyExample) }
  const others = bodyTypes.map((type): [string, JsonObject] => [
    type,
    isJsonType(type) ? json : { schema: { type: 'string' } },
  ])
  return {
    required: !body.safeParse(undefined).success,
    content: { 'application/json': json, ...Object.fromEntries(others) },
  }
}

function answerOf({ schema, description, example, type, headers = {} }: AnswerShape, schemas: Schemas): JsonObject {
  const described = Object.entries(headers).map(([name, text]): [string, JsonObject] => [
    name,
    { description: text, schema: { type: 'string' } },
  ])
  return {
    description,
    ...(described.length > 0 && { headers: Object.fromEntries(described) }),
    ...(schema !== undefined && {
      content: { [type ?? 'application/json']: { schema: schemas.of(schema, 'output'), ...exampleOf(example) } },
    }),
    // What has a type alone is a text.
    ...(schema === undefined &&
      type !== undefined && { content: { [type]: { schema: { type: 'string' }, ...exampleOf(example) } } }),
  }
}

function exampleOf(example: unknown): JsonObject {
  if (example === undefined) return {}
  const payload = toPayload(example)
  return payload.ok ? asJsonObject({ example: payload.value }) : {}
}
