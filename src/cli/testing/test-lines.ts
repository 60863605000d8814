// What test cases came to, as lines: a tree of files and cases, with what differs below each case that failed.

import type { Difference } from '../../kernel/testcase/compare.ts'
import type { Json } from '../../kernel/json.ts'
import { reportLines } from '../problem-report.ts'
import type { Paint } from '../terminal.ts'
import type { TestedFile } from './test-files.ts'

const widest = 100

export function testLines({ name, source, problems, cases }: TestedFile, paint: Paint): string[] {
  if (problems.length > 0) return reportLines(name, source, problems, paint)
  return [
    paint('bold', name),
    ...cases.flatMap(({ name: title, differences, rehearsal }) => {
      if (differences.length === 0) return [`  ${paint('green', '✓')} ${title}`]
      const why = rehearsal.failure === undefined ? [] : [`      it failed: ${rehearsal.failure.message}`]
      return [`  ${paint('red', '✗')} ${title}`, ...differences.flatMap((one) => differenceLines(one, paint)), ...why]
    }),
  ]
}

/** Lists of texts, such as a path, are compared line by line. */
function differenceLines({ at, expected, got }: Difference, paint: Paint): string[] {
  const head = `      ${paint('dim', at)}`
  if (isTexts(expected) && isTexts(got)) return [head, ...listLines(expected, got, paint)]
  const was = got === undefined ? 'nothing' : say(got)
  return [head, paint('green', `        - expected ${say(expected)}`), paint('red', `        + got      ${was}`)]
}

function listLines(expected: readonly string[], got: readonly string[], paint: Paint): string[] {
  const lines: string[] = []
  let at = 0
  for (const [index, entry] of got.entries()) {
    const next = expected.indexOf(entry, at)
    const isLater = next > at && got.indexOf(expected[at] ?? '', index) > index
    if (next === -1 || isLater) {
      lines.push(paint('red', `        + ${entry}`))
      continue
    }
    for (const missed of expected.slice(at, next)) lines.push(paint('green', `        - ${missed}`))
    lines.push(`          ${entry}`)
    at = next + 1
  }
  return [...lines, ...expected.slice(at).map((missed) => paint('green', `        - ${missed}`))]
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function say(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text
}
