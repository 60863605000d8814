// Evaluates a compiled config over a scope.

import type { Json } from '../json.ts'
import { failed, ok, type Problem, type Result } from '../problem.ts'
import { startBudget } from './budget.ts'
import type { CompiledNode, CompiledValue } from './compile.ts'
import { explainFailure } from './explain.ts'
import type { Expression } from './expression.ts'
import { JsonWriter } from './result.ts'
import { contextOf, type Scope } from './scope.ts'

/**
 * The config with its expressions replaced by their values. Never throws: a failure's problem has the `pointer` of the
 * string that failed. A costly config takes as long as it takes: see `isCostly`.
 */
export function evaluateValue(compiled: CompiledValue, scope: Scope): Result<Json> {
  startBudget()
  try {
    return ok(valueOf(compiled.root, scope, new JsonWriter()))
  } catch (error) {
    if (error instanceof Failure) return failed(...error.problems)
    throw error
  }
}

/** Carries problems out of the tree. */
class Failure extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super('The evaluation failed')
    this.problems = problems
  }
}

/** One writer for the whole config: its size is bounded, not that of each part. */
function valueOf(node: CompiledNode, scope: Scope, writer: JsonWriter): Json {
  switch (node.kind) {
    case 'constant':
      return node.value
    case 'expression':
      return run(node.expression, scope, node.pointer, (value) => writer.write(value))
    case 'text': {
      const { pointer } = node
      return node.parts.map((part) => (typeof part === 'string' ? part : run(part, scope, pointer, (value) => writer.writeText(value)))).join('')
    }
    case 'list':
      return node.items.map((item) => valueOf(item, scope, writer))
    case 'object':
      return Object.fromEntries(node.entries.map(([key, entry]) => [key, valueOf(entry, scope, writer)]))
    case 'broken':
      throw new Failure(node.problems.map(({ code, message, pointer }) => ({ code, message, pointer })))
  }
}

function run<T>(expression: Expression, scope: Scope, pointer: string, read: (value: unknown) => T): T {
  try {
    return read(expression.run(contextOf(expression.names, scope)))
  } catch (error) {
    const { offset: _, ...problem } = explainFailure(error, expression.source)
    throw new Failure([{ ...problem, pointer }])
  }
}
