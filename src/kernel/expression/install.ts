// Puts our functions, the budget and looser conditionals into a parsed expression.

import { EvaluationError, Optional, TypeError as CelTypeError, type ASTNode } from '@marcbachmann/cel-js'
import { spend } from './budget.ts'
import { languageFunctions } from './functions.ts'
import { Arguments, describeValue, isPlainObject, type LanguageFunction } from './language-function.ts'
import { childrenOf, hooksOf, type Runner } from './syntax.ts'

/** A call of a function of the table, however it is written: `lower(x)` or `x.lower()`. */
export interface Call {
  readonly name: string
  readonly args: readonly ASTNode[]
}

export function callOf(node: ASTNode): Call | undefined {
  if (node.op === 'call') return { name: node.args[0], args: node.args[1] }
  return node.op === 'rcall' ? { name: node.args[0], args: [node.args[1], ...node.args[2]] } : undefined
}

export function installNode(node: ASTNode): void {
  const call = callOf(node)
  if (call !== undefined) installCall(node, call)
  else if (node.op === '?:') installConditional(node)
  else if (node.op === '+' || node.op === '-') installGuard(node)
  else if ((node.op === '[]' || node.op === '[?]') && node.args[1].op !== 'value') installComputedAccess(node)
  else if (node.op === 'list' || node.op === 'map') installLiteral(node, node.op)
}

function installCall(node: ASTNode, { name, args }: Call): void {
  const definition = languageFunctions.get(name)
  if (definition?.run !== undefined) installFunction(node, definition, definition.run, args)
  else if (name === 'default') installDefault(node, args)
  else if (name === 'has') for (const path of args) installHas(node, path)
  else installGuard(node)
}

function installFunction(
  node: ASTNode,
  { name }: LanguageFunction,
  run: NonNullable<LanguageFunction['run']>,
  args: readonly ASTNode[],
): void {
  installDynamic(node, args, (runner, context) =>
    spend(
      run(
        new Arguments(
          name,
          args.map((argument) => runner.run(argument, context)),
        ),
      ),
    ),
  )
}

const missing: ReadonlySet<string> = new Set([
  'no_such_key',
  'index_out_of_bounds',
  'unknown_variable',
  'optional_value_missing',
])

/** `default(a.b.c, x)`: x when anything on the path is missing or null. Other errors stay errors. */
function installDefault(node: ASTNode, args: readonly ASTNode[]): void {
  installDynamic(node, args, (runner, context) => {
    for (const argument of args.slice(0, -1)) {
      try {
        const value = runner.run(argument, context)
        const present: unknown = value instanceof Optional ? value.orValue(null) : value
        if (present !== null) return present
      } catch (error) {
        if (!(error instanceof EvaluationError && missing.has(error.code))) throw error
      }
    }
    return args.slice(-1).map((argument) => runner.run(argument, context))[0]
  })
}

function installDynamic(
  node: ASTNode,
  args: readonly ASTNode[],
  evaluate: (runner: Runner, context: unknown) => unknown,
): void {
  const hooks = hooksOf(node)
  hooks.setMeta('async', false)
  hooks.setMeta('check', (checker, _node, context) => {
    for (const argument of args) checker.check(argument, context)
    return checker.getType('dyn')
  })
  hooks.setMeta('evaluate', (runner, _node, context) => evaluate(runner, context))
}

/** cel-js follows names only (`has(a.b.c)`); CEL lets anything stand before the last field (`has(a[0].b)`). */
function installHas(node: ASTNode, path: ASTNode): void {
  if (path.op !== '.' && path.op !== '.?') return
  const [object, name] = path.args
  hooksOf(node).setMeta('macro', {
    typeCheck: (checker, _macro, context) => {
      checker.check(object, context)
      return checker.getType('bool')
    },
    evaluate: (runner, _macro, context) => hasField(runner.run(object, context), name),
  })
}

function hasField(value: unknown, name: string): boolean {
  const object: unknown = value instanceof Optional ? value.orValue({}) : value
  if (isPlainObject(object)) return Object.hasOwn(object, name)
  throw new EvaluationError({ code: 'no_such_key', message: `has() looks for \`${name}\` in ${describeValue(object)}` })
}

/** Lists and maps of ints, of doubles and of nothing are alike: `[1] + [2.5]`, `[] == [1]`. cel-js trips over the last. */
function installLiteral(node: ASTNode, type: 'list' | 'map'): void {
  hooksOf(node).setMeta('check', (checker, _node, context) => {
    for (const child of childrenOf(node)) checker.check(child, context)
    return checker.getType(type)
  })
}

/** CEL wants both branches of one type; `x ? 1 : 'none'` is what people write. */
function installConditional(node: ASTNode): void {
  const hooks = hooksOf(node)
  const { check } = hooks.meta
  hooks.setMeta('check', (checker, self, context) => {
    try {
      return check(checker, self, context)
    } catch (error) {
      if (error instanceof CelTypeError && error.code === 'incompatible_ternary_branches') return checker.getType('dyn')
      throw error
    }
  })
}

/**
 * Names that are written out are looked over before anything runs; one that is computed could be `__proto__` of a timestamp,
 * which cel-js does not look up as an own property.
 */
function installComputedAccess(node: ASTNode): void {
  const hooks = hooksOf(node)
  const { evaluate } = hooks.meta
  hooks.setMeta('evaluate', (runner, self, context) => {
    const value = evaluate(runner, self, context)
    if (!isPrototype(value instanceof Optional ? value.orValue(null) : value)) return value
    throw new EvaluationError({ code: 'bad_argument', message: 'A prototype is out of reach' })
  })
}

/** Data has no functions. */
function isPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'constructor')) return false
  return typeof Reflect.get(value, 'constructor') === 'function'
}

/** Everything that can make a longer text or list than it was given is charged. */
function installGuard(node: ASTNode): void {
  const hooks = hooksOf(node)
  const { evaluate } = hooks.meta
  hooks.setMeta('evaluate', (runner, self, context) => spend(evaluate(runner, self, context)))
}
