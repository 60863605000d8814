// Evaluates a compiled config over a scope.

import type { Json } from '../json.ts'
import { failed, ok, type Problem, type Result } from '../problem.ts'
import { startBudget } from './budget.ts'
import type { CompiledNode, CompiledValue } from './compile.ts'
import { explainFailure } from './explain.ts'
import type { ExpressionProblem } from './expression-problem.ts'
import type { Expression } from './expression.ts'
import { JsonWriter } from './result.ts'
import { contextOf, type Scope } from './scope.ts'

/**
 * The config with its expressions replaced by their values. Never throws: each problem has the `pointer` of the string that
 * failed. A costly config takes as long as it takes: see `isCostly`.
 */
export function evaluateValue(compiled: CompiledValue, scope: Scope): Result<Json> {
  startBudget()
  const evaluation = new Evaluation(scope)
  const value = evaluation.valueOf(compiled.root)
  return evaluation.problems.length === 0 ? ok(value) : failed(...evaluation.problems)
}

class Evaluation {
  readonly problems: Problem[] = []
  readonly #scope: Scope
  /** One for the whole config: its size is bounded, not that of each part. */
  readonly #writer = new JsonWriter()

  constructor(scope: Scope) {
    this.#scope = scope
  }

  valueOf(node: CompiledNode): Json {
    switch (node.kind) {
      case 'constant':
        return node.value
      case 'expression':
        return this.#run(node.expression, node.pointer, (value) => this.#writer.write(value), null)
      case 'text':
        return node.parts.map((part) => (typeof part === 'string' ? part : this.#text(part, node.pointer))).join('')
      case 'list':
        return node.items.map((item) => this.valueOf(item))
      case 'object':
        return Object.fromEntries(node.entries.map(([key, entry]) => [key, this.valueOf(entry)]))
      case 'broken':
        for (const problem of node.problems) this.#fail(problem, problem.pointer)
        return null
    }
  }

  #text(part: Expression, pointer: string): string {
    return this.#run(part, pointer, (value) => this.#writer.writeText(value), '')
  }

  #run<T>(expression: Expression, pointer: string, read: (value: unknown) => T, failing: T): T {
    try {
      return read(expression.run(contextOf(expression.names, this.#scope)))
    } catch (error) {
      this.#fail(explainFailure(error, expression.source), pointer)
      return failing
    }
  }

  #fail({ code, message, hint }: ExpressionProblem, pointer: string): void {
    this.problems.push({ code, message, ...(hint !== undefined && { hint }), pointer })
  }
}
