// Turns what cel-js throws into problems that say what is wrong and what to do next.

import { EvaluationError, ParseError, TypeError as CelTypeError, type ASTNode } from '@marcbachmann/cel-js'
import { tooLarge } from './budget.ts'
import type { ExpressionProblem } from './expression-problem.ts'

/** A problem of parsing or checking an expression. */
export function explainCompiling(error: unknown): ExpressionProblem {
  if (error instanceof ParseError) {
    return {
      code: 'expression_syntax',
      message: `${sentence(tokens(error.summary))}.`,
      offset: error.range?.start ?? 0,
    }
  }
  if (error instanceof CelTypeError)
    return { code: 'expression_type', ...overload(error.summary), offset: error.range?.start ?? 0 }
  return { code: 'expression_syntax', message: 'The expression is nested too deeply.', offset: 0 }
}

/** Why an evaluation failed. `source` is the expression's text. */
export function explainFailure(error: unknown, source: string): ExpressionProblem {
  if (!(error instanceof EvaluationError)) {
    const message = 'The expression failed: its values are too large or nested too deeply.'
    return { code: 'expression_failed', message, offset: 0 }
  }
  const offset = error.range?.start ?? 0
  return { code: 'expression_failed', ...reason(error, source), offset }
}

type Words = Pick<ExpressionProblem, 'message' | 'hint'>

function reason(error: EvaluationError, source: string): Words {
  const { node } = error
  switch (error.code) {
    case 'no_such_key':
    case 'index_out_of_bounds':
      return node === undefined ? { message: `${sentence(error.summary)}.` } : missingPath(node, source)
    case 'unknown_variable': {
      const name = error.summary.replace('Unknown variable: ', '')
      return { message: `\`${name}\` is not available here.`, hint: availability(name) }
    }
    case tooLarge:
      return { message: `${error.summary}.`, hint: 'Work on smaller pieces, or in a step of its own.' }
    // These quote the value, which may be secret.
    case 'bool_conversion_error':
      return { message: 'bool() got a text that is neither "true" nor "false".' }
    case 'invalid_regular_expression':
      return {
        message: 'The regular expression cannot be used: it is none, or its groups repeat too often for this text.',
      }
    case 'numeric_overflow':
      return {
        message: 'The result is beyond 64 bits.',
        hint: 'Write one of the numbers with a fraction (2.0) to calculate with doubles.',
      }
    default:
      return overload(error.summary)
  }
}

function availability(name: string): string {
  if (name === 'item' || name === 'index') return `\`${name}\` exists in a step with for_each only.`
  if (name === 'secrets') return 'Secrets exist in the config of a step only.'
  return 'Use default(…) where it may be absent.'
}

function missingPath(node: ASTNode, source: string): Words {
  const path = source.slice(node.start, node.end)
  return {
    message: `\`${path}\` does not exist.`,
    hint: `Where it may be absent, write default(${path}, …) or has(${path}).`,
  }
}

/** Words for operators and functions that do not fit what they are given. */
function overload(summary: string): Words {
  const binary = /^no such overload: (.+) ([=!<>]=|[-+*/%<>]|in) (.+)$/.exec(summary)
  if (binary !== null) {
    const [left, right] = [typeWord(String(binary[1])), typeWord(String(binary[3]))]
    const message = `\`${binary[2]}\` does not work on ${left} and ${right}.`
    const text = binary[2] === '+' && [left, right].includes('text')
    return text
      ? { message, hint: 'Write string(x), or put the text outside of the braces: "Total {{ x }}".' }
      : { message }
  }
  const unary = /^no such overload: ([!-])(.+)$/.exec(summary)
  if (unary !== null) return { message: `\`${unary[1]}\` does not work on ${typeWord(String(unary[2]))}.` }
  const call = /^found no matching overload for '(.+)\((.*)\)'$/.exec(summary)
  if (call !== null) {
    const name = String(call[1]).replace(/^.*\./, '')
    const given = call[2] === '' ? 'no arguments' : String(call[2]).split(', ').map(typeWord).join(', ')
    return {
      message: `\`${name}\` cannot be called on this with ${given}.`,
      hint: 'See the table of functions for what it takes.',
    }
  }
  return { message: `${sentence(summary)}.` }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  double: 'a number',
  int: 'a number',
  bool: 'true or false',
  list: 'a list',
  map: 'an object',
  dyn: 'any value',
  optional: 'an optional',
  'google.protobuf.Timestamp': 'a timestamp',
  'google.protobuf.Duration': 'a duration',
}

/** `dyn<string>`, `list<int>`, `map<string, double>` in words. */
function typeWord(text: string): string {
  const name = text.replace(/^dyn<(.*)>$/, '$1').replace(/<.*$/, '')
  return typeNames[name] ?? name
}

const tokenWords: Readonly<Record<string, string>> = {
  EOF: 'the end',
  LPAREN: '`(`',
  RPAREN: '`)`',
  LBRACKET: '`[`',
  RBRACKET: '`]`',
  LBRACE: '`{`',
  RBRACE: '`}`',
  IDENTIFIER: 'a name',
  NUMBER: 'a number',
  STRING: 'text',
  COLON: '`:`',
  COMMA: '`,`',
  DOT: '`.`',
}

const tokens = (summary: string): string => summary.replace(/\b[A-Z]{3,}\b/g, (word) => tokenWords[word] ?? word)

/** With a capital, unless a function's name comes first. */
const sentence = (text: string): string => text.replace(/^[a-z](?!\w*[(.])/, (letter) => letter.toUpperCase())
