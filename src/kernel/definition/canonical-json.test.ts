import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, jsonCopy } from './canonical-json.ts'

describe('canonicalJson', () => {
  test('keys stand in the order of their UTF-16 code units (RFC 8785, section 3.2.3)', () => {
    const value = {
      '€': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew',
      1: 'One',
      '😀': 'Emoji',
      '\u0080': 'Control',
      ö: 'Latin',
    }
    expect(Object.values(JSON.parse(canonicalJson(value)))).toHaveLength(7)
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin","€":"Euro Sign","😀":"Emoji","\ufb33":"Hebrew"}',
    )
  })

  test('numbers are written as ECMAScript writes them', () => {
    expect(canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0, 100])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0,100]',
    )
  })

  test('absent properties do not count', () => {
    expect(canonicalJson({ b: undefined, a: null })).toBe('{"a":null}')
    expect(canonicalJson(undefined)).toBe('null')
  })

  test('the order of keys never matters, and the text says the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed())
        expect(canonicalJson(turned)).toBe(canonicalJson(value))
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

test('a JSON copy drops what is undefined', () => {
  expect(jsonCopy({ a: undefined, b: [1, { c: undefined }] })).toEqual({ b: [1, {}] })
})
