// src/client/api.generated.ts: the types of every operation, printed from the OpenAPI document in the shape that openapi-fetch reads.

import { apiPrefix } from '../../src/api/mount.ts'
import { openApiDocument } from '../../src/api/openapi/document.ts'
import { routes } from '../../src/api/routes.ts'
import { tags } from '../../src/api/tags.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts'
import { comment, docOf, fieldsOf, key, typeName, typeOf } from './schema-type.ts'

/** The module as text. */
export function clientTypes(): string {
  const place = { url: 'http://127.0.0.1:4000', email: 'ops@example.com', version: '1', prefix: apiPrefix }
  return typesOf(openApiDocument(routes, { ...place, tags }))
}

const answers = `/** An answer with a body of JSON. */
export interface JsonAnswer<Body> { content: { 'application/json': Body } }

/** An answer that is no success (RFC 9457). */
export interface ProblemAnswer { content: { 'application/problem+json': Problem } }`

export function typesOf(document: JsonObject): string {
  const paths = entriesOf(document['paths'])
  const components = isJsonObject(document['components']) ? document['components'] : {}
  return [
    '// The types of the API. Written by docs/generate/all.ts from the OpenAPI document: change the routes, not this file.',
    answers,
    ...entriesOf(components['schemas']).map(componentType),
    `/** What each path takes and answers, by method. */\nexport interface paths {\n${paths.map(pathType).join('\n')}\n}`,
    `/** The requests that take an \`Idempotency-Key\`. */\nexport const keyedRequests: ReadonlySet<string> = new Set(${JSON.stringify(paths.flatMap(keyedOf))})`,
  ].join('\n\n')
}

function entriesOf(value: Json | undefined): [string, JsonObject][] {
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, member]): [string, JsonObject][] =>
    isJsonObject(member) ? [[name, member]] : [],
  )
}

/** Objects are interfaces, which may refer to themselves. */
function componentType([name, schema]: [string, JsonObject]): string {
  const { type, properties, additionalProperties: others } = schema
  const isInterface = type === 'object' && isJsonObject(properties) && !isJsonObject(others)
  const body = isInterface
    ? `interface ${typeName(name)} {\n${fieldsOf(schema)}\n}`
    : `type ${typeName(name)} = ${typeOf(schema)}`
  return `${docOf(schema).trimStart()}export ${body}`
}

function pathType([path, item]: [string, JsonObject]): string {
  const operations = entriesOf(item).map(
    ([method, operation]) => `${summaryOf(operation)}${method}: {\n${operationType(operation)}\n}`,
  )
  return `${JSON.stringify(path)}: {\n${operations.join('\n')}\n}`
}

const summaryOf = ({ summary }: JsonObject): string => (typeof summary === 'string' ? comment(`${summary}.`) : '')

function operationType({ parameters, requestBody, responses }: JsonObject): string {
  return [
    `parameters: {\n${parametersType(Array.isArray(parameters) ? parameters.filter(isJsonObject) : [])}\n}`,
    ...bodyType(requestBody),
    `responses: {\n${responsesType(responses)}\n}`,
  ].join('\n')
}

const places = ['query', 'path', 'header', 'cookie'] as const

function parametersType(parameters: readonly JsonObject[]): string {
  return places
    .map((place) => {
      const own = parameters.filter((parameter) => parameter['in'] === place)
      if (own.length === 0) return `${place}?: never`
      const isOptional = own.every(({ required }) => required !== true)
      return `${place}${isOptional ? '?' : ''}: {\n${own.map(parameterType).join('\n')}\n}`
    })
    .join('\n')
}

/** One that is undefined is not sent. */
function parameterType(parameter: JsonObject): string {
  const { name, required, schema } = parameter
  const type = typeOf(schema)
  const field = required === true ? `: ${type}` : `?: ${type} | undefined`
  return `${docOf(parameter)}${key(typeof name === 'string' ? name : '')}${field}`
}

function bodyType(body: Json | undefined): string[] {
  if (!isJsonObject(body)) return []
  return [`requestBody${body['required'] === true ? '' : '?'}: {\n${contentType(body['content'])}\n}`]
}

/** Every answer that is no success has one form: all of them are `default`. */
function responsesType(responses: Json | undefined): string {
  const successes = entriesOf(responses).filter(([status]) => status < '400')
  return [
    ...successes.map(([status, { content }]) => `${status}: ${answerType(content)}`),
    'default: ProblemAnswer',
  ].join('\n')
}

function answerType(content: Json | undefined): string {
  const types = entriesOf(content)
  const json = types.find(([type]) => type === 'application/json')
  if (json !== undefined && types.length === 1) return `JsonAnswer<${typeOf(json[1]['schema'])}>`
  return types.length === 0 ? '{ content?: never }' : `{\n${contentType(content)}\n}`
}

function contentType(content: Json | undefined): string {
  const types = entriesOf(content).map(([type, { schema }]) => `${JSON.stringify(type)}: ${typeOf(schema)}`)
  return `content: {\n${types.join('\n')}\n}`
}

function keyedOf([path, item]: [string, JsonObject]): string[] {
  return entriesOf(item).flatMap(([method, { parameters }]) => {
    const isKeyed =
      Array.isArray(parameters) && parameters.some((one) => isJsonObject(one) && one['name'] === 'Idempotency-Key')
    return isKeyed ? [`${method.toUpperCase()} ${path}`] : []
  })
}
