// Finds the forms of secrets in a text, in one pass over it.

import { formsOf, shortestValue } from './encodings.ts'

/** Characters `start` to `end` of a text stand for the secret `name`. */
export interface Match {
  readonly start: number
  readonly end: number
  readonly name: string
}

/** Longer forms are looked for in pieces, so that comparing costs little wherever something begins alike. */
const longestForm = 256
const pieceLength = 64
/** A text that was cut off in the middle of a form ends with at least so much of it. */
const shortestRest = 6
/** Places of the table of beginnings. */
const places = 2 ** 16

interface Bucket {
  /** Descending, so that the longest form wins. */
  readonly lengths: readonly number[]
  readonly names: ReadonlyMap<string, string>
}

export class Matcher {
  private readonly beginnings = new Uint8Array(places)
  private readonly buckets: ReadonlyMap<string, Bucket>

  /** Values by name. Those that are too short to be told from other text are not looked for. */
  constructor(values: Readonly<Record<string, string>>) {
    this.buckets = bucketsOf(values)
    for (const beginning of this.buckets.keys()) this.beginnings[placeOf(lastFour(beginning))] = 1
  }

  get isEmpty(): boolean {
    return this.buckets.size === 0
  }

  /**
   * Every form in the text; they may overlap. Linear: four characters that begin no form cost a table look-up. A text made
   * to begin like many forms at every place uses up the budget; what is left of it then counts as a match.
   */
  find(text: string): Match[] {
    const found: Match[] = []
    let budget = 64 * text.length + 100_000
    let four = 0
    for (let last = 0; last < text.length; last++) {
      four = (four << 8) | (text.charCodeAt(last) & 0xff)
      if (this.beginnings[placeOf(four)] === 0 || last < shortestValue - 1) continue
      const start = last - shortestValue + 1
      const bucket = this.buckets.get(text.slice(start, last + 1))
      if (bucket === undefined) continue
      for (const length of bucket.lengths) {
        if (start + length > text.length) continue
        budget -= length
        const name = bucket.names.get(text.slice(start, start + length))
        if (name === undefined) continue
        found.push({ start, end: start + length, name })
        break
      }
      if (budget < 0) return [...found, { start, end: text.length, name: firstName(bucket) }]
    }
    return found
  }

  /** The beginning of a form with which a text ends that was cut off. */
  findCut(text: string): Match[] {
    const end = text.replace(/[\ufffd….]+$/, '').length
    for (let start = Math.max(0, end - longestForm); start <= end - shortestRest; start++) {
      const bucket = this.buckets.get(text.slice(start, start + shortestValue))
      if (bucket === undefined) continue
      const rest = text.slice(start, end)
      for (const [form, name] of bucket.names) if (form.startsWith(rest)) return [{ start, end, name }]
    }
    return []
  }
}

function bucketsOf(values: Readonly<Record<string, string>>): Map<string, Bucket> {
  const forms = new Map<string, Map<string, string>>()
  for (const [name, value] of Object.entries(values)) {
    if (value.trim().length < shortestValue) continue
    for (const form of formsOf(value)) {
      for (const piece of piecesOf(form)) {
        const beginning = piece.slice(0, shortestValue)
        const bucket = forms.get(beginning) ?? new Map<string, string>()
        forms.set(beginning, bucket)
        if (!bucket.has(piece)) bucket.set(piece, name)
      }
    }
  }
  return new Map([...forms].map(([beginning, names]) => [beginning, { names, lengths: lengthsOf(names) }]))
}

function lengthsOf(names: ReadonlyMap<string, string>): number[] {
  return [...new Set([...names.keys()].map(({ length }) => length))].sort((left, right) => right - left)
}

function piecesOf(form: string): string[] {
  if (form.length <= longestForm) return [form]
  const count = Math.floor(form.length / pieceLength)
  const pieces = Array.from({ length: count }, (_, index) => form.slice(index * pieceLength, (index + 1) * pieceLength))
  return [...pieces, form.slice(-pieceLength)]
}

/** The low bytes of the last four characters: what is older has been shifted out. */
function lastFour(text: string): number {
  let four = 0
  for (let index = 0; index < text.length; index++) four = (four << 8) | (text.charCodeAt(index) & 0xff)
  return four
}

/** Fibonacci hashing: the upper bits of the product depend on all four characters. */
function placeOf(four: number): number {
  return Math.imul(four, 0x9e3779b1) >>> 16
}

function firstName({ names }: Bucket): string {
  const [name = ''] = names.values()
  return name
}
