// CEL's own functions and macros, described for the checker, the docs and completion; CEL itself runs them.

import { defineFunction, type LanguageFunction } from './language-function.ts'

export const celFunctions: readonly LanguageFunction[] = [
  defineFunction('size(value: string|list|map|bytes): int', 'How many characters, entries, fields or bytes.', [
    'size([1, 2, 3])',
    3,
  ]),
  defineFunction(
    'startsWith(text: string, prefix: string): bool',
    'Whether it starts so.',
    ['"PO-17".startsWith("PO-")', true],
    (args) => args.text(0).startsWith(args.text(1)),
  ),
  defineFunction(
    'endsWith(text: string, suffix: string): bool',
    'Whether it ends so.',
    ['"a.pdf".endsWith(".pdf")', true],
    (args) => args.text(0).endsWith(args.text(1)),
  ),
  defineFunction(
    'matches(text: string, pattern: string): bool',
    'Whether the regular expression finds a match. Cut off after 100 ms.',
    ['"PO-17".matches("^PO-[0-9]+$")', true],
    undefined,
    { costly: true },
  ),
  defineFunction('uint(value: string|number): int', 'A CEL unsigned whole number.', ['uint(2)', 2]),
  defineFunction('double(value: string|number): number', 'A number that can have a fraction.', ['double(7) / 2', 3.5]),
  defineFunction('bool(value: string|bool): bool', 'From "true", "1", "false", "0".', ['bool("true")', true]),
  defineFunction('bytes(value: string|bytes): bytes', 'The UTF-8 bytes. As a result they are base64.', [
    'bytes("abc")',
    'YWJj',
  ]),
  defineFunction('hex(value: bytes): string', 'Bytes in hexadecimal.', ['bytes("abc").hex()', '616263']),
  defineFunction('base64(value: bytes): string', 'Bytes in base64.', ['bytes("abc").base64()', 'YWJj']),
  defineFunction('at(value: bytes, index: number): int', 'One byte.', ['bytes("abc").at(0)', 97]),
  defineFunction('dyn(value: any): any', 'The value, its type not checked beforehand.', ['dyn(1) == "1"', false]),
  defineFunction(
    'type(value: any): any',
    'The CEL type, to compare with `int`, `double`, `string`, `bool`, `list`, `map`.',
    ['type("a") == string', true],
    undefined,
    { returns: 'type' },
  ),
]

/** Macros take expressions instead of values. `variable`: the first argument names what stands for each entry. */
export interface LanguageMacro {
  readonly name: string
  readonly signature: string
  readonly doc: string
  readonly example: LanguageFunction['example']
  readonly costly: boolean
}

const macro = (signature: string, doc: string, example: LanguageMacro['example'], costly: boolean): LanguageMacro => ({
  name: signature.replace(/^.*\.|\(.*$/g, ''),
  signature,
  doc,
  example,
  costly,
})

export const languageMacros: readonly LanguageMacro[] = [
  macro('has(path): bool', 'Whether the field exists.', ['cel.bind(order, {"a": 1}, has(order.b))', false], false),
  macro(
    'default(path, otherwise): any',
    'The value, or `otherwise` when it or anything on its path is missing or null.',
    ['default({"a": {}}.a.b, "none")', 'none'],
    false,
  ),
  macro('list.map(x, value): list', 'A new list: `value` for each entry `x`.', ['[1, 2].map(x, x * 2)', [2, 4]], true),
  macro(
    'list.map(x, condition, value): list',
    'The same, for the entries that satisfy the condition.',
    ['[1, 2, 3].map(x, x > 1, x * 2)', [4, 6]],
    true,
  ),
  macro(
    'list.filter(x, condition): list',
    'The entries that satisfy the condition.',
    ['[1, 2, 3].filter(x, x > 1)', [2, 3]],
    true,
  ),
  macro(
    'list.all(x, condition): bool',
    'Whether all entries satisfy the condition.',
    ['[1, 2].all(x, x > 0)', true],
    true,
  ),
  macro('list.exists(x, condition): bool', 'Whether any entry does.', ['[1, 2].exists(x, x > 1)', true], true),
  macro(
    'list.exists_one(x, condition): bool',
    'Whether exactly one entry does.',
    ['[1, 2].exists_one(x, x > 1)', true],
    true,
  ),
  macro(
    'cel.bind(name, value, expression): any',
    'The expression, with a name for a value.',
    ['cel.bind(n, 3, n * n)', 9],
    true,
  ),
  macro(
    'optional.orValue(otherwise): any',
    'The value of an optional (`a.?b`), or `otherwise`.',
    ['{"a": 1}.?b.orValue(0)', 0],
    false,
  ),
  macro(
    'optional.or(optional): optional',
    'The first of two optionals that has a value.',
    ['{"a": 1}.?b.or(optional.of(2)).value()', 2],
    false,
  ),
  macro('optional.hasValue(): bool', 'Whether an optional has a value.', ['{"a": 1}.?a.hasValue()', true], false),
  macro(
    'optional.value(): any',
    'The value of an optional; an error when there is none.',
    ['{"a": 1}.?a.value()', 1],
    false,
  ),
  macro('optional.of(value): optional', 'An optional with a value.', ['optional.of(1).value()', 1], false),
  macro('optional.none(): optional', 'An optional without a value.', ['optional.none().orValue(7)', 7], false),
]
