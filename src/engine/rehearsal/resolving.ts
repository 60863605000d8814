// Resolves templates in a rehearsal; where an assumed output gives no value, the part stays as it is written and is named.

import { type CompiledValue, compileValue } from '../../kernel/expression/compile.ts'
import type { Scope } from '../../kernel/expression/scope.ts'
import { isJsonObject, type Json } from '../../kernel/json.ts'
import type { Result } from '../../kernel/problem.ts'
import { ProblemError } from '../worker/failure.ts'
import type { Evaluate } from '../worker/host.ts'
import type { Assumptions } from './assumptions.ts'
import type { Budget } from './budget.ts'
import type { Unknown } from './rehearsal.ts'

export interface Resolved {
  readonly value: Json
  /** Steps whose assumed outputs went into it. */
  readonly needs: readonly string[]
  /** Parts that could not be computed because of that. */
  readonly unknown: readonly Unknown[]
}

export interface ResolverParts {
  readonly evaluate: Evaluate
  readonly assumptions: Assumptions
  readonly budget: Budget
  /** Whether what fails on an assumed output is unknown; else it fails. */
  readonly isTolerant: boolean
}

export class Resolver {
  private readonly parts: ResolverParts

  constructor(parts: ResolverParts) {
    this.parts = parts
  }

  /** Throws a `ProblemError` where the value cannot be computed, and not for want of a real output. */
  async resolve(value: CompiledValue, scope: Scope, step: string | undefined): Promise<Resolved> {
    const needs = this.parts.assumptions.neededBy(value, step)
    const result = await this.evaluate(value, scope)
    if (result.ok) return { value: result.value, needs, unknown: [] }
    if (!this.parts.isTolerant || needs.length === 0) throw new ProblemError(result.problems)
    const unknown: Unknown[] = []
    const part = await this.part(value.source, value, { scope, step, pointer: '', unknown })
    return { value: part, needs, unknown }
  }

  /** The value of an expression that an action evaluates itself, over values that it brings. */
  async own(text: string, scope: Scope, names: readonly string[]): Promise<Json> {
    const result = await this.evaluate(compileValue(text, { secrets: true, own: names }), scope)
    if (result.ok) return result.value
    throw new ProblemError(result.problems)
  }

  private async evaluate(value: CompiledValue, scope: Scope): Promise<Result<Json>> {
    const result = await this.parts.evaluate(value, scope)
    if (!result.ok && result.problems.some(({ code }) => code === 'expression_limit')) this.parts.budget.countSlow()
    return result
  }

  private async part(source: Json, whole: CompiledValue, at: PartPlace): Promise<Json> {
    if (isList(source)) {
      const list: Json[] = []
      for (const [index, entry] of source.entries()) list.push(await this.part(entry, whole, below(at, String(index))))
      return list
    }
    if (isJsonObject(source)) {
      const entries: [string, Json][] = []
      for (const [key, entry] of Object.entries(source)) {
        const isVerbatim = at.pointer === '' && whole.options.verbatim?.includes(key) === true
        entries.push([key, isVerbatim ? entry : await this.part(entry, whole, below(at, key))])
      }
      return Object.fromEntries(entries)
    }
    return typeof source === 'string' ? this.text(source, whole, at) : source
  }

  private async text(source: string, { options }: CompiledValue, at: PartPlace): Promise<Json> {
    const compiled = compileValue(source, options)
    const result = await this.evaluate(compiled, at.scope)
    if (result.ok) return result.value
    const needs = this.parts.assumptions.neededBy(compiled, at.step)
    if (needs.length === 0) throw new ProblemError(result.problems)
    at.unknown.push({ pointer: at.pointer, expression: source, needs })
    return source
  }
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

interface PartPlace {
  readonly scope: Scope
  readonly step: string | undefined
  readonly pointer: string
  readonly unknown: Unknown[]
}

function below(at: PartPlace, key: string): PartPlace {
  return { ...at, pointer: `${at.pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` }
}
