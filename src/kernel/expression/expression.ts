// Compiles one CEL expression, and evaluates it.

import type { ParseResult } from '@marcbachmann/cel-js'
import { parseCel } from './cel.ts'
import { explainCompiling } from './explain.ts'
import type { ExpressionProblem } from './expression-problem.ts'
import { inspect } from './inspect.ts'
import { installNode } from './install.ts'
import { referencesOf, type Reference } from './references.ts'

const longestSource = 10_000

export interface Expression {
  readonly source: string
  readonly syntax: ParseResult['ast']
  readonly references: readonly Reference[]
  /** The names of the scope it reads. */
  readonly names: readonly string[]
  /** May take more than linear time: not for the main thread. */
  readonly costly: boolean
  /** Evaluates over plain values. Throws. */
  readonly run: (context: Readonly<Record<string, unknown>>) => unknown
}

export type CompiledExpression =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] }

/** Expressions are few and evaluated often; the oldest leave first. */
const cache = new Map<string, CompiledExpression>()
const cacheSize = 5_000

/** Compiles the source of one expression, without its braces. Nothing of it is executed. */
export function compileExpression(source: string): CompiledExpression {
  const cached = cache.get(source)
  if (cached !== undefined) return cached
  const compiled = compile(source)
  if (cache.size >= cacheSize) cache.delete(String(cache.keys().next().value))
  cache.set(source, compiled)
  return compiled
}

function compile(source: string): CompiledExpression {
  const refused = refusedSource(source)
  if (refused !== undefined) return { ok: false, problems: [refused] }
  try {
    const parsed = parseCel(source)
    const { nodes, problems, costly } = inspect(parsed.ast)
    if (problems.length > 0) return { ok: false, problems }
    for (const node of nodes) installNode(node)
    const checked = parsed.check()
    if (!checked.valid) return { ok: false, problems: [explainCompiling(checked.error)] }
    const references = referencesOf(parsed.ast)
    const names = [...new Set(references.flatMap(({ path }) => path.slice(0, 1)))]
    const run: Expression['run'] = (context) => parsed(context)
    return { ok: true, expression: { source, syntax: parsed.ast, references, names, costly, run } }
  } catch (error) {
    return { ok: false, problems: [explainCompiling(error)] }
  }
}

function refusedSource(source: string): ExpressionProblem | undefined {
  if (source === '') {
    return {
      code: 'expression_syntax',
      message: 'The expression is empty.',
      hint: 'Write a path such as trigger.amount.',
      offset: 0,
    }
  }
  if (source.length <= longestSource) return undefined
  const message = `The expression is ${source.length} characters long; ${longestSource} are allowed.`
  return { code: 'expression_syntax', message, hint: 'Move parts of it into vars or into a transform step.', offset: 0 }
}
