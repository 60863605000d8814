// Finds expressions where none is evaluated: in ids, names, constants, keys.

import type { Json } from '../json.ts'
import { pointerTo, type Finding } from './finding.ts'

/** The places of a definition whose texts are evaluated, and descriptions, which may speak of expressions. */
const allowed = [
  /^\/output(\/|$)/,
  /^\/trigger(\/\d+)?\/where$/,
  /^\/settings\/concurrency\/key$/,
  /^\/steps\/\d+\/condition$/,
  /^\/steps\/\d+\/(config|compensate\/config|for_each\/items)(\/|$)/,
  /^(\/steps\/\d+|\/inputs\/.+)?\/description$/,
]

const places =
  'Expressions may stand in `config`, `condition`, `for_each.items`, `compensate.config`, `where`, `concurrency.key` and `output`.'

export function misplacedExpressions(value: Json, pointer = ''): readonly Finding[] {
  if (typeof value === 'string') {
    if (!value.includes('{{') || allowed.some((place) => place.test(pointer))) return []
    return [
      misplaced(
        pointer,
        'value',
        'No expression is evaluated here, so this would stay as it is written.',
        pointer.startsWith('/vars/')
          ? 'Constants hold plain values. Write the expression where it is used, or compute it in a step.'
          : places,
      ),
    ]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => {
    const here = pointerTo(pointer, key)
    const inKey = key.includes('{{')
      ? [
          misplaced(
            here,
            'key',
            'A key cannot be an expression.',
            'Write a plain key and put the expression into its value.',
          ),
        ]
      : []
    return [...inKey, ...misplacedExpressions(item, here)]
  })
}

function misplaced(pointer: string, at: 'key' | 'value', message: string, hint: string): Finding {
  return { code: 'expression_place', pointer, at, message, hint }
}
