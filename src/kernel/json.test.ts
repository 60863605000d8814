import { expect, test } from 'vitest'
import { isJsonObject, isPrototypeKey } from './json.ts'

test('an object is a JSON object; null, lists and plain values are none', () => {
  expect(isJsonObject({ a: 1 })).toBe(true)
  for (const value of [null, [], 'a', 1, true, undefined]) expect(isJsonObject(value)).toBe(false)
})

test('the keys that reach a prototype are known by name, and no others', () => {
  for (const key of ['__proto__', 'constructor', 'prototype']) expect(isPrototypeKey(key)).toBe(true)
  for (const key of ['', 'proto', 'toString']) expect(isPrototypeKey(key)).toBe(false)
})
