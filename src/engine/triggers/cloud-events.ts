// CloudEvents 1.0 as they come over HTTP: structured, in batches and in binary mode, checked by what the specification asks.

import { isJsonObject, isPrototypeKey, type Json, type JsonObject } from '../../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import type { ReceivedEvent } from './events.ts'

export type CloudEvent = Omit<ReceivedEvent, 'tenantId'>

/** One event in structured mode (JSON event format, section 3). Problems: `invalid_input`, all at once. */
export function readStructured(value: Json): Result<CloudEvent> {
  if (!isJsonObject(value)) return failed(fault('', 'An event is a JSON object.'))
  const { data = null, data_base64: binary, ...members } = value
  // "An attribute that is null is one that is not set."
  const attributes = Object.fromEntries(Object.entries(members).filter(([, member]) => member !== null))
  return eventOf(attributes, data, binary === undefined ? [] : [noBinary])
}

/** One event without the envelope: type, source, id and data, and whatever other attributes it has. */
export function readPlain(value: Json): Result<CloudEvent> {
  return readStructured(isJsonObject(value) ? { specversion: '1.0', ...value } : value)
}

/** One event in binary mode (HTTP binding, section 3.1): attributes are headers, the body is the data. */
export function readBinary(headers: Readonly<Record<string, string | undefined>>, data: Json): Result<CloudEvent> {
  const problems: Problem[] = []
  const attributes: Record<string, Json> = {}
  for (const [header, text = ''] of Object.entries(headers)) {
    if (!header.startsWith('ce-')) continue
    const name = header.slice('ce-'.length)
    const decoded = decodeHeader(text)
    if (decoded === undefined) problems.push(fault(name, `The header "${header}" is not percent-encoded UTF-8.`))
    else attributes[name] = decoded
  }
  return eventOf(attributes, data, problems)
}

/** Whether the attributes of an event are in the headers. */
export function isBinaryMode(headers: Readonly<Record<string, unknown>>): boolean {
  return ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'].some((name) => headers[name] !== undefined)
}

const noBinary: Problem = {
  code: 'invalid_input',
  pointer: '/data_base64',
  message: 'Binary data is not taken: what starts a workflow is JSON. Send it as `data`, or a link to it.',
}

function eventOf(attributes: JsonObject, data: Json, before: readonly Problem[]): Result<CloudEvent> {
  const problems = [
    ...before,
    ...Object.entries(rules).flatMap(([name, rule]) => {
      const said = rule(attributes[name])
      return said === undefined ? [] : [fault(name, `"${name}" ${said}.`)]
    }),
    ...Object.entries(attributes).flatMap(([name, value]) => extensionProblems(name, value)),
  ]
  const { id, source, type } = attributes
  if (problems.length > 0) return failed(...problems)
  if (typeof id !== 'string' || typeof source !== 'string' || typeof type !== 'string') throw new TypeError('unchecked')
  const { specversion: _, ...rest } = attributes
  return ok({ id, source, type, data, attributes: rest })
}

type Rule = (value: Json | undefined) => string | undefined

const required =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? 'is required' : rule(value)
const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? undefined : rule(value)
const text: Rule = (value) => (typeof value === 'string' && value !== '' ? undefined : 'must be text that is not empty')
const matching =
  (pattern: RegExp, said: string): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : said

/** RFC 3986: what may stand in a URI reference, percent-encoded where it is anything else. */
const reference = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;.*)?$/

const rules: Readonly<Record<string, Rule>> = {
  specversion: required((value) => (value === '1.0' ? undefined : 'must be "1.0"')),
  id: required(text),
  source: required(matching(reference, 'must be a URI reference, such as /shop/orders')),
  type: required(text),
  subject: optional(text),
  time: optional((value) =>
    typeof value === 'string' && rfc3339.test(value) && !Number.isNaN(Date.parse(value))
      ? undefined
      : 'must be a time of RFC 3339, such as 2026-11-21T12:00:00Z',
  ),
  datacontenttype: optional(matching(mediaType, 'must be a media type')),
  dataschema: optional(matching(absolute, 'must be an absolute URI')),
}

const largest = 2 ** 31

function extensionProblems(name: string, value: Json): Problem[] {
  if (Object.hasOwn(rules, name)) return []
  if (!/^[a-z0-9]{1,100}$/.test(name) || isPrototypeKey(name)) {
    return [fault(name, `"${name.slice(0, 60)}" is no name of an attribute: those have lower-case letters and digits.`)]
  }
  const isInteger = Number.isInteger(value) && Number(value) >= -largest && Number(value) < largest
  if (typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && isInteger)) return []
  return [fault(name, `"${name}" must be text, a boolean, or an integer of 32 bits. Put anything else into \`data\`.`)]
}

/** HTTP binding 3.1.3.2; a value may also be quoted, as older senders do. */
function decodeHeader(value: string): string | undefined {
  const quoted = /^"(.*)"$/.exec(value)?.[1]
  try {
    return decodeURIComponent(quoted === undefined ? value : quoted.replaceAll(/\\(.)/g, '$1'))
  } catch {
    return undefined
  }
}

function fault(name: string, message: string): Problem {
  const pointer = name === '' ? '' : `/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`
  return { code: 'invalid_input', pointer, message }
}
