// Checks what an execution is given against the inputs that the workflow declares.

import { z } from 'zod'
import { isJsonObject, isPrototypeKey, type Json, type JsonObject } from '../json.ts'
import { failed, ok, type Problem, type Result } from '../problem.ts'
import { canonicalJson, jsonCopy } from './canonical-json.ts'
import { pointerTo } from './finding.ts'
import { sayChoices, sayCount, sayThere, sayValue, suggest } from './wording.ts'
import type { InputSchema } from './workflow.ts'

export interface InputOptions {
  /** Lets fields through that are not declared, as an event's data may have. */
  readonly allowUnknown?: boolean
}

export interface InputProblem extends Problem {
  readonly pointer: string
}

interface Checking extends InputOptions {
  readonly problems: InputProblem[]
}

type Fields = Readonly<Record<string, InputSchema | undefined>>

/**
 * Checks `given` and fills in defaults. Returns a new object or every problem at once (code `invalid_input`, pointers into `given`).
 * An input is required unless it has a default or says `required: false`.
 */
export function checkInputs(
  workflow: { readonly inputs?: Fields | undefined },
  given: unknown,
  options: InputOptions = {},
): Result<JsonObject> {
  const { value, problems } = readInputs(workflow.inputs, given, options)
  return problems.length === 0 && isJsonObject(value) ? ok(value) : failed(...problems)
}

/** The same, with what could be read beside the problems. `undefined` among the fields stands for a declaration that is broken: anything goes. */
export function readInputs(
  fields: Fields = {},
  given: unknown = {},
  options: InputOptions = {},
): { readonly value: Json; readonly problems: readonly InputProblem[] } {
  const checking: Checking = { ...options, problems: [] }
  return { value: checkFields(fields, given, '', 'The inputs', checking), problems: checking.problems }
}

/** What was given, with the defaults of the fields that it lacks: those of a version that came later. */
export function withDefaults(fields: Fields = {}, given: JsonObject): JsonObject {
  const defaults = Object.entries(fields).flatMap(([name, schema]) =>
    schema?.default === undefined ? [] : [[name, jsonCopy(schema.default)] as const],
  )
  return { ...Object.fromEntries(defaults), ...given }
}

/** The problems of one value against one declared input; `name` begins each sentence. */
export function inputProblems(
  schema: InputSchema,
  value: unknown,
  pointer: string,
  name: string,
): readonly InputProblem[] {
  const checking: Checking = { problems: [] }
  checkValue(schema, value, pointer, name, checking)
  return checking.problems
}

function checkFields(fields: Fields, given: unknown, pointer: string, name: string, checking: Checking): Json {
  if (!isJsonObject(given)) return refuse(checking, pointer, `${name} must be a mapping, not ${sayValue(given)}.`)
  const result: Record<string, Json> = {}
  for (const [key, schema] of Object.entries(fields)) {
    const value = Object.hasOwn(given, key) ? given[key] : undefined
    const here = pointerTo(pointer, key)
    const say = pointer === '' ? `The input \`${key}\`` : `\`${key}\` in ${lower(name)}`
    if (value !== undefined)
      result[key] =
        schema === undefined ? copy(value, here, say, checking, 0) : checkValue(schema, value, here, say, checking)
    else if (schema?.default !== undefined) result[key] = copy(schema.default, here, say, checking, 0)
    else if (schema !== undefined && schema.required !== false)
      refuse(checking, here, `${say} is missing.`, schema.description ?? `It must be ${typeWords[schema.type]}.`)
  }
  for (const [key, value] of Object.entries(given)) {
    if (Object.hasOwn(fields, key)) continue
    const here = pointerTo(pointer, key)
    if (isPrototypeKey(key)) refuse(checking, here, `The name \`${key}\` is not allowed.`, 'Choose another name.')
    else if (checking.allowUnknown === true) result[key] = copy(value, here, `\`${key}\``, checking, 0)
    else {
      const known = Object.keys(fields)
      refuse(
        checking,
        here,
        `There is no input \`${key}\`${pointer === '' ? '' : ` in ${lower(name)}`}.`,
        suggest(key, known, sayThere(known) ?? 'Nothing is expected here.'),
      )
    }
  }
  return result
}

