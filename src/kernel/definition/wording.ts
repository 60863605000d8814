// How messages speak of names, values and lists, so that all of them sound alike.

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
  const quoted = names.slice(0, 12).map((name) => `\`${name}\``)
  const more = names.length - quoted.length
  if (more > 0) return `${quoted.join(', ')} ${last} ${more} more`
  const [end, ...rest] = quoted.toReversed()
  return rest.length === 0 ? String(end) : `${rest.toReversed().join(', ')} ${last} ${end}`
}

export function shorten(text: string, length = 60): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}

/** "Did you mean …?" when one of the names is close, else the names there are. */
export function suggest(name: string, names: readonly string[], otherwise?: string): string | undefined {
  const near = nearest(name, names)
  return near === undefined ? otherwise : `Did you mean \`${near}\`?`
}

/** The name with the fewest slips of the pen (swap, insert, drop, replace) between it and what was written. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const written = name.toLowerCase()
  if (written.length > 64) return undefined
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(written.length / 3)) + 1
  for (const candidate of names) {
    if (candidate === name || Math.abs(candidate.length - written.length) >= fewest) continue
    const slips = distance(written, candidate.toLowerCase())
    if (slips < fewest) [best, fewest] = [candidate, slips]
  }
  return best
}

/** Optimal string alignment distance (Damerau–Levenshtein without overlapping swaps). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const line = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      line.push(
        Math.min(
          at(above, column) + 1,
          at(line, column - 1) + 1,
          at(above, column - 1) + (same ? 0 : 1),
          swapped ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    ;[before, above] = [above, line]
  }
  return at(above, b.length)
}

const at = (line: readonly number[], column: number): number => line[column] ?? Number.POSITIVE_INFINITY
