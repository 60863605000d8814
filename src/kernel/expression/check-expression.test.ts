// Wrong and split names. cspell:ignore triger cuont stok skuu uper
import { describe, expect, test } from 'vitest'
import { checkExpression, checkTemplate } from './check-expression.ts'
import { anyObject, closedObject, dyn, listOf, openObject, type ScopeTypes, type ValueType } from './value-type.ts'

const text: ValueType = { kind: 'string' }
const number: ValueType = { kind: 'number' }
const order = closedObject({ sku: text, qty: number, tags: listOf(text), note: { kind: 'null' } })

const scope: ScopeTypes = {
  trigger: openObject({
    amount: number,
    vendor: text,
    urgent: { kind: 'bool' },
    orders: listOf(order),
    due: { kind: 'timestamp' },
  }),
  inputs: closedObject({ order_id: text, limit: number, wait: { kind: 'duration' } }),
  steps: closedObject({
    stock: closedObject({ output: closedObject({ count: number, by_sku: anyObject }), status: text }),
  }),
  payload: dyn,
  now: { kind: 'timestamp' },
  raw: { kind: 'bytes' },
}

const check = (source: string) => checkExpression(source, scope)
const messages = (source: string) =>
  check(source).problems.map(({ code, message, hint }) => [code, message, ...(hint === undefined ? [] : [hint])])
const typeOf = (source: string) => {
  const { problems, type } = check(source)
  expect(problems).toEqual([])
  return type
}

test.each([
  ['trigger.amount', number],
  ['trigger.anything.at.all', dyn],
  ['payload[0].x', dyn],
  ['steps["stock"].output.count', number],
  ['steps.stock.output.by_sku["A"]', dyn],
  ['steps[inputs.order_id]', dyn],
  ['trigger.orders[0]', order],
  ['trigger.orders[inputs.limit].tags[size(trigger.orders)]', text],
  ['trigger.orders[payload]', order],
  ['trigger.orders[0].note.whatever', dyn],
  ['trigger.?vendor', { kind: 'optional', of: text }],
  ['trigger.?orders[0].sku', { kind: 'optional', of: text }],
  ['trigger.?unknown.?x', { kind: 'optional', of: dyn }],
  ['trigger[?"vendor"]', { kind: 'optional', of: text }],
  ['trigger.?vendor.orValue("x")', text],
  ['default(trigger.?amount, 1)', number],
  ['default(payload.x, "a")', dyn],
  ['has(trigger.vendor) && !trigger.urgent', { kind: 'bool' }],
  ['optional.of(1).hasValue()', { kind: 'bool' }],
  ['1 + size("ab")', { kind: 'int' }],
  ['1 + 1.5', number],
  ['-inputs.limit % 2', number],
  ['-payload', dyn],
  ['7 / 2', { kind: 'int' }],
  ['"a" + trigger.vendor', text],
  ['raw + b"x"', { kind: 'bytes' }],
  ['[1] + [2.5]', listOf(number)],
  ['payload + 1', dyn],
  ['payload * 2', number],
  ['now + duration("2d")', { kind: 'timestamp' }],
  ['inputs.wait + now', { kind: 'timestamp' }],
  ['now - inputs.wait', { kind: 'timestamp' }],
  ['now - trigger.due', { kind: 'duration' }],
  ['inputs.wait - inputs.wait + inputs.wait', { kind: 'duration' }],
  ['now > trigger.due', { kind: 'bool' }],
  ['payload < 1 || trigger.orders[0].note < 1', { kind: 'bool' }],
  ['trigger.vendor == null', { kind: 'bool' }],
  ['trigger.amount == 5 && type(trigger.amount) == double', { kind: 'bool' }],
  ['trigger.vendor in ["a"]', { kind: 'bool' }],
  ['"a" in trigger', { kind: 'bool' }],
  ['[]', listOf(dyn)],
  ['[null, 1, 2.5]', listOf(number)],
  ['[1, "a"]', listOf(dyn)],
  ['{"a": 1, payload: 2}', openObject({ a: { kind: 'int' } })],
  ['trigger.urgent ? trigger.vendor : null', text],
  ['trigger.urgent ? 1 : "a"', dyn],
  ['trigger.orders.map(o, o.qty * 2)', listOf(number)],
  ['trigger.orders.map(o, o.qty > 1, o.sku)', listOf(text)],
  ['trigger.orders.filter(o, o.qty > 1)', listOf(order)],
  ['trigger.orders.exists(o, o.sku == "A") && trigger.orders.all(o, true)', { kind: 'bool' }],
  ['steps.stock.output.map(key, key + "!")', listOf(text)],
  ['payload.map(p, p.x)', listOf(dyn)],
  ['cel.bind(total, inputs.limit * 2, total + 1)', number],
  ['sum(trigger.orders.map(o, o.qty))', number],
  ['first(trigger.orders).sku', text],
  ['first(payload)', dyn],
  ['sort(trigger.orders, "qty")', listOf(order)],
  ['split(trigger.vendor, " ")', listOf(text)],
  ['values(steps)', listOf(dyn)],
  ['parseJson("1")', dyn],
  ['max(1, 2, 3)', dyn],
  ['addDuration("2026-01-01T00:00:00Z", "1h")', { kind: 'timestamp' }],
  ['"x".upper().matches("X")', { kind: 'bool' }],
  ['lower(null)', text],
  ['"a".startsWith(payload)', { kind: 'bool' }],
  ['payload.x.or(payload)', dyn],
  ['true', { kind: 'bool' }],
  ['3u', { kind: 'int' }],
])('%s has its type', (source, type) => {
  expect(typeOf(source)).toEqual(type)
})

