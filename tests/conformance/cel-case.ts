// Runs a case of the CEL conformance suite in our expression language and says how it went.
// A name in the package. cspell:ignore testdata

import { isDeepStrictEqual } from 'node:util'
import type { Value } from '@bufbuild/cel-spec/cel/expr/value_pb.js'
import { getTestRegistry } from '@bufbuild/cel-spec/testdata/registry.js'
import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from '@bufbuild/cel-spec/testdata/tests.js'
import { isMessage } from '@bufbuild/protobuf'
import { anyUnpack, DurationSchema, TimestampSchema, type Any } from '@bufbuild/protobuf/wkt'
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { startBudget } from '../../src/kernel/expression/budget.ts'
import { compileExpression } from '../../src/kernel/expression/expression.ts'

/** `path` is `section/group/name`, as in the suite. */
export interface CelCase {
  readonly path: string
  readonly test: IncrementalTest
}

export function celCases(suite: IncrementalTestSuite = getConformanceSuite(), path = ''): readonly CelCase[] {
  const own = suite.tests.map((test) => ({ path: path + test.name, test }))
  return [...own, ...suite.suites.flatMap((inner) => celCases(inner, `${path}${inner.name}/`))]
}

type Outcome = { readonly value: unknown } | { readonly error: string }

/** Undefined when the case passes, else why it does not. */
export function failureOf({ test: { original } }: CelCase): string | undefined {
  const { expr, bindings, checkOnly, resultMatcher: matcher } = original
  try {
    const values = Object.entries(bindings).map(([name, bound]) => [name, input(bound.kind.value)] as const)
    const outcome = run(expr, values, checkOnly)
    switch (matcher.case) {
      case 'evalError':
      case 'anyEvalErrors':
        return 'error' in outcome ? undefined : 'a value where an error is due'
      case 'value':
        return difference(outcome, matcher.value)
      case 'typedResult':
        return difference(outcome, matcher.value.result)
      default:
        return 'error' in outcome || outcome.value !== true ? `not true: ${JSON.stringify(outcome)}` : undefined
    }
  } catch (error) {
    return String(error)
  }
}

function run(source: string, values: readonly (readonly [string, unknown])[], checkOnly: boolean): Outcome {
  const compiled = compileExpression(source.trim())
  if (!compiled.ok) return { error: compiled.problems.map(({ message }) => message).join(' ') }
  if (checkOnly) return { value: undefined }
  startBudget()
  try {
    return { value: compiled.expression.run(Object.fromEntries(values)) }
  } catch (error) {
    return { error: String(error) }
  }
}

function difference(outcome: Outcome, expected: Value | undefined): string | undefined {
  if ('error' in outcome) return outcome.error
  if (expected === undefined) return undefined
  const [actual, wanted] = [shapeOf(outcome.value), shapeOfExpected(expected)]
  return isDeepStrictEqual(actual, wanted)
    ? undefined
    : `${JSON.stringify(actual)} instead of ${JSON.stringify(wanted)}`
}

/** A value of the suite as an expression is given it. */
function input(value: unknown): unknown {
  if (!isValue(value)) throw new Error('only plain values can be bound')
  const { kind } = value
  switch (kind.case) {
    case 'nullValue':
      return null
    case 'listValue':
      return kind.value.values.map(input)
    case 'mapValue':
      return Object.fromEntries(
        kind.value.entries.map(({ key, value: entry }) => [String(key?.kind.value), input(entry)]),
      )
    case 'uint64Value':
      return new UnsignedInt(kind.value)
    case 'objectValue':
      return fromAny(kind.value)
    default:
      return kind.value
  }
}

const isValue = (value: unknown): value is Value => typeof value === 'object' && value !== null && 'kind' in value

function fromAny(any: Any): unknown {
  const message = anyUnpack(any, getTestRegistry())
  if (message !== undefined && isMessage(message, TimestampSchema)) {
    return new Date(Number(message.seconds) * 1000 + message.nanos / 1_000_000)
  }
  if (message !== undefined && isMessage(message, DurationSchema)) return new Duration(message.seconds, message.nanos)
  throw new Error('protocol buffer messages are not supported')
}

/** Values with their CEL type, to be compared. */
function shapeOf(value: unknown): unknown {
  if (typeof value === 'bigint') return { int: String(value) }
  if (typeof value === 'number') return { double: value + 0 }
  if (value instanceof UnsignedInt) return { uint: String(value.value) }
  if (value instanceof Uint8Array) return { bytes: value.toHex() }
  if (value instanceof Date) return { timestamp: value.getTime() }
  if (value instanceof Duration) return { seconds: String(value.seconds), nanos: value.nanos }
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return value
  const [, type] = /Type<(.+)>/.exec(String(Reflect.get(value, Symbol.toStringTag))) ?? []
  if (type !== undefined) return { type: type === 'null' ? 'null_type' : type }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shapeOf(entry)]))
}

function shapeOfExpected({ kind }: Value): unknown {
  switch (kind.case) {
    case 'typeValue':
      return { type: kind.value }
    case 'listValue':
      return kind.value.values.map(shapeOfExpected)
    case 'mapValue':
      return Object.fromEntries(
        kind.value.entries.map(({ key, value }) => [String(key?.kind.value), value && shapeOfExpected(value)]),
      )
    case 'objectValue':
      return shapeOf(fromAny(kind.value))
    case 'uint64Value':
      return { uint: String(kind.value) }
    case 'nullValue':
      return null
    default:
      return shapeOf(kind.value)
  }
}
