// Checks expressions against the types of their scope, without executing them.

import type { ExpressionProblem } from './expression-problem.ts'
import { compileExpression } from './expression.ts'
import type { Reference } from './references.ts'
import { parseTemplate } from './template.ts'
import { TypeWalk } from './type-walk.ts'
import { dyn, type ScopeTypes, type ValueType } from './value-type.ts'

export interface CheckedExpression {
  /** What is certainly wrong; what the types leave open passes. */
  readonly problems: readonly ExpressionProblem[]
  readonly type: ValueType
  /** What it reads. Which steps and secrets it may read is for the caller to judge. */
  readonly references: readonly Reference[]
}

/** Checks the source of one expression, without its braces. Offsets count in that source. */
export function checkExpression(source: string, scope: ScopeTypes): CheckedExpression {
  const compiled = compileExpression(source)
  if (!compiled.ok) return { problems: compiled.problems, type: dyn, references: [] }
  const { syntax, references } = compiled.expression
  const walk = new TypeWalk(source)
  const type = walk.typeOf(syntax, scope)
  return { problems: walk.problems, type, references }
}

export interface CheckedTemplate extends Omit<CheckedExpression, 'type'> {
  /** The type of a string that is one single expression; undefined for any other, which is text. */
  readonly type: ValueType | undefined
}

/** Checks a string with {{ }} in it. Offsets count in the string. */
export function checkTemplate(text: string, scope: ScopeTypes): CheckedTemplate {
  const { parts, single, problems } = parseTemplate(text)
  const checked = parts
    .filter((part) => typeof part !== 'string')
    .map((part) => ({ ...checkExpression(part.source, scope), by: part.offset }))
  return {
    problems: [...problems, ...checked.flatMap((each) => moved(each.problems, each.by))],
    references: checked.flatMap((each) => moved(each.references, each.by)),
    type: single === undefined ? undefined : checked[0]?.type,
  }
}

const moved = <T extends { readonly offset: number }>(found: readonly T[], by: number): readonly T[] =>
  found.map((each) => ({ ...each, offset: each.offset + by }))
