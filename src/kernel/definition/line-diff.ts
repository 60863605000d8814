// The difference of two texts, line by line, in the unified format of diff(1).

/** Beyond so many lines that differ the whole stretch is shown as replaced: it would say nothing more, and take long. */
const mostEdits = 1000
const context = 3

interface Line {
  readonly kind: ' ' | '-' | '+'
  readonly text: string
}

/** Empty when the texts are the same. `names` stand in the two lines at its head. */
export function unifiedDiff(before: string, after: string, names: readonly [string, string]): string {
  const lines = diffLines(linesOf(before), linesOf(after))
  const hunks = hunksOf(lines)
  return hunks.length === 0 ? '' : [`--- ${names[0]}`, `+++ ${names[1]}`, ...hunks, ''].join('\n')
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** What both have at their beginnings and ends is the same; in between the shortest script (Myers, 1986). */
function diffLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const same = (lines: readonly string[]): Line[] => lines.map((text) => ({ kind: ' ', text }))
  const middle = shortestScript(before.slice(head, before.length - tail), after.slice(head, after.length - tail))
  return [...same(before.slice(0, head)), ...middle, ...same(before.slice(before.length - tail))]
}

function shortestScript(before: readonly string[], after: readonly string[]): readonly Line[] {
  const rounds: Map<number, number>[] = []
  let furthest = new Map([[1, 0]])
  for (let edits = 0; edits <= Math.min(mostEdits, before.length + after.length); edits++) {
    const next = new Map<number, number>()
    for (let k = -edits; k <= edits; k += 2) {
      let x = stepTo(furthest, k, edits)
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++
      next.set(k, x)
    }
    rounds.push(furthest)
    furthest = next
    if ((next.get(before.length - after.length) ?? -1) >= before.length) return walkBack(before, after, rounds)
  }
  return [
    ...before.map((text) => ({ kind: '-', text }) as const),
    ...after.map((text) => ({ kind: '+', text }) as const),
  ]
}

/** How far one gets on diagonal `k` with one edit more: down from the one above it, or right from the one below. */
function stepTo(furthest: ReadonlyMap<number, number>, k: number, edits: number): number {
  return isDown(furthest, k, edits) ? at(furthest, k + 1) : at(furthest, k - 1) + 1
}

function isDown(furthest: ReadonlyMap<number, number>, k: number, edits: number): boolean {
  return k === -edits || (k !== edits && at(furthest, k - 1) < at(furthest, k + 1))
}

function at(furthest: ReadonlyMap<number, number>, k: number): number {
  return Number(furthest.get(k))
}

function walkBack(
  before: readonly string[],
  after: readonly string[],
  rounds: readonly ReadonlyMap<number, number>[],
): readonly Line[] {
  const lines: Line[] = []
  let [x, y] = [before.length, after.length]
  const add = (kind: Line['kind'], text: string | undefined) => lines.push({ kind, text: String(text) })
  for (const [edits, furthest] of [...rounds.entries()].toReversed()) {
    const k = x - y
    const down = isDown(furthest, k, edits)
    // Where the round began to follow lines that are the same.
    const beganAt = edits === 0 ? 0 : stepTo(furthest, k, edits)
    while (x > beganAt) {
      add(' ', before[--x])
      y--
    }
    if (edits === 0) break
    if (down) add('+', after[--y])
    else add('-', before[--x])
  }
  return lines.toReversed()
}

/** Changes with three lines around them; those that lie closer together share a hunk. */
function hunksOf(lines: readonly Line[]): readonly string[] {
  const changed = lines.flatMap(({ kind }, index) => (kind === ' ' ? [] : index))
  const ranges: { from: number; to: number }[] = []
  for (const index of changed) {
    const last = ranges.at(-1)
    const [from, to] = [Math.max(0, index - context), Math.min(lines.length, index + context + 1)]
    if (last !== undefined && from <= last.to) last.to = to
    else ranges.push({ from, to })
  }
  return ranges.flatMap(({ from, to }) => {
    const shown = lines.slice(from, to).map(({ kind, text }) => kind + text)
    return [`@@ -${span(lines, from, to, '+')} +${span(lines, from, to, '-')} @@`, ...shown]
  })
}

/** Where a hunk begins and how many lines it has, on the side that lacks lines of the `other` kind. */
function span(lines: readonly Line[], from: number, to: number, other: Line['kind']): string {
  const count = (part: readonly Line[]) => part.filter(({ kind }) => kind !== other).length
  const size = count(lines.slice(from, to))
  const first = count(lines.slice(0, from)) + (size === 0 ? 0 : 1)
  return size === 1 ? `${first}` : `${first},${size}`
}
