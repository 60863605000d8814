// What a function of the expression language is: a row of a table that is run, checked, documented and completed from.

import { EvaluationError } from '@marcbachmann/cel-js'
import { Duration } from '@marcbachmann/cel-js/evaluator'
import type { Json } from '../json.ts'
import { parseTimeSpan, parseTimestamp } from './clock.ts'

const kinds = ['any', 'string', 'number', 'int', 'bool', 'list', 'map', 'timestamp', 'duration', 'bytes'] as const
export type ParameterKind = (typeof kinds)[number]
const isKind = (word: string): word is ParameterKind => kinds.some((kind) => kind === word)

export interface Parameter {
  readonly name: string
  /** One of them will do. A `timestamp` may be ISO text, a `duration` its text. */
  readonly kinds: readonly ParameterKind[]
  readonly optional: boolean
  /** Any number of them. */
  readonly rest: boolean
}

/** `element`: what the first argument, a list, holds; `same`: the type of the first argument; `texts`: a list of text. */
export type ReturnKind = ParameterKind | 'type' | 'element' | 'same' | 'texts'

export interface LanguageFunction {
  readonly name: string
  /** `round(x: number, digits?: number): number` */
  readonly signature: string
  readonly parameters: readonly Parameter[]
  readonly returns: ReturnKind
  readonly doc: string
  /** An expression and its value. */
  readonly example: readonly [source: string, result: Json]
  /** Takes more than linear time: evaluated off the main thread. */
  readonly costly: boolean
  /** Absent for CEL's own functions. */
  readonly run: ((args: Arguments) => unknown) | undefined
}

/** Makes a row from its signature. Without `run` it describes a function that CEL itself brings. */
export function defineFunction(
  signature: string,
  doc: string,
  example: readonly [source: string, result: Json],
  run?: (args: Arguments) => unknown,
  options: { costly?: boolean; returns?: ReturnKind } = {},
): LanguageFunction {
  const [name, list, returned] = signature.split(/[()]/, 3).map((part) => part.trim())
  const parameters = String(list)
    .split(', ')
    .filter((parameter) => parameter !== '')
    .map(parseParameter)
  const [returns = 'any'] = kindsOf(String(returned).replace(':', ''))
  return {
    name: String(name),
    signature,
    parameters,
    returns: options.returns ?? returns,
    doc,
    example,
    costly: options.costly ?? false,
    run,
  }
}

function parseParameter(text: string): Parameter {
  const [name, types] = text.split(': ').map((part) => part.trim())
  return {
    name: String(name).replace(/^\.\.\.|\?$/g, ''),
    kinds: kindsOf(String(types)),
    optional: String(name).endsWith('?'),
    rest: String(name).startsWith('...'),
  }
}

const kindsOf = (text: string): readonly ParameterKind[] =>
  text
    .split('|')
    .map((word) => word.trim())
    .filter(isKind)

/** The arguments of a call, read as what the function needs; each reader throws what is wrong, naming function and parameter. */
export class Arguments {
  readonly #name: string
  readonly #values: readonly unknown[]

  constructor(name: string, values: readonly unknown[]) {
    this.#name = name
    this.#values = values
  }

  get count(): number {
    return this.#values.length
  }

  any(position: number): unknown {
    return this.#values[position]
  }

  text(position: number): string {
    const value = this.#values[position]
    return typeof value === 'string' ? value : this.#refuse(position, 'text')
  }

  optionalText(position: number): string | undefined {
    return this.count > position ? this.text(position) : undefined
  }

  number(position: number): number {
    const value = this.#values[position]
    if (typeof value === 'bigint') return Number(value)
    return typeof value === 'number' ? value : this.#refuse(position, 'a number')
  }

  /** A whole number; `absent` when the argument is not given. */
  whole(position: number, absent: number): number {
    const value = this.count > position ? this.number(position) : absent
    return Number.isSafeInteger(value) ? value : this.#refuse(position, 'a whole number')
  }

  list(position: number): readonly unknown[] {
    const value = this.#values[position]
    return Array.isArray(value) ? value : this.#refuse(position, 'a list')
  }

  /** The numbers of a list. */
  numbers(position: number): readonly number[] {
    return this.list(position).map((entry) => {
      if (typeof entry === 'number' || typeof entry === 'bigint') return Number(entry)
      return this.#refuse(position, 'a list of numbers', `a list with ${describeValue(entry)} in it`)
    })
  }

  entries(position: number): readonly (readonly [string, unknown])[] {
    const value = this.#values[position]
    return isPlainObject(value) ? Object.entries(value) : this.#refuse(position, 'a map')
  }

  time(position: number): Date {
    const value = this.#values[position]
    if (typeof value === 'string') return parseTimestamp(value, undefined)
    return value instanceof Date ? value : this.#refuse(position, 'a timestamp')
  }

  duration(position: number): Duration {
    const value = this.#values[position]
    if (typeof value === 'string') return parseTimeSpan(value)
    return value instanceof Duration ? value : this.#refuse(position, 'a duration such as "48h"')
  }

  #refuse(position: number, wanted: string, found = describeValue(this.#values[position])): never {
    const message = `${this.#name}() needs ${wanted} as argument ${position + 1} and got ${found}`
    throw new EvaluationError({ code: 'bad_argument', message })
  }
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** For messages: what a value is, never the value itself, which may be secret. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number' || typeof value === 'bigint') return 'a number'
  if (typeof value === 'boolean') return 'true or false'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a timestamp'
  if (value instanceof Duration) return 'a duration'
  if (value instanceof Uint8Array) return 'bytes'
  return isPlainObject(value) ? 'an object' : 'something that is no JSON'
}
