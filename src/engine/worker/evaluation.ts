// Templates, evaluated in an execution as it stands.

import { type CompiledValue, compileValue } from '../../kernel/expression/compile.ts'
import type { Scope } from '../../kernel/expression/scope.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'
import type { Result } from '../../kernel/problem.ts'
import { ProblemError } from './failure.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { type EachItem, scopeOf } from './scope.ts'

/** The value of a template in the execution as it stands, at once where it can be. Throws a `ProblemError` when it has none. */
export function evaluateFor(
  execution: OwnedExecution,
  value: CompiledValue,
  each: EachItem | undefined,
): Json | Promise<Json> {
  if (value.root.kind === 'constant') return value.root.value
  return valueOf(execution, value, currentScope(execution, each))
}

/** The value of an expression that the action evaluates itself, over values that it brings. */
export async function evaluateOwn(
  execution: OwnedExecution,
  each: EachItem | undefined,
  text: string,
  own: JsonObject,
): Promise<Json> {
  const compiled = compileValue(text, { secrets: true, own: Object.keys(own) })
  return valueOf(execution, compiled, { ...currentScope(execution, each), ...own })
}

function valueOf(execution: OwnedExecution, value: CompiledValue, scope: Scope): Json | Promise<Json> {
  const pending = execution.host.parts.evaluate(value, scope)
  return pending instanceof Promise ? pending.then(valueOrProblem) : valueOrProblem(pending)
}

function valueOrProblem(result: Result<Json>): Json {
  if (!result.ok) throw new ProblemError(result.problems)
  return result.value
}

function currentScope({ host, claimed, version, state, tenant }: OwnedExecution, each: EachItem | undefined): Scope {
  const { parts } = host
  return scopeOf({ claimed, version, state, tenant, secrets: parts.secretsOf(claimed.tenantId) }, parts.now(), each)
}
