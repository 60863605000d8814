// From an offset in the text of a YAML scalar to the offset in the source, through quotes, escapes, folding and indentation.

export type ScalarStyle = 'plain' | 'single' | 'double' | 'block'

interface Place {
  readonly source: string
  /** Where the scalar begins in the source: at its first character, its quote, or the `|` or `>`. */
  readonly start: number
  readonly style: ScalarStyle
  readonly text: string
}

/** The source offset of character `offset` of the scalar's text. Within a run of white space that YAML folds it is the nearest. */
export function sourceOffset(place: Place, offset: number): number {
  const { source, style, text } = place
  let read = contentStart(place)
  let made = 0
  while (made < offset) {
    const escape = escapeAt(style, source, read)
    if (escape !== undefined) {
      made += escape.made
      read += escape.read
    } else if (isSpace(source[read])) {
      const [readEnd, madeEnd] = [spaceEnd(source, read), spaceEnd(text, made)]
      if (offset < madeEnd) return Math.min(read + offset - made, readEnd - 1)
      ;[read, made] = [readEnd, madeEnd]
    } else {
      read++
      made++
    }
  }
  const escape = escapeAt(style, source, read)
  if (escape?.made === 0) return read + escape.read
  // A fold or an indentation may stand right before the character.
  return isSpace(text[offset]) || text[offset] === undefined ? read : spaceEnd(source, read)
}

function contentStart({ source, start, style }: Place): number {
  if (style === 'plain') return start
  return style === 'block' ? source.indexOf('\n', start) + 1 : start + 1
}

const escapeLengths: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 }

function escapeAt(style: ScalarStyle, source: string, read: number): { read: number; made: number } | undefined {
  if (style === 'single' && source.startsWith("''", read)) return { read: 2, made: 1 }
  if (style !== 'double' || source[read] !== '\\') return undefined
  const kind = source.charAt(read + 1)
  // An escaped line break makes nothing.
  if (isSpace(kind) && kind !== ' ' && kind !== '\t') return { read: spaceEnd(source, read + 1) - read, made: 0 }
  const length = escapeLengths[kind] ?? 2
  const astral = kind === 'U' && Number.parseInt(source.slice(read + 2, read + 10), 16) > 0xffff
  return { read: length, made: astral ? 2 : 1 }
}

function spaceEnd(text: string, from: number): number {
  let end = from
  while (isSpace(text[end])) end++
  return end
}

const isSpace = (char: string | undefined): boolean => char === ' ' || char === '\n' || char === '\t' || char === '\r'
