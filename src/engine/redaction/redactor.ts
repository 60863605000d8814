// Takes secrets out of what is stored, shown or logged: each form of a value becomes `[secret NAME]`.

import type { Json, JsonObject } from '../../kernel/json.ts'
import { shortestValue } from './encodings.ts'
import { unescaped } from './escapes.ts'
import { type Match, Matcher } from './matcher.ts'

/** How many escapes on top of each other are undone. */
const deepestEscape = 2

export class Redactor {
  private readonly matcher: Matcher
  private readonly numbers: ReadonlyMap<number, string>

  /** Values by name. */
  constructor(values: Readonly<Record<string, string>>) {
    this.matcher = new Matcher(values)
    this.numbers = numbersOf(values)
  }

  text(text: string): string {
    return replaced(text, this.matches(text, deepestEscape))
  }

  /** Of a text that may have been cut off: its end may be the beginning of a secret. */
  cutText(text: string): string {
    return replaced(text, [...this.matches(text, deepestEscape), ...this.matcher.findCut(text)])
  }

  /** The value without secrets in its texts, keys and numbers; the same object where there are none. */
  json<Value extends Json | undefined>(value: Value): Value
  json(value: Json | undefined): Json | undefined {
    return this.walk(value, (text) => this.text(text))
  }

  cutJson<Value extends Json | undefined>(value: Value): Value
  cutJson(value: Json | undefined): Json | undefined {
    return this.walk(value, (text) => this.cutText(text))
  }

  private walk(value: Json | undefined, redact: (text: string) => string): Json | undefined {
    if (this.matcher.isEmpty || value === undefined) return value
    return walk(value, redact, this.numbers)
  }

  private matches(text: string, depth: number): Match[] {
    if (text.length < shortestValue || this.matcher.isEmpty) return []
    const found = this.matcher.find(text)
    if (depth === 0) return found
    for (const { text: inner, source } of unescaped(text)) {
      for (const { start, end, name } of this.matches(inner, depth - 1)) {
        found.push({ start: source(start, 'start'), end: source(end, 'end'), name })
      }
    }
    return found
  }
}

function replaced(text: string, matches: readonly Match[]): string {
  if (matches.length === 0) return text
  const parts: string[] = []
  let position = 0
  for (const { start, end, name } of merged(matches)) {
    parts.push(text.slice(position, start), `[secret ${name}]`)
    position = end
  }
  return parts.join('') + text.slice(position)
}

/** Overlapping matches become one, and so do neighbours that are pieces of one secret. */
function merged(matches: readonly Match[]): Match[] {
  const result: Match[] = []
  for (const match of matches.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
    const before = result.at(-1)
    const joins =
      before !== undefined && (match.start < before.end || (match.start === before.end && match.name === before.name))
    if (joins) result[result.length - 1] = { ...before, end: Math.max(before.end, match.end) }
    else result.push(match)
  }
  return result
}

/** A number is a secret only when it is all of it: the digits of a short one are part of many numbers. */
function numbersOf(values: Readonly<Record<string, string>>): Map<number, string> {
  return new Map(
    Object.entries(values).flatMap(([name, value]): [number, string][] =>
      value.trim().length >= shortestValue && Number.isFinite(Number(value)) ? [[Number(value), name]] : [],
    ),
  )
}

type Redact = (text: string) => string

function walk(value: Json, redact: Redact, numbers: ReadonlyMap<number, string>): Json {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'number') {
    const name = numbers.get(value)
    return name === undefined ? value : `[secret ${name}]`
  }
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) {
    const items = value.map((item) => walk(item, redact, numbers))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  return walkMembers(value, redact, numbers)
}

function walkMembers(value: JsonObject, redact: Redact, numbers: ReadonlyMap<number, string>): JsonObject {
  const members: Record<string, Json> = {}
  let isChanged = false
  for (const [key, member] of Object.entries(value)) {
    const [newKey, newMember] = [redact(key), walk(member, redact, numbers)]
    isChanged ||= newKey !== key || newMember !== member
    members[newKey === key ? key : freeKey(newKey, value, members)] = newMember
  }
  return isChanged ? members : value
}

/** Two keys that were different stay two. */
function freeKey(key: string, given: JsonObject, made: Readonly<Record<string, Json>>): string {
  for (let number = 1; ; number++) {
    const free = number === 1 ? key : `${key} (${number})`
    if (!Object.hasOwn(given, free) && !Object.hasOwn(made, free)) return free
  }
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