test.each([
  ['trigger.amount +', 'expression_syntax', 'Unexpected token: the end.'],
  ['triger.amount', 'expression_reference', 'There is no `triger` here.', 'Did you mean `trigger`?'],
  [
    'zzz',
    'expression_reference',
    'There is no `zzz` here.',
    'There is `trigger`, `inputs`, `steps`, `payload`, `now`, `raw`.',
  ],
  [
    'steps.stock.output.cuont',
    'expression_reference',
    '`steps.stock.output` has no field `cuont`.',
    'Did you mean `count`?',
  ],
  ['steps["stok"]', 'expression_reference', '`steps` has no field `stok`.', 'Did you mean `stock`?'],
  [
    'trigger.?orders[0].skuu',
    'expression_reference',
    '`trigger.?orders[0]` has no field `skuu`.',
    'Did you mean `sku`?',
  ],
  ['trigger.vendor.name', 'expression_reference', '`trigger.vendor` is text and has no field `name`.'],
  [
    'trigger.orders.sku',
    'expression_reference',
    '`trigger.orders` is a list and has no field `sku`.',
    'Take one entry, such as [0], or map over the list.',
  ],
  [
    'trigger.orders["first"]',
    'expression_type',
    '`trigger.orders` is a list; its entries are numbered, not found by text.',
  ],
  ['trigger.amount[0]', 'expression_type', '`trigger.amount` is a number and has no entries.'],
  [
    'trigger.orders.map(o, o.price)',
    'expression_reference',
    '`o` has no field `price`.',
    'There is `sku`, `qty`, `tags`, `note`.',
  ],
  ['trigger.vendor.map(v, v)', 'expression_type', '`trigger.vendor` is text, not a list.'],
  [
    'trigger.orders.filter(o, o.qty)',
    'expression_type',
    '`o.qty` is a number, not true or false.',
    'Compare it with something: `… == …`, `… > …`, `has(…)`.',
  ],
  [
    'trigger.amount && true',
    'expression_type',
    '`trigger.amount` is a number, not true or false.',
    'Compare it with something: `… == …`, `… > …`, `has(…)`.',
  ],
  [
    'trigger.vendor + trigger.amount',
    'expression_type',
    '`+` does not work on text and a number.',
    'Write string(x), or put the text outside of the braces: "Total {{ x }}".',
  ],
  ['trigger.urgent + trigger.urgent', 'expression_type', '`+` does not work on true or false and true or false.'],
  ['trigger.vendor * 2', 'expression_type', '`*` does not work on text and a whole number.'],
  ['-trigger.vendor', 'expression_type', '`-` does not work on a whole number and text.'],
  ['trigger.amount == "5"', 'expression_type', '`==` does not work on a number and text.'],
  ['trigger.amount > "5"', 'expression_type', '`>` does not work on a number and text.'],
  ['trigger.orders < 5', 'expression_type', '`<` does not work on a list and a whole number.'],
  ['trigger.?amount > 5', 'expression_type', '`>` does not work on an optional and a number.'],
  ['"a" in trigger.vendor', 'expression_type', '`in` does not work on text and text.'],
  ['lower(trigger.amount)', 'expression_type', '`lower` needs text as `text`, but `trigger.amount` is a number.'],
  ['year(trigger.amount)', 'expression_type', '`year` needs a timestamp as `time`, but `trigger.amount` is a number.'],
  [
    'number(trigger.orders)',
    'expression_type',
    '`number` needs text or a number or true or false as `value`, but `trigger.orders` is a list.',
  ],
  ['upper()', 'expression_type', '`upper(text: string): string` does not take 0 arguments.'],
  ['upper("a", "b", "c")', 'expression_type', '`upper(text: string): string` does not take 3 arguments.'],
  ['min()', 'expression_type', '`min(...values: any): any` does not take 0 arguments.'],
  ['default(trigger.amount)', 'expression_type', '`default(path, otherwise): any` does not take 1 argument.'],
  ['uper("a")', 'expression_reference', 'There is no function `uper`.', 'Did you mean `upper`?'],
  ['has(trigger)', 'expression_type', 'has() invalid argument.'],
  [
    'hex()',
    'expression_type',
    '`hex` cannot be called on this with no arguments.',
    'See the table of functions for what it takes.',
  ],
  ['1.upper()', 'expression_type', '`upper` needs text as `text`, but `1` is a whole number.'],
  ['!"a"', 'expression_type', '`!` does not work on text.'],
  [
    '{"a": 1}.hex()',
    'expression_type',
    '`hex` cannot be called on this with no arguments.',
    'See the table of functions for what it takes.',
  ],
  ['true > now', 'expression_type', '`>` does not work on true or false and a timestamp.'],
  ['"a" - {"b": [1]}', 'expression_type', '`-` does not work on text and an object.'],
  ['(1', 'expression_syntax', 'Expected `)`, got the end.'],
  ['1 ~ 2', 'expression_syntax', 'Unexpected character: ~.'],
  ['a ? b', 'expression_syntax', 'Expected `:`, got the end.'],
])('%s is a problem', (source, ...problem) => {
  expect(messages(source)).toEqual([problem])
})

