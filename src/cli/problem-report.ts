// Problems of a definition as text: where, what, the line with a caret below it, and the way out.

import type { Problem } from '../kernel/problem.ts'
import type { Paint } from './terminal.ts'

/** A long line is cut around the place the problem points at. */
const excerptWidth = 100

/** The lines of a report on one file. */
export function reportLines(file: string, source: string, problems: readonly Problem[], paint: Paint): string[] {
  const sourceLines = source.split(/\r\n|\n|\r/)
  return problems.flatMap((problem) => problemLines(file, sourceLines, problem, paint))
}

function problemLines(file: string, source: readonly string[], problem: Problem, paint: Paint): string[] {
  const { code, message, hint, line, column } = problem
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  const excerpt = line === undefined ? [] : excerptLines(source[line - 1] ?? '', line, column ?? 1, paint)
  const advice = hint === undefined ? [] : [`  ${paint('cyan', 'hint:')} ${hint}`]
  return [`${paint('bold', place)}  ${paint('red', code)}  ${message}`, ...excerpt, ...advice, '']
}

function excerptLines(text: string, line: number, column: number, paint: Paint): string[] {
  const start = column > excerptWidth - 20 ? column - excerptWidth / 2 : 0
  // A tab is shown as one space, so that the caret stands below its character.
  const shown = text.replaceAll('\t', ' ').slice(start, start + excerptWidth)
  const gutter = String(line).padStart(4)
  const caret = `${' '.repeat(Math.max(0, column - 1 - start))}^`
  return [paint('dim', `${gutter} | `) + shown, paint('dim', `${' '.repeat(4)} | `) + paint('red', caret)]
}

export function sayProblemCount(count: number): string {
  return count === 1 ? '1 problem' : `${count} problems`
}
