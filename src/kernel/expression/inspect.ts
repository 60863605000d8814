// Looks over a parsed expression before it is checked or run: its size, its names, and what it costs.

import type { ASTNode } from '@marcbachmann/cel-js'
import { isPrototypeKey } from '../json.ts'
import type { ExpressionProblem } from './expression-problem.ts'
import { functionNames, languageFunctions } from './functions.ts'
import { callOf } from './install.ts'
import type { Parameter } from './language-function.ts'
import { hintOfNames } from './nearest-name.ts'
import { bindingOf, childrenOf } from './syntax.ts'

const deepestNode = 200
/** Each of these nodes may read all of a large value; this many together still take milliseconds. */
const mostLinearNodes = 32
const linear: ReadonlySet<string> = new Set(['call', 'rcall', '+', '==', '!=', 'in', 'list', 'map'])
const known: ReadonlySet<string> = new Set(functionNames)

export interface Inspection {
  readonly nodes: readonly ASTNode[]
  readonly problems: readonly ExpressionProblem[]
  /** Not to be evaluated on the main thread. */
  readonly costly: boolean
}

export function inspect(root: ASTNode): Inspection {
  const nodes: ASTNode[] = []
  const pending = [{ node: root, depth: 1 }]
  let deepest = 0
  for (const { node, depth } of pending) {
    nodes.push(node)
    deepest = Math.max(deepest, depth)
    for (const child of childrenOf(node)) pending.push({ node: child, depth: depth + 1 })
  }
  const problems = nodes.flatMap(problemsOf)
  if (deepest > deepestNode) problems.unshift(tooDeep)
  const costly = nodes.some(isCostlyNode) || nodes.filter(({ op }) => linear.has(op)).length > mostLinearNodes
  return { nodes, problems, costly }
}

const tooDeep: ExpressionProblem = {
  code: 'expression_syntax',
  message: `The expression is nested deeper than ${deepestNode} levels.`,
  hint: 'Move parts of it into vars or into a transform step.',
  offset: 0,
}

function isCostlyNode(node: ASTNode): boolean {
  if (bindingOf(node) !== undefined) return true
  const call = callOf(node)
  return call !== undefined && languageFunctions.get(call.name)?.costly === true
}

function problemsOf(node: ASTNode): readonly ExpressionProblem[] {
  const call = callOf(node)
  const names = namesIn(node)
    .filter(isPrototypeKey)
    .map((name) => forbiddenName(name, node.start))
  return call === undefined ? names : [...names, ...callProblems(node, call.name, call.args.length)]
}

/** Field names and keys that are written out; those that are computed are looked up as own properties only. */
function namesIn(node: ASTNode): readonly string[] {
  if (node.op === 'id') return [node.args]
  if (node.op === '.' || node.op === '.?') return [node.args[1]]
  if (node.op === '[]' || node.op === '[?]') return literalTexts([node.args[1]])
  return node.op === 'map' ? literalTexts(node.args.map(([key]) => key)) : []
}

const literalTexts = (nodes: readonly ASTNode[]): readonly string[] =>
  nodes.flatMap((node) => (node.op === 'value' && typeof node.args === 'string' ? [node.args] : []))

const forbiddenName = (name: string, offset: number): ExpressionProblem => ({
  code: 'expression_reference',
  message: `The name \`${name}\` is not allowed in expressions.`,
  offset,
})

function callProblems(node: ASTNode, name: string, count: number): readonly ExpressionProblem[] {
  const offset = node.start
  if (!known.has(name)) {
    return [
      {
        code: 'expression_reference',
        message: `There is no function \`${name}\`.`,
        hint: hintOfNames(name, functionNames),
        offset,
      },
    ]
  }
  if (name === 'default' && count < 2) return [wrongCount('default(path, otherwise): any', count, offset)]
  const definition = languageFunctions.get(name)
  if (definition?.run === undefined || fits(definition.parameters, count)) return []
  return [wrongCount(definition.signature, count, offset)]
}

function fits(parameters: readonly Parameter[], count: number): boolean {
  const least = parameters.filter(({ optional, rest }) => !optional && !rest).length
  const most = parameters.some(({ rest }) => rest) ? Number.POSITIVE_INFINITY : parameters.length
  return count >= least && count <= most && count > 0
}

const wrongCount = (signature: string, count: number, offset: number): ExpressionProblem => ({
  code: 'expression_type',
  message: `\`${signature}\` does not take ${count} argument${count === 1 ? '' : 's'}.`,
  offset,
})