test('every problem of an expression is found, each at its place', () => {
  const { problems } = check('trigger.vendor * 2 > lower(inputs.limit) || inputs.x')
  expect(problems.map(({ offset, message }) => [offset, message])).toEqual([
    [0, '`*` does not work on text and a whole number.'],
    [21, '`lower` needs text as `text`, but `inputs.limit` is a number.'],
    [44, '`inputs` has no field `x`.'],
  ])
})

test('checking executes nothing', () => {
  expect(check('"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("^(a+)+$")').problems).toEqual([])
})

describe('a template', () => {
  test('has a type when it is one expression, else it is text', () => {
    expect(checkTemplate('{{ trigger.amount }}', scope).type).toEqual(number)
    expect(checkTemplate(' {{ trigger.amount }}\n', scope).type).toEqual(number)
    expect(checkTemplate('{{ trigger.amount }} EUR', scope).type).toBeUndefined()
    expect(checkTemplate('none', scope).type).toBeUndefined()
  })

  test('has problems and references at their offset in the string', () => {
    const { problems, references } = checkTemplate('PO {{ inputs.order }} of {{ steps.stock.status }} {{ x', scope)
    expect(problems.map(({ offset, code }) => [offset, code])).toEqual([
      [50, 'expression_syntax'],
      [6, 'expression_reference'],
    ])
    expect(references).toEqual([
      { path: ['inputs', 'order'], offset: 6 },
      { path: ['steps', 'stock', 'status'], offset: 28 },
    ])
  })
})
