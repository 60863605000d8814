// Texts with their escapes undone, so that a secret is found however a server or a filter has escaped it.

// cspell:ignore apos bfnrt

/** A text rewritten, and where its characters come from. */
export interface Rewritten {
  readonly text: string
  /** The place in the original at which the character at `index` begins; `end`: at which the one before it ends. */
  readonly source: (index: number, edge: 'start' | 'end') => number
}

interface Escape {
  /** Without it in the text there is nothing to undo. */
  readonly mark: string
  readonly pattern: RegExp
  readonly undo: (escape: string) => string
}

const hexByte = '[0-9a-f]{2}'
const follower = '%[89ab][0-9a-f]'

const escapes: readonly Escape[] = [
  {
    mark: '%',
    // One UTF-8 character, percent-encoded (RFC 3986).
    pattern: new RegExp(
      `%[0-7][0-9a-f]|%[cd][0-9a-f]${follower}|%e[0-9a-f](?:${follower}){2}|%f[0-7](?:${follower}){3}`,
      'gi',
    ),
    undo: (escape) => new TextDecoder().decode(Buffer.from(escape.replaceAll('%', ''), 'hex')),
  },
  {
    mark: '\\',
    pattern: new RegExp(String.raw`\\(?:u${hexByte}${hexByte}|x${hexByte}|["'\\/bfnrt])`, 'gi'),
    undo: (escape) => controls[escape[1] ?? ''] ?? numbered(escape.slice(1).replace(/^[ux]/i, ''), 16, escape.slice(1)),
  },
  {
    mark: '&',
    pattern: /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos);/gi,
    undo: (escape) => {
      const name = escape.slice(1, -1).toLowerCase()
      if (!name.startsWith('#')) return entities[name] ?? escape
      return name.startsWith('#x') ? numbered(name.slice(2), 16, escape) : numbered(name.slice(1), 10, escape)
    },
  },
  // Long lines folded: base64 in mail and PEM.
  { mark: '\n', pattern: /\r?\n[ \t]*/g, undo: () => '' },
]

const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The text with the escapes of one kind undone, for each kind that it holds. */
export function unescaped(text: string): Rewritten[] {
  return escapes.flatMap(({ mark, pattern, undo }) => {
    const rewritten = text.includes(mark) ? rewrite(text, pattern, undo) : undefined
    return rewritten === undefined ? [] : [rewritten]
  })
}

/** Undefined when there is nothing to rewrite. */
function rewrite(text: string, pattern: RegExp, undo: (escape: string) => string): Rewritten | undefined {
  // What was replaced: where it ends in the new text, and where it began and ended in the old one.
  const [made, began, ended]: [number[], number[], number[]] = [[], [], []]
  const parts: string[] = []
  let [length, position] = [0, 0]
  for (const { index, 0: escape } of text.matchAll(pattern)) {
    const undone = undo(escape)
    parts.push(text.slice(position, index), undone)
    length += index - position + undone.length
    position = index + escape.length
    made.push(length)
    began.push(index)
    ended.push(position)
  }
  if (made.length === 0) return undefined
  return {
    text: parts.join('') + text.slice(position),
    source: (index, edge) => sourceOf({ made, began, ended }, index, edge),
  }
}

interface Replacements {
  readonly made: readonly number[]
  readonly began: readonly number[]
  readonly ended: readonly number[]
}

function sourceOf({ made, began, ended }: Replacements, index: number, edge: 'start' | 'end'): number {
  // The replacements that end at or before the place; one that gave several characters counts as a whole.
  let [low, high] = [0, made.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const isBefore = edge === 'start' ? (made[middle] ?? 0) <= index : (made[middle] ?? 0) < index
    if (isBefore) low = middle + 1
    else high = middle
  }
  const passed = low - 1
  const plain = passed < 0 ? index : (ended[passed] ?? 0) + index - (made[passed] ?? 0)
  const next = began[low]
  if (next === undefined || plain <= next) return plain
  return edge === 'start' ? next : (ended[low] ?? plain)
}

function numbered(digits: string, base: 10 | 16, otherwise: string): string {
  const code = Number.parseInt(digits, base)
  return Number.isNaN(code) || code > 0x10ffff ? otherwise : String.fromCodePoint(code)
}
