// How messages speak of names, values and lists, so that all of them sound alike.

import { nearestName } from '../expression/nearest-name.ts'

/** A value in a sentence: `the text "abc"`, `the number 3`, `a list`. */
export function sayValue(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text "${shorten(value)}"`
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'boolean') return `\`${value}\``
  if (value === null || value === undefined) return 'nothing'
  return Array.isArray(value) ? 'a list' : 'a mapping'
}

/** `a`, `a` or `b`, `a`, `b` or `c`; a long list is cut. */
export function sayChoices(names: readonly string[], last: 'or' | 'and' = 'or'): string {
  const shown = names.slice(0, 12).map((name) => `\`${name}\``)
  return sayList(names.length > 12 ? [...shown, `${names.length - 12} more`] : shown, last)
}

export function sayList(words: readonly string[], last: 'or' | 'and' = 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** "There are `a` and `b`."; undefined when there are none. */
export function sayThere(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  return `There ${names.length === 1 ? 'is' : 'are'} ${sayChoices(names, 'and')}.`
}

/** The noun for so many: `entry`, `entries`. */
export function sayCount(count: number | bigint, noun: string): string {
  if (Number(count) === 1) return noun
  return noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`
}

export function shorten(text: string, length = 60): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}

/** "Did you mean …?" when one of the names is close to what was written, else `otherwise`. */
export function suggest(name: string, names: readonly string[], otherwise?: string): string | undefined {
  const near = nearestName(name, candidatesFor(name, names))
  return near === undefined ? otherwise : `Did you mean \`${near}\`?`
}

const maxCandidates = 50

/** Comparing long names is slow, and a definition may have a thousand of them: those that begin and end alike go first. */
function candidatesFor(name: string, names: readonly string[]): readonly string[] {
  const alike = names.filter((each) => Math.abs(each.length - name.length) <= 1 + name.length / 3)
  if (alike.length <= maxCandidates) return alike
  const ranked = alike.map((each) => ({ each, shared: sharedLength(name, each) }))
  return ranked
    .toSorted((a, b) => b.shared - a.shared)
    .slice(0, maxCandidates)
    .map(({ each }) => each)
}

/** How many characters two names have in common at their beginning and at their end. */
function sharedLength(left: string, right: string): number {
  const most = Math.min(left.length, right.length)
  let begin = 0
  while (begin < most && left[begin] === right[begin]) begin++
  let end = 0
  while (end < most - begin && left.at(-1 - end) === right.at(-1 - end)) end++
  return begin + end
}
