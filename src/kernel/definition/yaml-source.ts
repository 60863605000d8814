// Reads the YAML of a definition within limits, and finds the line and column of any part of it.

import { Lexer, LineCounter, parseDocument } from 'yaml'
import type { Json } from '../json.ts'
import type { Problem } from '../problem.ts'
import { pathOf } from './finding.ts'
import { sourceOffset } from './scalar-offset.ts'
import { syntaxFaults } from './yaml-problems.ts'
import { readTree, type SourceFault, type SourceNode } from './yaml-tree.ts'

/** Counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Place {
  readonly at?: 'key' | 'value'
  /** Characters into the text that stands there. */
  readonly offset?: number
}

export interface WorkflowSource {
  /** Undefined when the source cannot be read; else what it says, without the parts that `problems` refuse. */
  readonly value: Json | undefined
  readonly problems: readonly Problem[]
  /** The position of what a JSON Pointer names, or of the nearest part around it that exists. */
  locate(pointer: string, place?: Place): Position
}

const maxBytes = 512 * 1024
/** Dense punctuation costs more to parse than its size tells: half a megabyte of brackets took seconds. */
const maxLexemes = 200_000
const maxBrackets = 100

/** Reads one YAML 1.2 document (JSON is one). It never throws and takes at most about a second, whatever it is given. */
export function parseWorkflow(source: string): WorkflowSource {
  const lines = new LineCounter()
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const toProblem = ({ offset, ...rest }: SourceFault): Problem => ({ ...rest, ...position(offset) })
  const unreadable = (faults: readonly SourceFault[]): WorkflowSource => ({
    value: undefined,
    problems: faults.map(toProblem),
    locate: () => ({ line: 1, column: 1 }),
  })

  const excess = excessOf(source, lines)
  if (excess !== undefined) return unreadable([excess])
  // `uniqueKeys` compares each key with each: quadratic. The walk over the tree does it with a map.
  const document = parseDocument(source, {
    uniqueKeys: false,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
    resolveKnownTags: false,
  })
  const complaints = [...document.errors, ...document.warnings]
  if (complaints.length > 0) return unreadable(syntaxFaults(complaints, source, (offset) => position(offset).line))
  if (document.directives.yaml.version === '1.1')
    return unreadable([fault('yaml_syntax', 0, 'YAML 1.1 is not supported.', 'Remove the line `%YAML 1.1`.')])

  const { value, tree, faults } = readTree(document.contents)
  if (faults.some(({ code }) => code === 'definition_too_large')) return unreadable(faults)
  return {
    value,
    problems: faults.map(toProblem),
    locate: (pointer, place = {}) => position(offsetOf(source, tree, pathOf(pointer), place)),
  }
}

function fault(code: SourceFault['code'], offset: number, message: string, hint: string): SourceFault {
  return { code, pointer: '', offset, message, hint }
}

/** Says which limit the source breaks, before anything is built from it; counts its lines on the way. */
function excessOf(source: string, lines: LineCounter): SourceFault | undefined {
  lines.addNewLine(0)
  if (isLongerThan(source, maxBytes)) {
    return fault(
      'definition_too_large',
      0,
      'The definition is larger than 512 kB.',
      'Split it into child workflows, or keep its data elsewhere.',
    )
  }
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) lines.addNewLine(at + 1)
  let [count, brackets, offset] = [0, 0, 0]
  for (const lexeme of new Lexer().lex(source)) {
    if (!isMark(lexeme) && ++count > maxLexemes)
      return fault(
        'definition_too_large',
        offset,
        `The definition has more than ${maxLexemes.toLocaleString('en')} parts.`,
        'Split it into child workflows, or keep its data elsewhere.',
      )
    if (lexeme === '[' || lexeme === '{') brackets++
    if (lexeme === ']' || lexeme === '}') brackets--
    if (brackets > maxBrackets)
      return fault(
        'yaml_syntax',
        offset,
        `More than ${maxBrackets} brackets are open here.`,
        'Flatten it, or move the data out of it.',
      )
    if (!isMark(lexeme)) offset += lexeme.length
  }
  return undefined
}

/** The lexer yields marks of its own between the pieces of the source. */
const isMark = (lexeme: string): boolean => lexeme === '\u{2}' || lexeme === '\u{18}' || lexeme === '\u{1f}'

function isLongerThan(source: string, bytes: number): boolean {
  if (source.length * 3 <= bytes) return false
  if (source.length > bytes) return true
  let length = source.length
  for (let at = 0; at < source.length; at++) {
    const unit = source.charCodeAt(at)
    const isHalf = unit >= 0xd800 && unit <= 0xdfff
    // Two halves are four bytes in UTF-8.
    if (unit > 0x7f) length += unit > 0x7ff && !isHalf ? 2 : 1
  }
  return length > bytes
}

function offsetOf(source: string, tree: SourceNode, path: readonly string[], place: Place): number {
  let node = tree
  for (const key of path) {
    const child = node.children.get(key)
    if (child === undefined) return node.start
    node = child
  }
  if (place.at === 'key' && node.keyStart !== undefined) return node.keyStart
  if (place.offset === undefined || node.text === undefined) return node.start
  return sourceOffset({ source, start: node.start, ...node.text }, place.offset)
}
