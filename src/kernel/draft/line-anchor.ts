// Where a line of a text has gone in a later version of it, for comments that were made about the line.

/**
 * The number of the line now, counted from 1; undefined when it has vanished. What stands before the first difference and after
 * the last one is found exactly; of lines between them the nearest with the same words, blanks at their ends aside.
 */
export function lineNow(before: string, line: number, after: string): number | undefined {
  const old = linesOf(before)
  const young = linesOf(after)
  const text = old[line - 1]
  if (text === undefined) return undefined
  const head = countAlike(old, young, (lines, index) => lines[index])
  if (line <= head) return line
  const tail = Math.min(
    countAlike(old, young, (lines, index) => lines[lines.length - 1 - index]),
    Math.min(old.length, young.length) - head,
  )
  if (line > old.length - tail) return young.length - (old.length - line)
  return nearest(young.slice(head, young.length - tail), text, line - 1 - head, head)
}

const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trimEnd())

function countAlike(
  old: readonly string[],
  young: readonly string[],
  at: (lines: readonly string[], index: number) => string | undefined,
): number {
  const most = Math.min(old.length, young.length)
  let count = 0
  while (count < most && at(old, count) === at(young, count)) count++
  return count
}

/** An empty line says nothing by which it could be known again. */
function nearest(lines: readonly string[], text: string, place: number, offset: number): number | undefined {
  if (text === '') return undefined
  const places = lines.flatMap((line, index) => (line === text ? [index] : []))
  const [first] = places.toSorted((a, b) => Math.abs(a - place) - Math.abs(b - place))
  return first === undefined ? undefined : offset + first + 1
}
