import { expect, it } from 'vitest'
import { asJsonObject, isJson, toPayload } from './payload.ts'

it('copies JSON and leaves out what is undefined', () => {
  const value = { a: [1, 'two', null, { b: false }], gone: undefined }
  expect(toPayload(value)).toEqual({ ok: true, value: { a: [1, 'two', null, { b: false }] } })
  expect(isJson(Object.create(null))).toBe(true)
})

it.each([
  ['a function', { a: () => 1 }, '/a: a value of type function is not JSON'],
  ['a big integer', [1n], '/0: a value of type bigint is not JSON'],
  ['not a number', { 'a/b~c': Number.NaN }, '/a~1b~0c: NaN is not JSON'],
  ['a date', new Date(0), 'an instance of a class is not JSON'],
  ['nothing', undefined, 'a value of type undefined is not JSON'],
  ['a prototype key', JSON.parse('{"a":{"__proto__":1}}'), '/a/__proto__: the key "__proto__" is not allowed'],
])('refuses %s and says where it is', (_name, value, problem) => {
  expect(toPayload(value)).toEqual({ ok: false, problem })
})

it('refuses what is nested too deeply instead of running out of stack', () => {
  let deep: unknown = 1
  for (let level = 0; level < 100_000; level++) deep = [deep]
  expect(toPayload(deep)).toMatchObject({ ok: false, problem: expect.stringContaining('nested deeper than 200') })
})

it('lets errors of the value itself through', () => {
  const trap = Object.defineProperty({}, 'a', {
    enumerable: true,
    get: () => {
      throw new Error('from the getter')
    },
  })
  expect(() => toPayload(trap)).toThrow('from the getter')
})

it('makes a parsed object JSON, and only an object', () => {
  expect(asJsonObject({ a: 1, b: undefined })).toEqual({ a: 1 })
  expect(() => asJsonObject([])).toThrow(TypeError)
})
