// Turns what CEL computes into JSON, or into the text of a template.

import { EvaluationError, Optional } from '@marcbachmann/cel-js'
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { isPrototypeKey, type Json } from '../json.ts'
import { durationText, timestampText } from './clock.ts'
import { describeValue, isPlainObject } from './language-function.ts'

/** Characters of JSON, roughly: 1 MB. */
const largestResult = 1_000_000
const deepestResult = 200

const refuse = (message: string): never => {
  throw new EvaluationError({ code: 'bad_result', message })
}

/**
 * A value as JSON: timestamps as ISO text, durations in seconds (`172800s`), bytes as base64, CEL ints as numbers. Throws for
 * whole numbers beyond 2^53, for infinite numbers, for what has no JSON, and past 1 MB or 200 levels.
 */
export function jsonOf(value: unknown): Json {
  return new JsonWriter().write(value)
}

/** Writes values until there are 1 MB of them. */
export class JsonWriter {
  #left = largestResult

  write(value: unknown, depth = 0): Json {
    if (typeof value === 'string') return this.#take(value.length, value)
    if (typeof value === 'boolean' || value === null) return this.#take(5, value)
    if (typeof value === 'number') return this.#take(8, finite(value))
    if (typeof value === 'bigint') return this.#take(8, safe(value))
    if (depth > deepestResult) return refuse(`The result is nested deeper than ${deepestResult} levels`)
    if (Array.isArray(value)) return value.map((entry) => this.#take(1, this.write(entry, depth + 1)))
    if (isPlainObject(value)) return this.#object(value, depth)
    return this.#special(value, depth)
  }

  /** How a value stands in a text: null is empty, what is no text is JSON; bytes are read as UTF-8. */
  writeText(value: unknown): string {
    if (value instanceof Uint8Array) return this.#take(value.length, utf8(value))
    if (typeof value === 'bigint') return this.#take(8, String(value))
    const json = this.write(value)
    if (json === null) return ''
    return typeof json === 'string' ? json : JSON.stringify(json)
  }

  #object(value: Readonly<Record<string, unknown>>, depth: number): Json {
    return Object.fromEntries(
      Object.keys(value).map((key) => {
        if (isPrototypeKey(key)) return refuse(`The result has a field \`${key}\`; that name is not allowed`)
        this.#take(key.length + 4, null)
        return [key, this.write(value[key], depth + 1)]
      }),
    )
  }

  #special(value: unknown, depth: number): Json {
    if (value instanceof Date) return this.#take(24, timestampText(value))
    if (value instanceof Duration) return this.#take(24, durationText(value))
    if (value instanceof Uint8Array) return this.#take(value.length * 1.4, value.toBase64())
    if (value instanceof UnsignedInt) return this.#take(8, safe(value.value))
    if (value instanceof Optional) return this.write(value.orValue(null), depth + 1)
    return refuse(`The result is ${describeValue(value)}: a type, a function or a name space cannot be stored`)
  }

  #take<T extends Json>(size: number, value: T): T {
    this.#left -= size
    return this.#left < 0 ? refuse('The result is larger than 1 MB') : value
  }
}

function finite(value: number): number {
  return Number.isFinite(value)
    ? value
    : refuse('The result is no finite number: something was divided by zero or grew too large')
}

function safe(value: bigint): number {
  const number = Number(value)
  return Number.isSafeInteger(number)
    ? number
    : refuse('The result is a whole number beyond 2^53, which JSON cannot hold exactly; use string()')
}

export const textOf = (value: unknown): string => new JsonWriter().writeText(value)

function utf8(bytes: Uint8Array): string {
  if (bytes.length > largestResult) return refuse('The result is larger than 1 MB')
  try {
    return decodeURIComponent(bytes.toHex().replace(/../g, '%$&'))
  } catch {
    return refuse('These bytes are no UTF-8 text')
  }
}
