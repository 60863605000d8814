// Short ways to evaluate in tests.

import type { Json, JsonObject } from '../json.ts'
import type { Result } from '../problem.ts'
import { compileValue, type CompileOptions } from './compile.ts'
import { evaluateValue } from './evaluate.ts'

export const evaluated = (value: Json, scope: JsonObject = {}, options: CompileOptions = {}): Result<Json> =>
  evaluateValue(compileValue(value, options), scope)

/** The value of one expression; its first problem's message when it fails. */
export function valueOf(source: string, scope: JsonObject = {}, options: CompileOptions = {}): Json {
  const result = evaluated(`{{ ${source} }}`, scope, options)
  return result.ok ? result.value : `failed: ${result.problems[0]?.message}`
}
