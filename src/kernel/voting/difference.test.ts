// What the words about a difference promise.

import { expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { sayDifference } from './difference.ts'

test.each<[Json, Json, string]>([
  [{ a: 1 }, { a: 1 }, 'Nothing differs.'],
  [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, 'Changed: /a/b/1.'],
  [{ a: 1, 'x/y': 2 }, { a: 2, c: 3 }, 'Changed: /a; added: /c; removed: /x~1y.'],
  [{ a: [1] }, { a: { 0: 1 } }, 'Changed: /a.'],
  [1, 'two', 'Changed: all of it.'],
  [{}, { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 }, 'Added: /a, /b, /c, /d, /e and 2 more.'],
])('%j and %j: %s', (before, after, said) => {
  expect(sayDifference(before, after)).toBe(said)
})
