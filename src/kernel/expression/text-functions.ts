// The functions that make or take text.

import { EvaluationError } from '@marcbachmann/cel-js'
import { reserve, reserveSearch } from './budget.ts'
import { defineFunction, type Arguments, type LanguageFunction } from './language-function.ts'
import { jsonOf, textOf } from './result.ts'

const refuse = (message: string): never => {
  throw new EvaluationError({ code: 'bad_argument', message })
}

export const textFunctions: readonly LanguageFunction[] = [
  defineFunction('lower(text: string): string', 'In lower case.', ['lower("ACME Ltd")', 'acme ltd'], (args) =>
    args.text(0).toLowerCase(),
  ),
  defineFunction('upper(text: string): string', 'In upper case.', ['upper("eur")', 'EUR'], (args) =>
    args.text(0).toUpperCase(),
  ),
  defineFunction(
    'trim(text: string): string',
    'Without white space at both ends.',
    ['trim("  PO-17 ")', 'PO-17'],
    (args) => args.text(0).trim(),
  ),
  defineFunction(
    'contains(text: string, part: string): bool',
    'Whether the part is in the text.',
    ['contains("purchase order", "order")', true],
    (args) => args.text(0).includes(searched(args)),
  ),
  defineFunction(
    'replace(text: string, from: string, to: string, limit?: number): string',
    'With each occurrence of `from` replaced, or the first `limit` of them. No regular expressions.',
    ['replace("a-b-c", "-", "/")', 'a/b/c'],
    replace,
  ),
  defineFunction(
    'split(text: string, separator: string, limit?: number): list',
    'The parts between the separators, at most `limit`.',
    ['split("red,green,blue", ",")', ['red', 'green', 'blue']],
    split,
    { returns: 'texts' },
  ),
  defineFunction(
    'join(list: list, separator?: string): string',
    'The entries as one text; what is not text is written as JSON.',
    ['join(["a", "b", 3], ", ")', 'a, b, 3'],
    join,
  ),
  defineFunction(
    'substring(text: string, start: number, end?: number): string',
    'From character `start` (0 is the first) up to and without `end`.',
    ['substring("PO-8841", 3)', '8841'],
    substring,
  ),
  defineFunction(
    'charAt(text: string, index: number): string',
    'The character at a position; empty at the end.',
    ['charAt("PO-17", 0)', 'P'],
    (args) => args.text(0).charAt(within(args, 1, 0)),
  ),
  defineFunction(
    'indexOf(text: string, search: string, from?: number): int',
    'The position of the first occurrence, -1 when there is none.',
    ['indexOf("a-b-c", "-")', 1],
    (args) => BigInt(args.text(0).indexOf(searched(args), within(args, 2, 0))),
  ),
  defineFunction(
    'lastIndexOf(text: string, search: string, from?: number): int',
    'The position of the last occurrence, -1 when there is none.',
    ['lastIndexOf("a-b-c", "-")', 3],
    (args) => BigInt(args.text(0).lastIndexOf(searched(args), within(args, 2, args.text(0).length))),
  ),
  defineFunction(
    'lowerAscii(text: string): string',
    'CEL: A to Z in lower case.',
    ['"ABC".lowerAscii()', 'abc'],
    (args) => args.text(0).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  ),
  defineFunction(
    'upperAscii(text: string): string',
    'CEL: a to z in upper case.',
    ['"abc".upperAscii()', 'ABC'],
    (args) => args.text(0).replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  ),
  defineFunction(
    'string(value: any): string',
    'As text, the way a template writes it: null is empty, lists and objects are JSON.',
    ['string(12.5)', '12.5'],
    (args) => textOf(args.any(0)),
  ),
  defineFunction('json(value: any): string', 'As JSON text.', ['json({"sku": "A-1"})', '{"sku":"A-1"}'], (args) =>
    JSON.stringify(jsonOf(args.any(0))),
  ),
  defineFunction(
    'parseJson(text: string): any',
    'The value that a JSON text holds.',
    ['parseJson("[1, 2]")', [1, 2]],
    parseJson,
  ),
  defineFunction(
    'encodeUri(text: any): string',
    'Percent-encoded, as one part of a URL.',
    ['encodeUri("Smith & Co")', 'Smith%20%26%20Co'],
    (args) => encodeURIComponent(textOf(args.any(0)).toWellFormed()),
  ),
]

/** What is looked for in the text that is the first argument. */
function searched(args: Arguments): string {
  const search = args.text(1)
  reserveSearch(args.text(0), search)
  return search
}

function replace(args: Arguments): string {
  const [text, from, to] = [args.text(0), searched(args), args.text(2)]
  const limit = args.whole(3, -1)
  const parts = text.split(from)
  const count = limit < 0 ? parts.length - 1 : Math.min(limit, parts.length - 1)
  reserve(text.length + count * to.length)
  return [...parts.slice(0, count), parts.slice(count).join(from)].join(to)
}

function split(args: Arguments): readonly string[] {
  const limit = args.whole(2, -1)
  if (limit === 0) return []
  const separator = searched(args)
  const parts = args.text(0).split(separator)
  if (limit < 0 || parts.length <= limit) return parts
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)]
}

function join(args: Arguments): string {
  const separator = args.optionalText(1) ?? ''
  const list = args.list(0)
  reserve(list.length * separator.length)
  return list
    .map((entry) => {
      const text = textOf(entry)
      reserve(text.length)
      return text
    })
    .join(separator)
}

function substring(args: Arguments): string {
  const text = args.text(0)
  const end = within(args, 2, text.length)
  const start = within(args, 1, 0)
  return start <= end ? text.substring(start, end) : refuse('substring() ends before it starts')
}

/** An optional position in the text that is the first argument. */
function within(args: Arguments, position: number, absent: number): number {
  const index = args.whole(position, absent)
  if (index >= 0 && index <= args.text(0).length) return index
  return refuse(`There is no character ${index} in a text of ${args.text(0).length}`)
}

function parseJson(args: Arguments): unknown {
  const text = args.text(0)
  try {
    return JSON.parse(text)
  } catch {
    return refuse('parseJson() got a text that is no JSON')
  }
}
