// The functions over lists and objects.

import { reserve } from './budget.ts'
import { defineFunction, isPlainObject, type Arguments, type LanguageFunction } from './language-function.ts'
import { compareValues } from './number-functions.ts'
import { jsonOf } from './result.ts'

export const listFunctions: readonly LanguageFunction[] = [
  defineFunction(
    'keys(object: map): list',
    'The names of the fields.',
    ['keys({"a": 1, "b": 2})', ['a', 'b']],
    (args) => args.entries(0).map(([name]) => name),
    { returns: 'texts' },
  ),
  defineFunction(
    'values(object: map): list',
    'The values of the fields.',
    ['values({"a": 1, "b": 2})', [1, 2]],
    (args) => args.entries(0).map(([, value]) => value),
  ),
  defineFunction(
    'merge(first: map, second: map): map',
    'The fields of both; where both have one, that of the second.',
    ['merge({"a": 1, "b": 2}, {"b": 3})', { a: 1, b: 3 }],
    (args) => Object.fromEntries([...args.entries(0), ...args.entries(1)]),
  ),
  defineFunction(
    'flatten(list: list): list',
    'Lists in the list become part of it, one level deep.',
    ['flatten([[1, 2], [3]])', [1, 2, 3]],
    flatten,
  ),
  defineFunction(
    'unique(list: list): list',
    'Each value once, in order of first appearance.',
    ['unique([3, 1, 3])', [3, 1]],
    unique,
    { returns: 'same' },
  ),
  defineFunction(
    'sort(list: list, field?: string): list',
    'In ascending order, of the entries or of one of their fields.',
    ['sort([{"n": 2}, {"n": 1}], "n")', [{ n: 1 }, { n: 2 }]],
    sort,
    { returns: 'same', costly: true },
  ),
  defineFunction(
    'first(list: list): any',
    'The first entry; null when there is none.',
    ['first(["a", "b"])', 'a'],
    (args) => args.list(0).at(0) ?? null,
    { returns: 'element' },
  ),
  defineFunction(
    'last(list: list): any',
    'The last entry; null when there is none.',
    ['last(["a", "b"])', 'b'],
    (args) => args.list(0).at(-1) ?? null,
    { returns: 'element' },
  ),
]

function flatten(args: Arguments): readonly unknown[] {
  const list = args.list(0)
  for (const entry of list) if (Array.isArray(entry)) reserve(entry.length)
  return list.flat()
}

/** Values are the same when their JSON is. */
function unique(args: Arguments): readonly unknown[] {
  const seen = new Set<string>()
  return args.list(0).filter((entry) => {
    const key = JSON.stringify(jsonOf(entry))
    reserve(key.length)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function sort(args: Arguments): readonly unknown[] {
  const field = args.optionalText(1)
  const keyOf = (entry: unknown): unknown => {
    if (field === undefined) return entry
    return isPlainObject(entry) && Object.hasOwn(entry, field) ? entry[field] : null
  }
  return args.list(0).toSorted((left, right) => compareValues('sort', keyOf(left), keyOf(right)))
}
