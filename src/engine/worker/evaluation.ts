// Templates, evaluated in an execution as it stands.

import { type CompiledValue, compileValue } from '../../kernel/expression/compile.ts'
import type { Scope } from '../../kernel/expression/scope.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'
import type { Problem, Result } from '../../kernel/problem.ts'
import { ProblemError } from './failure.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { type EachItem, scopeOf } from './scope.ts'

/**
 * The value of a template in the execution as it stands, at once where it can be. Throws a `ProblemError` when it has none.
 * `now`: what it takes for the present, epoch ms.
 */
export function evaluateFor(
  execution: OwnedExecution,
  value: CompiledValue,
  each: EachItem | undefined,
  now?: number,
): Json | Promise<Json> {
  if (value.root.kind === 'constant') return value.root.value
  return valueOf(execution, value, currentScope(execution, each, now))
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
  const problems = secretProblems(execution, value)
  if (problems.length > 0) throw new ProblemError(problems)
  const pending = execution.host.parts.evaluate(value, scope)
  return pending instanceof Promise ? pending.then(valueOrProblem) : valueOrProblem(pending)
}

function valueOrProblem(result: Result<Json>): Json {
  if (!result.ok) throw new ProblemError(result.problems)
  return result.value
}

function currentScope(execution: OwnedExecution, each: EachItem | undefined, now?: number): Scope {
  const { host, claimed, version, state, tenant, secrets } = execution
  return scopeOf({ claimed, version, state, tenant, secrets: secrets?.values ?? none }, now ?? host.parts.now(), each)
}

const none = {}

/** What keeps the value from being computed: secrets that have been deleted since the definition was checked, or don't open. */
function secretProblems({ version, secrets }: OwnedExecution, value: CompiledValue): readonly Problem[] {
  if (version.secrets.length === 0) return []
  return value.references.flatMap(({ path: [root, name] }): Problem[] => {
    if (root !== 'secrets' || name === undefined || Object.hasOwn(secrets?.values ?? none, name)) return []
    const message = `There is no secret ${name} any more. Add it, then retry the step.`
    return [secrets?.problems.get(name) ?? { code: 'missing_secret', message }]
  })
}
