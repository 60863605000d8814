// The CEL syntax tree: its nodes, what they hold, and which of them bind a variable.

import type { ASTNode } from '@marcbachmann/cel-js'

/** What the library's nodes can do beyond its declarations: how a node is checked and evaluated can be replaced. */
export interface NodeHooks {
  readonly meta: { readonly evaluate: Evaluate; readonly check: Check }
  setMeta(key: 'async', value: boolean): void
  setMeta(key: 'evaluate', value: Evaluate): void
  setMeta(key: 'check', value: Check): void
  setMeta(key: 'macro', value: { typeCheck: MacroHook<Checker>; evaluate: MacroHook<Runner> }): void
}

export interface Runner {
  run(node: ASTNode, context: unknown): unknown
}
export interface Checker {
  check(node: ASTNode, context: unknown): unknown
  getType(name: string): unknown
}
type Evaluate = (runner: Runner, node: ASTNode, context: unknown) => unknown
/** Macros are handed themselves instead of their node. */
type MacroHook<By> = (by: By, macro: unknown, context: unknown) => unknown
type Check = (checker: Checker, node: ASTNode, context: unknown) => unknown

/** The declarations of cel-js leave out these members, which its own macros use; the version is pinned. */
export function hooksOf(node: object): NodeHooks {
  if (isHooked(node)) return node
  throw new Error('cel-js has changed: its nodes have no setMeta')
}

const isHooked = (node: object): node is NodeHooks => 'setMeta' in node

/** Names that CEL itself gives a meaning. */
export const celNames: ReadonlySet<string> = new Set(
  'string bool int uint double map list bytes null_type type google cel optional'.split(' '),
)

const listMacros: ReadonlyMap<string, readonly number[]> = new Map([
  ['map', [2, 3]],
  ['filter', [2]],
  ['all', [2]],
  ['exists', [2]],
  ['exists_one', [2]],
])

/** A node that binds a variable: over the entries of a list, or to one value (`cel.bind`). */
export interface Binding {
  readonly name: string
  readonly variable: string
  readonly over: ASTNode
  readonly body: readonly ASTNode[]
}

export function bindingOf(node: ASTNode): Binding | undefined {
  if (node.op !== 'rcall') return undefined
  const [name, receiver, [variable, ...body]] = node.args
  if (variable?.op !== 'id') return undefined
  if (listMacros.get(name)?.includes(body.length + 1)) return { name, variable: variable.args, over: receiver, body }
  const [value, expression] = body
  if (
    name !== 'bind' ||
    receiver.op !== 'id' ||
    receiver.args !== 'cel' ||
    value === undefined ||
    expression === undefined
  )
    return undefined
  return { name, variable: variable.args, over: value, body: [expression] }
}

/** The nodes directly below, as they were written; a bound variable is no node. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  const binding = bindingOf(node)
  if (binding !== undefined) return [binding.over, ...binding.body]
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}
