// Splits a string into its text and the {{ }} expressions in it.

import type { ExpressionProblem } from './expression-problem.ts'

/** One expression; `offset` is where its source starts in the string. */
export interface ExpressionPart {
  readonly source: string
  readonly offset: number
}

export interface Template {
  readonly parts: readonly (string | ExpressionPart)[]
  /** Set when the string is one `{{ }}` and nothing else but white space: its value keeps its type. */
  readonly single: ExpressionPart | undefined
  readonly problems: readonly ExpressionProblem[]
}

export const opening = '{{'
const closing = '}}'

/**
 * Reads a template. A `}}` in a CEL string (`'}}'`) or one that closes map literals (`{'a': {'b': 1}}`) does not end the
 * expression. Two braces are written as text with `{{ '{{' }}`.
 */
export function parseTemplate(text: string): Template {
  const parts: (string | ExpressionPart)[] = []
  const problems: ExpressionProblem[] = []
  let position = 0
  for (;;) {
    const start = text.indexOf(opening, position)
    if (start < 0) break
    const end = findClosing(text, start + opening.length)
    if (end === undefined) {
      problems.push(notClosed(start))
      break
    }
    if (start > position) parts.push(text.slice(position, start))
    parts.push(trimmed(text, start + opening.length, end))
    position = end + closing.length
  }
  if (position < text.length) parts.push(text.slice(position))
  return { parts, single: singleOf(parts), problems }
}

function singleOf(parts: Template['parts']): ExpressionPart | undefined {
  const [only, ...others] = parts.filter((part) => typeof part !== 'string' || part.trim() !== '')
  return typeof only === 'object' && others.length === 0 ? only : undefined
}

function notClosed(offset: number): ExpressionProblem {
  return {
    code: 'expression_syntax',
    message: 'This {{ is not closed: no }} follows it outside of quotes and braces.',
    hint: "Close the expression with }}. To write two braces as text, write {{ '{{' }}.",
    offset,
  }
}

function trimmed(text: string, start: number, end: number): ExpressionPart {
  const inside = text.slice(start, end)
  return { source: inside.trim(), offset: start + inside.length - inside.trimStart().length }
}

function findClosing(text: string, start: number): number | undefined {
  let depth = 0
  let position = start
  while (position < text.length) {
    const character = text[position]
    if (depth === 0 && text.startsWith(closing, position)) return position
    if (character === '"' || character === "'") {
      const end = endOfQuoted(text, position, character)
      if (end === undefined) return undefined
      position = end
    } else if (text.startsWith('//', position)) {
      position = endOfComment(text, position)
    } else {
      if (character === '{') depth += 1
      else if (character === '}') depth = Math.max(0, depth - 1)
      position += 1
    }
  }
  return undefined
}

/** After the closing quote; a backslash hides the next character, in raw strings too (as the CEL lexer reads them). */
function endOfQuoted(text: string, start: number, quote: string): number | undefined {
  const end = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote
  let position = start + end.length
  while (position < text.length) {
    if (text.startsWith(end, position)) return position + end.length
    position += text[position] === '\\' ? 2 : 1
  }
  return undefined
}

/** A comment ends with its line, or with the expression: `{{ a // note }}`. */
function endOfComment(text: string, start: number): number {
  const ends = ['\n', closing].map((end) => text.indexOf(end, start)).filter((end) => end >= 0)
  return Math.min(text.length, ...ends)
}