function checkValue(schema: InputSchema, value: unknown, pointer: string, name: string, checking: Checking): Json {
  if (!kinds[schema.type](value))
    return refuse(
      checking,
      pointer,
      `${name} must be ${typeWords[schema.type]}, not ${sayValue(value)}.`,
      schema.description,
    )
  checkBounds(schema, value, pointer, name, checking)
  const checked = checkParts(schema, value, pointer, name, checking)
  if (schema.enum !== undefined && !schema.enum.some((choice) => canonicalJson(choice) === canonicalJson(checked))) {
    const texts = schema.enum.map((choice) => (typeof choice === 'string' ? choice : canonicalJson(choice)))
    refuse(
      checking,
      pointer,
      `${name} must be ${sayChoices(texts)}, not ${sayValue(value)}.`,
      suggest(String(value), texts),
    )
  }
  return checked
}

function checkParts(
  { items, properties }: InputSchema,
  value: unknown,
  pointer: string,
  name: string,
  checking: Checking,
): Json {
  if (isJsonObject(value) && properties !== undefined) return checkFields(properties, value, pointer, name, checking)
  if (!Array.isArray(value) || items === undefined) return copy(value, pointer, name, checking, 0)
  return value.map((item, index) =>
    checkValue(items, item, pointerTo(pointer, index), `Entry ${index + 1} of ${lower(name)}`, checking),
  )
}

function checkBounds(schema: InputSchema, value: unknown, pointer: string, name: string, checking: Checking): void {
  const say = (demand: string): Json => refuse(checking, pointer, `${name} must ${demand}, not ${sayValue(value)}.`)
  const { minimum, maximum, minLength, maxLength, format } = schema
  if (typeof value === 'number') {
    if (minimum !== undefined && value < minimum) say(`be at least ${minimum}`)
    if (maximum !== undefined && value > maximum) say(`be at most ${maximum}`)
  }
  if (typeof value === 'string' || Array.isArray(value)) {
    const count = (limit: number): string =>
      `${limit} ${sayCount(limit, typeof value === 'string' ? 'character' : 'entry')}`
    const size = value.length
    if (minLength !== undefined && size < minLength)
      refuse(checking, pointer, `${name} must have at least ${count(minLength)}; it has ${size}.`)
    if (maxLength !== undefined && size > maxLength)
      refuse(checking, pointer, `${name} must have at most ${count(maxLength)}; it has ${size}.`)
  }
  if (typeof value === 'string' && format !== undefined && !formats[format].schema.safeParse(value).success)
    say(`be ${formats[format].words}`)
}

const maxDepth = 64

/** A copy that holds JSON and nothing else: no prototype key, no value that JSON lacks, no bottomless nesting. */
function copy(value: unknown, pointer: string, name: string, checking: Checking, depth: number): Json {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (depth >= maxDepth) return refuse(checking, pointer, `${name} is nested more than ${maxDepth} levels deep.`)
  if (Array.isArray(value))
    return value.map((item, index) => copy(item, pointerTo(pointer, index), name, checking, depth + 1))
  if (!isJsonObject(value)) return refuse(checking, pointer, `${name} holds something that is not JSON.`)
  const result: Record<string, Json> = {}
  for (const [key, item] of Object.entries(value)) {
    if (isPrototypeKey(key))
      refuse(checking, pointerTo(pointer, key), `The name \`${key}\` is not allowed.`, 'Choose another name.')
    else result[key] = copy(item, pointerTo(pointer, key), name, checking, depth + 1)
  }
  return result
}

function refuse(checking: Checking, pointer: string, message: string, hint?: string): null {
  checking.problems.push({ code: 'invalid_input', pointer, message, ...(hint === undefined ? {} : { hint }) })
  return null
}

const kinds: Readonly<Record<InputSchema['type'], (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  object: isJsonObject,
  array: (value) => Array.isArray(value),
}

const typeWords: Readonly<Record<InputSchema['type'], string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: '`true` or `false`',
  object: 'a mapping',
  array: 'a list',
}

const formats: Readonly<Record<NonNullable<InputSchema['format']>, { schema: z.ZodType; words: string }>> = {
  date: { schema: z.iso.date(), words: 'a date such as "2026-11-21"' },
  'date-time': { schema: z.iso.datetime({ offset: true }), words: 'a time such as "2026-11-21T09:00:00Z"' },
  email: { schema: z.email(), words: 'an e-mail address' },
  uri: { schema: z.url(), words: 'an address such as "https://example.com/path"' },
  uuid: { schema: z.uuid(), words: 'a UUID' },
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
