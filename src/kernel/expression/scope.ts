// The names an expression may use, and the values behind them.

import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { ExpressionProblem } from './expression-problem.ts'
import { hintOfNames } from './nearest-name.ts'
import type { Reference } from './references.ts'

/**
 * The values by name: `trigger`, `inputs`, `steps` (`{ <id>: { output, status, outcome, error } }`), `vars`, `execution`,
 * `tenant`, `item`, `index`, `secrets`. `now` is epoch milliseconds or ISO text; expressions see a timestamp.
 */
export type Scope = JsonObject

const scopeNames = ['trigger', 'inputs', 'steps', 'vars', 'execution', 'tenant', 'now', 'item', 'index'] as const

/** What an expression may use besides `scopeNames`. */
export interface ScopeNames {
  /** Whether `secrets.NAME` may stand here. */
  readonly secrets?: boolean
  /** Names of its own that an action brings, such as `event`. */
  readonly own?: readonly string[]
}

export function scopeProblems(references: readonly Reference[], names: ScopeNames): readonly ExpressionProblem[] {
  const allowed = [...scopeNames, ...(names.own ?? []), ...(names.secrets === true ? ['secrets'] : [])]
  return references.flatMap(({ path, offset }) => {
    const name = String(path[0])
    if (name === 'secrets') return secretProblems(path, offset, names.secrets === true)
    if (allowed.includes(name)) return []
    return [
      {
        code: 'expression_reference',
        message: `There is no \`${name}\` here.`,
        hint: hintOfNames(name, allowed),
        offset,
      },
    ]
  })
}

/** A secret is named in full, so that which one is read stands in the definition and not in the data. */
function secretProblems(path: readonly string[], offset: number, allowed: boolean): readonly ExpressionProblem[] {
  if (!allowed) {
    const message = 'Secrets are not available here.'
    return [{ code: 'expression_place', message, hint: 'Use secrets.NAME in the config of a step.', offset }]
  }
  if (path.length === 2) return []
  return [{ code: 'expression_reference', message: 'A secret is read as secrets.NAME, by its name alone.', offset }]
}

/** The variables of one expression; a name that the scope lacks stays undefined, which is an error when it is read. */
export function contextOf(names: readonly string[], scope: Scope): Readonly<Record<string, unknown>> {
  const context: Record<string, unknown> = {}
  for (const name of names) {
    if (!Object.hasOwn(scope, name)) continue
    const value = scope[name]
    context[name] = name === 'now' && (typeof value === 'number' || typeof value === 'string') ? new Date(value) : value
  }
  return context
}

/** The part of a scope that is read: what is sent to another thread. Of the steps, those that are named. */
export function usedScope(references: readonly Reference[], scope: Scope): Scope {
  const used: Record<string, Json> = {}
  for (const [name, value] of Object.entries(scope)) {
    const paths = references.map(({ path }) => path).filter(([root]) => root === name)
    if (paths.length > 0) used[name] = name === 'steps' ? usedSteps(paths, value) : value
  }
  return used
}

function usedSteps(paths: readonly Reference['path'][], steps: Json): Json {
  if (!isJsonObject(steps) || paths.some((path) => path.length < 2)) return steps
  const ids = new Set(paths.map(([, id]) => id))
  return Object.fromEntries(Object.entries(steps).filter(([id]) => ids.has(id)))
}
