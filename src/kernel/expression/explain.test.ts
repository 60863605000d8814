// Wrong and split names. cspell:ignore cuont
import { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import { expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { explainCompiling, explainFailure } from './explain.ts'
import { valueOf } from './language.test-kit.ts'
import { hintOfNames } from './nearest-name.ts'

test('what the library throws without a place is put at the start', () => {
  expect(explainCompiling(new ParseError('odd'))).toEqual({ code: 'expression_syntax', message: 'Odd.', offset: 0 })
  expect(explainCompiling(new CelTypeError('odd'))).toEqual({ code: 'expression_type', message: 'Odd.', offset: 0 })
  expect(explainFailure(new EvaluationError('odd'), '')).toEqual({
    code: 'expression_failed',
    message: 'Odd.',
    offset: 0,
  })
  expect(explainFailure(new EvaluationError({ code: 'no_such_key', message: 'gone' }), '').message).toBe('Gone.')
})

test('an exhausted stack is a problem like any other', () => {
  expect(explainCompiling(new RangeError('stack'))).toMatchObject({
    code: 'expression_syntax',
    message: 'The expression is nested too deeply.',
  })
  const deep = (): Json => JSON.parse(`${'['.repeat(50_000)}1${']'.repeat(50_000)}`)
  expect(valueOf('trigger.a == trigger.b', { trigger: { a: deep(), b: deep() } })).toMatch(
    /too large or nested too deeply/,
  )
})

test('operators and calls are explained in words', () => {
  const compiling = (summary: string) => explainCompiling(new CelTypeError(summary))
  expect(compiling('no such overload: map<string, list<int>> + string')).toMatchObject({
    message: '`+` does not work on an object and text.',
    hint: expect.stringContaining('string(x)'),
  })
  expect(compiling('no such overload: uint in dyn<string>').message).toBe('`in` does not work on uint and text.')
  expect(compiling('no such overload: -google.protobuf.Duration').message).toBe('`-` does not work on a duration.')
  expect(compiling("found no matching overload for 'string.matches(int, list<dyn>)'").message).toBe(
    '`matches` cannot be called on this with a number, a list.',
  )
  expect(compiling("found no matching overload for 'hex()'").message).toBe(
    '`hex` cannot be called on this with no arguments.',
  )
})

test('a hint names what is near, else what there is', () => {
  expect(hintOfNames('cuont', ['count', 'other'])).toBe('Did you mean `count`?')
  expect(hintOfNames('Count', ['count'])).toBe('Did you mean `count`?')
  expect(hintOfNames('zzz', [])).toBe('It has none.')
  expect(hintOfNames('zzz', ['a', 'b'])).toBe('There is `a`, `b`.')
  expect(hintOfNames('zzz', [...'abcdefghij'])).toBe('There is `a`, `b`, `c`, `d`, `e`, `f`, `g`, `h`, ….')
})
