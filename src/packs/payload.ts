// What may pass between a step and the journal: plain JSON without keys that reach a prototype.

import { isJsonObject, isPrototypeKey } from '../kernel/json.ts'
import type { Json, JsonObject } from '../kernel/json.ts'

/** Deeper than any document a person writes; keeps the walk off the end of the stack. */
const deepest = 200

export type Payload = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string }

/**
 * Copies a value as JSON. Members that are `undefined` are left out, and characters that the database cannot hold become
 * U+FFFD; what JSON cannot hold (functions, dates, NaN, class instances) and the keys `__proto__`, `constructor` and
 * `prototype` are refused; the problem opens with a JSON Pointer (RFC 6901).
 */
export function toPayload(value: unknown): Payload {
  try {
    return { ok: true, value: copy(value, '', 0) }
  } catch (error) {
    if (error instanceof NotJson) return { ok: false, problem: error.message }
    throw error
  }
}

export function isJson(value: unknown): value is Json {
  return toPayload(value).ok
}

/** A parsed object as JSON: without the members that are `undefined`. Throws for what JSON cannot hold. */
export function asJsonObject(value: object): JsonObject {
  const members = copy(value, '', 0)
  if (isJsonObject(members)) return members
  throw new TypeError('a list is not an object')
}

class NotJson extends Error {
  constructor(pointer: string, message: string) {
    super(pointer === '' ? message : `${pointer}: ${message}`)
  }
}

function copy(value: unknown, pointer: string, depth: number): Json {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return storable(value)
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'object') throw new NotJson(pointer, `${describe(value)} is not JSON`)
  if (depth > deepest) throw new NotJson(pointer, `is nested deeper than ${deepest} levels`)
  if (Array.isArray(value)) return value.map((entry, index) => copy(entry, `${pointer}/${index}`, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new NotJson(pointer, 'an instance of a class is not JSON')
  return copyMembers(value, pointer, depth)
}

function copyMembers(value: object, pointer: string, depth: number): Json {
  const members: Record<string, Json> = {}
  for (const [key, member] of Object.entries(value)) {
    const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (isPrototypeKey(key)) throw new NotJson(at, `the key "${key}" is not allowed`)
    if (member !== undefined) members[storable(key)] = copy(member, at, depth + 1)
  }
  return members
}

/** The text as it comes back from the journal, so that what runs now sees what runs after a takeover. */
function storable(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed()
  return formed.includes('\0') ? formed.replaceAll('\0', '\ufffd') : formed
}

function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`
}
