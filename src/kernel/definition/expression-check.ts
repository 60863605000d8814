// The only place where validation meets the expression language: texts with {{ }} checked against a scope, and types for it.

import type { ExpressionProblem } from '../expression/expression-problem.ts'
import { compileExpression } from '../expression/expression.ts'
import type { Reference } from '../expression/references.ts'
import { parseTemplate } from '../expression/template.ts'
import { dyn, type ScopeTypes, type ValueType } from '../expression/value-type.ts'
import type { ActionShape } from './action-shape.ts'
import type { InputSchema } from './workflow.ts'

export type { Reference } from '../expression/references.ts'

export interface CheckedTemplate {
  /** The type of a text that is one single expression; undefined for any other text. */
  readonly type: ValueType | undefined
  readonly problems: readonly ExpressionProblem[]
  readonly references: readonly Reference[]
}

export function checkTemplate(text: string, _scope: ScopeTypes): CheckedTemplate {
  const template = parseTemplate(text)
  const problems: ExpressionProblem[] = [...template.problems]
  const references: Reference[] = []
  for (const part of template.parts) {
    if (typeof part === 'string') continue
    const c = compileExpression(part.source)
    if (!c.ok) problems.push(...c.problems.map((p) => ({ ...p, offset: p.offset + part.offset })))
    else references.push(...c.expression.references.map((r) => ({ ...r, offset: r.offset + part.offset })))
  }
  return { type: template.single === undefined ? undefined : dyn, problems, references }
}
export const typeOfInput = (_: InputSchema): ValueType => dyn
export const typeOfOutput = (_: ActionShape): ValueType => dyn
export const typeOfValue = (_: unknown): ValueType => dyn
