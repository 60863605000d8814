// Finds which names of the scope an expression reads.

import type { ASTNode } from '@marcbachmann/cel-js'
import { bindingOf, celNames, childrenOf } from './syntax.ts'

/** A path into the scope, as far as it is written out: `['steps', 'stock', 'output', 'count']`. `offset` is its place in the source. */
export interface Reference {
  readonly path: readonly string[]
  readonly offset: number
}

/** The longest path of each place that reads the scope; `steps[x].output` is `['steps']` and what `x` reads. */
export function referencesOf(node: ASTNode, bound: ReadonlySet<string> = celNames): readonly Reference[] {
  const path = pathOf(node, bound)
  if (path !== undefined) return [{ path, offset: node.start }]
  const binding = bindingOf(node)
  if (binding === undefined) return childrenOf(node).flatMap((child) => referencesOf(child, bound))
  const inner = new Set([...bound, binding.variable])
  return [...referencesOf(binding.over, bound), ...binding.body.flatMap((child) => referencesOf(child, inner))]
}

function pathOf(node: ASTNode, bound: ReadonlySet<string>): readonly string[] | undefined {
  switch (node.op) {
    case 'id':
      return bound.has(node.args) ? undefined : [node.args]
    case '.':
    case '.?': {
      const path = pathOf(node.args[0], bound)
      return path && [...path, node.args[1]]
    }
    case '[]':
    case '[?]': {
      const [object, index] = node.args
      const key = index.op === 'value' ? index.args : undefined
      if (typeof key !== 'string') return undefined
      const path = pathOf(object, bound)
      return path && [...path, key]
    }
    default:
      return undefined
  }
}
