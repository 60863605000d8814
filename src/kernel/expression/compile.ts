// Compiles a whole config: each string with {{ }} in it, with the places of problems and references.

import { isPrototypeKey, type Json, type JsonObject } from '../json.ts'
import type { ExpressionProblem } from './expression-problem.ts'
import { compileExpression, type Expression } from './expression.ts'
import type { Reference } from './references.ts'
import { scopeProblems, type ScopeNames } from './scope.ts'
import { opening, parseTemplate, type ExpressionPart } from './template.ts'

export type CompiledNode =
  | { readonly kind: 'constant'; readonly value: Json }
  | { readonly kind: 'expression'; readonly pointer: string; readonly expression: Expression }
  | { readonly kind: 'text'; readonly pointer: string; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'list'; readonly items: readonly CompiledNode[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, CompiledNode])[] }
  | { readonly kind: 'broken'; readonly problems: readonly PlacedProblem[] }

/** A problem of a config's expression: `pointer` relative to the config, `offset` in the string it points to. */
export interface PlacedProblem extends ExpressionProblem {
  readonly pointer: string
}

/** A reference and where it stands: `pointer` relative to the config, `offset` in that string. */
export interface PlacedReference extends Reference {
  readonly pointer: string
}

export interface CompiledValue {
  /** What it was compiled from; with `options` all that another thread needs to compile it again. */
  readonly source: Json
  readonly options: CompileOptions
  /** Complete even when there are problems: evaluating a broken part gives its problems. */
  readonly root: CompiledNode
  readonly problems: readonly PlacedProblem[]
  readonly references: readonly PlacedReference[]
  readonly costly: boolean
}

export interface CompileOptions extends ScopeNames {
  /** Fields of the config that are left as they are: the action evaluates them itself, over data of its own. */
  readonly verbatim?: readonly string[]
}

const deepestValue = 100

/** Compiles a config; nothing of it is executed. */
export function compileValue(source: Json, options: CompileOptions = {}): CompiledValue {
  const compiler = new Compiler(options)
  const root = compiler.compile(source, '', 0)
  const { problems, references, costly } = compiler
  return { source, options, root, problems, references, costly }
}

/** Whether it must be evaluated off the main thread: it holds a macro over a list, a regular expression or very many calls. */
export const isCostly = (compiled: CompiledValue): boolean => compiled.costly

class Compiler {
  readonly references: PlacedReference[] = []
  readonly problems: PlacedProblem[] = []
  costly = false
  readonly #options: CompileOptions

  constructor(options: CompileOptions) {
    this.#options = options
  }

  compile(value: Json, pointer: string, depth: number): CompiledNode {
    if (typeof value === 'string')
      return value.includes(opening) ? this.#template(value, pointer) : { kind: 'constant', value }
    if (typeof value !== 'object' || value === null) return { kind: 'constant', value }
    if (depth >= deepestValue) return this.#broken([tooDeep(pointer)])
    return isList(value) ? this.#list(value, pointer, depth) : this.#object(value, pointer, depth)
  }

  #list(value: readonly Json[], pointer: string, depth: number): CompiledNode {
    const items = value.map((item, index) => this.compile(item, `${pointer}/${index}`, depth + 1))
    return items.every(isConstant) ? { kind: 'constant', value } : { kind: 'list', items }
  }

  #object(value: JsonObject, pointer: string, depth: number): CompiledNode {
    const entries = Object.entries(value).map(([key, entry]): readonly [string, CompiledNode] => {
      const inner = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (isPrototypeKey(key)) return [key, this.#broken([forbiddenKey(key, inner)])]
      const verbatim = depth === 0 && this.#options.verbatim?.includes(key) === true
      return [key, verbatim ? { kind: 'constant', value: entry } : this.compile(entry, inner, depth + 1)]
    })
    return entries.every(([, node]) => isConstant(node)) ? { kind: 'constant', value } : { kind: 'object', entries }
  }

  #template(text: string, pointer: string): CompiledNode {
    const { parts, single, problems } = parseTemplate(text)
    const found = problems.map((problem): PlacedProblem => ({ ...problem, pointer }))
    const compiled = (single === undefined ? parts : [single]).map((part) =>
      typeof part === 'string' ? part : this.#expression(part, pointer, found),
    )
    if (found.length > 0) return this.#broken(found)
    const [only] = compiled
    return single !== undefined && typeof only === 'object'
      ? { kind: 'expression', pointer, expression: only }
      : { kind: 'text', pointer, parts: compiled }
  }

  /** Adds to `found` what is wrong with the expression. */
  #expression(part: ExpressionPart, pointer: string, found: PlacedProblem[]): Expression | '' {
    const compiled = compileExpression(part.source)
    const problems = compiled.ok ? scopeProblems(compiled.expression.references, this.#options) : compiled.problems
    found.push(...problems.map((problem) => ({ ...problem, pointer, offset: problem.offset + part.offset })))
    if (!compiled.ok) return ''
    const { references, costly } = compiled.expression
    this.references.push(...references.map(({ path, offset }) => ({ path, pointer, offset: offset + part.offset })))
    this.costly ||= costly
    return compiled.expression
  }

  #broken(problems: readonly PlacedProblem[]): CompiledNode {
    this.problems.push(...problems)
    return { kind: 'broken', problems }
  }
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
const isConstant = (node: CompiledNode): boolean => node.kind === 'constant'

const tooDeep = (pointer: string): PlacedProblem => ({
  code: 'definition_too_large',
  message: `The value is nested deeper than ${deepestValue} levels.`,
  pointer,
  offset: 0,
})

const forbiddenKey = (key: string, pointer: string): PlacedProblem => ({
  code: 'schema',
  message: `The key \`${key}\` is not allowed.`,
  pointer,
  offset: 0,
})
