// Requests made from the OpenAPI document: such as it describes, and such as it does not.

import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts'
import { Dice } from './dice.ts'
import { hostileTexts, type Known, mutate, valueFor } from './values.ts'

export interface FuzzRequest {
  readonly operation: string
  /** What is wrong with it; `valid` when nothing is, as far as the document says. */
  readonly kind: (typeof kinds)[number]
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the API's prefix. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string | undefined
}

const kinds = ['valid', 'valid', 'body', 'body', 'parameters', 'headers', 'content type', 'raw', 'size'] as const

interface Operation {
  readonly path: string
  readonly method: FuzzRequest['method']
  readonly id: string
  readonly parameters: readonly JsonObject[]
  readonly bodies: JsonObject
}

/** A request that succeeds, of which generated ones take parts: else hardly one would get past the first check. */
export interface Sample {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface FuzzOptions {
  /** Ids and names that exist, of this tenant and of others. */
  readonly texts: readonly string[]
  readonly seed: number
  sampleOf(operation: string): Sample | undefined
}

/** An endless list. */
export function* fuzzRequests(document: JsonObject, { texts, seed, sampleOf }: FuzzOptions): Generator<FuzzRequest> {
  const dice = new Dice(seed)
  const { schemas } = objectAt(document, 'components')
  const known: Known = { components: isJsonObject(schemas) ? schemas : {}, texts }
  const operations = operationsOf(document)
  for (let turn = 0; ; turn++) {
    const operation = operations[turn % operations.length]
    if (operation === undefined) throw new Error('The document has no operation')
    const sample = dice.falls(0.6) ? (sampleOf(operation.id) ?? {}) : {}
    yield requestFor(operation, dice.pick(kinds), dice, known, sample)
  }
}

function operationsOf(document: JsonObject): Operation[] {
  return Object.entries(objectAt(document, 'paths')).flatMap(([path, methods]) =>
    Object.entries(isJsonObject(methods) ? methods : {}).map(([method, operation]): Operation => {
      const { operationId, parameters, requestBody } = isJsonObject(operation) ? operation : {}
      return {
        path,
        method: methodOf(method),
        id: typeof operationId === 'string' ? operationId : path,
        parameters: Array.isArray(parameters) ? parameters.filter(isJsonObject) : [],
        bodies: isJsonObject(requestBody) ? objectAt(requestBody, 'content') : {},
      }
    }),
  )
}

function methodOf(text: string): FuzzRequest['method'] {
  const upper = text.toUpperCase()
  const found = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).find((method) => method === upper)
  if (found === undefined) throw new Error(`The document has the method ${text}`)
  return found
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const { [name]: member } = object
  return isJsonObject(member) ? member : {}
}

function requestFor(
  operation: Operation,
  kind: FuzzRequest['kind'],
  dice: Dice,
  known: Known,
  sample: Sample,
): FuzzRequest {
  const given = { ...sample.params, ...sample.query, 'If-Match': '*' }
  const parameters = operation.parameters.map((parameter) => ({
    parameter,
    value: valueOf(parameter, kind, dice, known, given),
  }))
  const inPlace = (place: string) => parameters.filter(({ parameter }) => parameter['in'] === place)
  let url = operation.path
  for (const { parameter, value } of inPlace('path')) {
    url = url.replace(`{${String(parameter['name'])}}`, encoded(value))
  }
  const query = inPlace('query').flatMap(({ parameter, value }) =>
    parameter['required'] === true || dice.falls(0.5) ? [`${encoded(parameter['name'] ?? '')}=${encoded(value)}`] : [],
  )
  if (kind === 'parameters') query.push(`${encoded(dice.pick(hostileTexts))}=${encoded(dice.pick(hostileTexts))}`)
  const headers = Object.fromEntries(
    inPlace('header').flatMap(({ parameter, value }) =>
      parameter['required'] === true || dice.falls(0.3) ? [[String(parameter['name']), headerText(value)]] : [],
    ),
  )
  const { type, payload } = bodyOf(operation, kind, dice, known, sample)
  return {
    operation: operation.id,
    kind,
    method: operation.method,
    url: query.length === 0 ? url : `${url}?${query.join('&')}`,
    headers: { ...headers, ...(type !== undefined && { 'content-type': type }), ...extraHeaders(kind, dice) },
    payload,
  }
}

function valueOf(
  { name, schema }: JsonObject,
  kind: FuzzRequest['kind'],
  dice: Dice,
  known: Known,
  given: Readonly<Record<string, string>>,
): Json {
  if (kind === 'parameters' && dice.falls(0.6)) return dice.pick(hostileTexts).slice(0, 4000)
  const { [String(name)]: sample } = given
  if (sample !== undefined && dice.falls(0.8)) return sample
  return valueFor(schema ?? true, dice, known)
}

function encoded(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return encodeURIComponent(text.toWellFormed()) || '%20'
}

/** What a client can put on the wire. */
function headerText(value: Json): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/[^\t\x20-\x7e]/g, '?').slice(0, 6000)
}

function extraHeaders(kind: FuzzRequest['kind'], dice: Dice): Record<string, string> {
  if (kind !== 'headers') return {}
  const names = [
    'idempotency-key',
    'if-match',
    'traceparent',
    'x-forwarded-for',
    'accept',
    'last-event-id',
    'expect',
    'range',
    'x-http-method-override',
  ]
  return { [dice.pick(names)]: headerText(dice.pick(hostileTexts)) }
}

function bodyOf(operation: Operation, kind: FuzzRequest['kind'], dice: Dice, known: Known, sample: Sample) {
  const types = Object.keys(operation.bodies)
  if (types.length === 0) {
    return kind === 'body' ? { type: 'application/json', payload: '{"a":1}' } : { type: undefined, payload: undefined }
  }
  const type = dice.pick(types)
  const { schema } = objectAt(operation.bodies, type)
  const value = sampleBody(sample, type) ?? valueFor(schema ?? true, dice, known)
  const sent = kind === 'body' ? mutate(value, dice) : value
  const payload = typeof sent === 'string' && !type.endsWith('json') ? sent : JSON.stringify(sent)
  switch (kind) {
    case 'content type':
      return {
        type: dice.pick([
          'text/plain',
          'application/xml',
          'multipart/form-data; boundary=x',
          'application/json; charset=utf-16',
          'x',
          'application/cloudevents+json',
        ]),
        payload,
      }
    case 'raw':
      return { type, payload: raw(payload, dice) }
    case 'size':
      return { type, payload: dice.falls(0.02) ? `"${'x'.repeat(6_000_000)}"` : payload }
    default:
      return { type, payload }
  }
}

function sampleBody({ body }: Sample, type: string): Json | undefined {
  if (!isJsonObject(body)) return undefined
  return type === 'application/json' ? body : body['source']
}

/** Not quite JSON. */
function raw(payload: string, dice: Dice): string {
  return dice.pick([
    '',
    ' ',
    'null',
    '[]',
    '{',
    payload.slice(0, Math.floor(payload.length / 2)),
    `${payload}${payload}`,
    `{"__proto__":${payload},"constructor":{"prototype":{"a":1}}}`,
    payload.replaceAll('"', "'"),
    `\ufeff${payload}`,
    '[['.repeat(20_000),
    '{"a":'.repeat(20_000),
    '1e999999',
    '"\\ud800"',
    '"\\u0000"',
  ])
}
