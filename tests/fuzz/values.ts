// Values for JSON Schemas: such as fit, and such as an attacker or a careless program sends.

import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts'
import { Dice } from './dice.ts'

export interface Known {
  /** Schemas by `#/components/schemas/<name>`. */
  readonly components: JsonObject
  /** Ids and names that exist, of this tenant and of others. */
  readonly texts: readonly string[]
}

const deepest = 6

/** A value that fits the schema, more or less: what a schema cannot say may still be wrong. */
export function valueFor(schema: Json, dice: Dice, known: Known, depth = 0): Json {
  if (!isJsonObject(schema)) return anything(dice, depth)
  const { $ref: reference, enum: choices, const: only, anyOf, oneOf, allOf, type, examples } = schema
  if (typeof reference === 'string') return valueFor(resolve(reference, known), dice, known, depth)
  if (only !== undefined) return only
  if (Array.isArray(choices)) return dice.pick(choices)
  if (Array.isArray(examples) && examples.length > 0 && dice.falls(0.3)) return dice.pick(examples)
  for (const options of [anyOf, oneOf, allOf]) {
    if (Array.isArray(options)) return valueFor(dice.pick(options), dice, known, depth)
  }
  const kind = Array.isArray(type) ? dice.pick(type) : type
  switch (kind) {
    case 'object':
      return objectFor(schema, dice, known, depth)
    case 'array':
      return listFor(schema, dice, known, depth)
    case 'string':
      return textFor(schema, dice, known)
    case 'integer':
    case 'number':
      return numberFor(schema, dice, kind)
    case 'boolean':
      return dice.falls(0.5)
    case 'null':
      return null
    default:
      return anything(dice, depth)
  }
}

function resolve(reference: string, { components }: Known): Json {
  const found = components[reference.replace('#/components/schemas/', '')]
  if (found === undefined) throw new Error(`The document refers to ${reference}, which it does not have`)
  return found
}

function objectFor(schema: JsonObject, dice: Dice, known: Known, depth: number): JsonObject {
  const { properties, required, additionalProperties } = schema
  const needed = new Set(Array.isArray(required) ? required : [])
  const made: Record<string, Json> = {}
  for (const [name, member] of Object.entries(isJsonObject(properties) ? properties : {})) {
    if (needed.has(name) || (depth < deepest && dice.falls(0.5))) made[name] = valueFor(member, dice, known, depth + 1)
  }
  if (additionalProperties !== undefined && additionalProperties !== false && depth < deepest) {
    for (let more = dice.below(3); more > 0; more--) {
      made[dice.pick(['a', 'order_id', 'x y', ...known.texts])] = valueFor(additionalProperties, dice, known, depth + 1)
    }
  }
  return made
}

function listFor({ items, minItems }: JsonObject, dice: Dice, known: Known, depth: number): Json[] {
  const least = typeof minItems === 'number' ? minItems : 0
  const length = depth < deepest ? least + dice.below(4) : least
  return Array.from({ length }, () => valueFor(items ?? true, dice, known, depth + 1))
}

function textFor({ format, pattern, maxLength, minLength }: JsonObject, dice: Dice, known: Known): string {
  if (format === 'uuid' || dice.falls(0.4)) return dice.pick(known.texts)
  if (format === 'date-time') return dice.pick(moments)
  if (format === 'email') return dice.pick(['ana@acme.example', 'a+b@c.example'])
  if (format === 'uri') return dice.pick(['https://example.com/hook', 'http://127.0.0.1:1/', 'http://169.254.169.254/'])
  const text = dice.pick(['a', 'text', 'A_NAME', 'some-name', '48h', 'ä ß 漢字', '0', 'true', ' '])
  const long = typeof pattern === 'string' || dice.falls(0.9) ? text : text.repeat(200)
  const least = typeof minLength === 'number' ? minLength : 0
  return long.padEnd(least, 'x').slice(0, typeof maxLength === 'number' ? maxLength : undefined)
}

function numberFor({ minimum, maximum }: JsonObject, dice: Dice, kind: 'integer' | 'number'): number {
  const least = typeof minimum === 'number' ? minimum : -1000
  const most = typeof maximum === 'number' ? maximum : least + 2000
  const made = dice.pick([least, most, least + dice.next() * (most - least)])
  return kind === 'integer' ? Math.round(made) : made
}

