// CEL as this language uses it: the parser and evaluator of cel-js, its limits, and mixed int and double arithmetic.

import { Environment, type ParseResult } from '@marcbachmann/cel-js'
import type { Runner } from './syntax.ts'

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: { maxAstNodes: 2000, maxDepth: 64, maxListElements: 1000, maxMapEntries: 1000, maxCallArguments: 32 },
})

const arithmetic = {
  '+': (left: number, right: number): number => left + right,
  '-': (left: number, right: number): number => left - right,
  '*': (left: number, right: number): number => left * right,
  '/': (left: number, right: number): number => left / right,
  '%': (left: number, right: number): number => left % right,
} as const

// An int meets a double: both are doubles. int with int stays CEL's own: 7 / 2 is 3.
for (const [operator, compute] of Object.entries(arithmetic)) {
  const mixed = (left: number | bigint, right: number | bigint): number => compute(Number(left), Number(right))
  environment.registerOperator(`int ${operator} double: double`, mixed)
  environment.registerOperator(`double ${operator} int: double`, mixed)
}
environment.registerOperator('double % double: double', arithmetic['%'])
environment.registerOperator('int == double', (left: bigint, right: number) => Number(left) === right)

/**
 * cel-js names the type of each value it compares (`list<list<double>>`), to any depth, and keeps the names for good: data
 * nested ten thousand deep would leave half a gigabyte behind. Below four levels a type counts as `dyn`.
 */
const deepestTypeName = 4

interface TypeNamer {
  debugTypeDeep(value: unknown): unknown
  debugType(value: unknown): unknown
}

function boundTypeNames(namer: TypeNamer): void {
  const unbounded = namer.debugTypeDeep.bind(namer)
  let depth = 0
  namer.debugTypeDeep = (value) => {
    if (depth >= deepestTypeName) return namer.debugType(value)
    depth += 1
    try {
      return unbounded(value)
    } finally {
      depth -= 1
    }
  }
}

// A macro is the documented way to meet the evaluator.
environment.registerFunction('boundTypeNames(ast): dyn', () => ({
  typeCheck: (checker: { getType(name: string): unknown }) => checker.getType('dyn'),
  evaluate: (runner: Runner & TypeNamer) => {
    boundTypeNames(runner)
    return null
  },
}))
environment.evaluate('boundTypeNames(0)')

/** Parses one expression. Throws cel-js's ParseError, or a RangeError when the nesting exhausts the stack. */
export const parseCel = (source: string): ParseResult => environment.parse(source)

/** Names of CEL's own functions and macros, for the test that holds the table of functions against them. */
export const celFunctionNames = (): readonly string[] => environment.getDefinitions().functions.map(({ name }) => name)