function anything(dice: Dice, depth: number): Json {
  const made = dice.pick<Json>([null, true, 0, -1, 1e300, '', 'text', [], {}])
  return depth < 2 && dice.falls(0.3) ? { nested: [made, { deeper: made }] } : made
}

/** The last of them are beyond what a calendar, JavaScript or PostgreSQL knows. */
const moments = [
  '2026-11-21T12:00:00Z',
  '1970-01-01T00:00:00.000Z',
  '2026-11-21T12:00:00.123456789+14:00',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '2026-02-30T12:00:00Z',
  '2026-12-31T23:59:60Z',
  '+275760-09-13T00:00:00Z',
  '-000001-01-01T00:00:00Z',
]

/** Longer than an entry of an index may be, also when PostgreSQL compresses it. */
function incompressible(length: number): string {
  const dice = new Dice(1)
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length }, () => letters[dice.below(letters.length)]).join('')
}

/** Texts that have broken parsers, databases, paths, logs and templates. */
export const hostileTexts: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\ufeff',
  `' or 1=1 --`,
  `"; drop table tenants; --`,
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '{{ 1 / 0 }}',
  '{{ trigger.__proto__ }}',
  '${jndi:ldap://x}',
  '<script>alert(1)</script>',
  '\r\nset-cookie: a=b',
  '%',
  '%%%00',
  '-1',
  '1e999',
  'NaN',
  '999999999999999999999999',
  '0x10',
  '2147483648',
  '9007199254740993',
  '9223372036854775808',
  '1.5',
  '00000000-0000-0000-0000-000000000000',
  '01A1FF28-479D-702E-847D-9F8B6B253E0E',
  '+275760-09-13T00:00:00Z',
  '0000-01-01T00:00:00Z',
  'A\u030a@e\u0301.example',
  '\u2126 \ufb01 \u00c5',
  'a: &a [*a, *a]',
  '"\\0"',
  '9999-99-99T99:99:99Z',
  'x'.repeat(70_000),
  incompressible(9000),
  '(a+)+$',
  '🦄'.repeat(300),
]

/** Changes one place of a value, or its shape. */
export function mutate(value: Json, dice: Dice): Json {
  if (typeof value === 'string' && value.includes('\n') && dice.falls(0.9)) return mutateLines(value, dice)
  if (Array.isArray(value) && value.length > 0 && dice.falls(0.7)) {
    const at = dice.below(value.length)
    return value.map((entry, index) => (index === at ? mutate(entry, dice) : entry))
  }
  if (isJsonObject(value) && Object.keys(value).length > 0 && dice.falls(0.8)) return mutateMember(value, dice)
  return dice.pick<Json>([null, true, [], {}, [[[]]], 0, -1, 1e308, 2 ** 53, deep(150), ...hostileTexts])
}

/** Of a definition: still YAML, more often than not. */
function mutateLines(text: string, dice: Dice): string {
  const lines = text.split('\n')
  const at = dice.below(lines.length)
  const line = lines[at] ?? ''
  const [before = '', after] = line.split(/(?<=: )/, 2)
  const changed = dice.pick([
    [],
    [line, line],
    [line, ...lines.slice(0, 3)],
    [`  ${line}`],
    [`${before}${dice.pick(hostileTexts)}`],
    [`${before}${JSON.stringify(dice.pick(hostileTexts))}`],
    [`${before}{{ ${dice.pick(['steps.x.output', 'trigger.a.b', '1 / 0', 'secrets.A', 'size(', 'trigger[0]'])} }}`],
    [
      `${before}${dice.pick(['-1', '1e400', '99999999999999999999', '.nan', '~', '!!binary aGk=', '2026-11-21', '*none', '[]', '{}'])}`,
    ],
    after === undefined ? [`${line}: x`] : [`${dice.pick(hostileTexts)}: ${after}`],
  ])
  return lines.toSpliced(at, 1, ...changed).join('\n')
}

function mutateMember(value: JsonObject, dice: Dice): Json {
  const names = Object.keys(value)
  const name = dice.pick(names)
  const { [name]: member = null, ...others } = value
  switch (dice.below(5)) {
    case 0:
      return others
    case 1:
      return { ...value, [dice.pick(hostileTexts)]: member }
    case 2:
      return { ...others, [dice.pick(hostileTexts.filter((text) => text !== '__proto__'))]: member }
    default:
      return { ...value, [name]: mutate(member, dice) }
  }
}

function deep(levels: number): Json {
  let made: Json = 1
  for (let level = 0; level < levels; level++) made = { a: made }
  return made
}
