// Wrong and split names. cspell:ignore lowr uctor
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { compileValue, isCostly } from './compile.ts'
import { compileExpression } from './expression.ts'
import { evaluateValue } from './evaluate.ts'
import { evaluated, valueOf } from './language.test-kit.ts'
import { hooksOf } from './syntax.ts'

const scope = {
  trigger: {
    amount: 62_000,
    n: 7,
    name: 'Ann',
    note: null,
    items: [
      { price: 1.5, qty: 2 },
      { price: 2, qty: 3 },
    ],
    'odd key': 1,
  },
  inputs: { flag: true },
  steps: { stock: { status: 'completed', outcome: 'completed', output: { count: 3 }, error: null } },
  now: 1_700_000_000_000,
}
const value = (source: string) => valueOf(source, scope)

describe('a config', () => {
  test('keeps what has no braces, and the type of a string that is one expression', () => {
    const config = { a: '{{ trigger.amount }}', b: ['{{ trigger.items[0] }}', 1, null, true, 'x'], c: { d: 'e' } }
    expect(evaluated(config, scope)).toEqual({
      ok: true,
      value: { a: 62_000, b: [{ price: 1.5, qty: 2 }, 1, null, true, 'x'], c: { d: 'e' } },
    })
  })

  test('joins text and expressions; null is empty, what is no text is JSON', () => {
    const text =
      '{{ trigger.name }}: {{ trigger.amount }} {{ trigger.note }}|{{ trigger.items[0] }} {{ size("ab") }} {{ bytes("ok") }} {{ now }}'
    expect(evaluated(text, scope)).toEqual({
      ok: true,
      value: 'Ann: 62000 |{"price":1.5,"qty":2} 2 ok 2023-11-14T22:13:20Z',
    })
  })

  test('writes two braces as text', () => {
    expect(evaluated("{{ '{{' }} x }}", scope)).toEqual({ ok: true, value: '{{ x }}' })
  })

  test('is returned as it is when nothing is to be replaced', () => {
    const config = { a: [{ b: 'c' }] }
    expect(evaluateValue(compileValue(config), {})).toEqual({ ok: true, value: config })
    expect(compileValue(config).root.kind).toBe('constant')
  })

  test('says of each expression that failed where it stands', () => {
    const result = evaluated({ 'a/b~': '{{ trigger.nope }}', list: ['{{ 1 + }}', 'x {{ trigger.name * 2 }}'] }, scope)
    expect(result.ok ? [] : result.problems).toEqual([
      expect.objectContaining({
        code: 'expression_failed',
        pointer: '/a~1b~0',
        message: '`trigger.nope` does not exist.',
      }),
      { code: 'expression_syntax', pointer: '/list/0', message: 'Unexpected token: the end.' },
      { code: 'expression_failed', pointer: '/list/1', message: '`*` does not work on text and a number.' },
    ])
  })

  test('knows its problems, with the offset in the string, before it is evaluated', () => {
    const { problems } = compileValue({ a: 'x {{ 1 + }} {{ foo.bar }} {{ lowr("A") }}', b: '{{ x' })
    expect(problems.map(({ pointer, offset, code }) => [pointer, offset, code])).toEqual([
      ['/a', 8, 'expression_syntax'],
      ['/a', 15, 'expression_reference'],
      ['/a', 29, 'expression_reference'],
      ['/b', 0, 'expression_syntax'],
    ])
    expect(problems[2]?.hint).toBe('Did you mean `lower`?')
  })

  test('knows what it reads', () => {
    const { references } = compileValue([
      'a {{ steps.stock.output["count"] + trigger.items[inputs.n].x }}',
      '{{ trigger.items.map(i, i.a + vars.b) }}',
    ])
    expect(references.map(({ path, pointer, offset }) => [path.join('.'), pointer, offset])).toEqual([
      ['steps.stock.output.count', '/0', 5],
      ['trigger.items', '/0', 35],
      ['inputs.n', '/0', 49],
      ['trigger.items', '/1', 3],
      ['vars.b', '/1', 30],
    ])
  })

  test('refuses keys that reach a prototype, and nesting without end', () => {
    const pollution: Json = JSON.parse('{"a": {"__proto__": {"x": "{{ 1 }}"}}}')
    expect(compileValue(pollution).problems).toEqual([
      expect.objectContaining({ code: 'schema', pointer: '/a/__proto__' }),
    ])
    const deep = JSON.parse('['.repeat(2000) + ']'.repeat(2000))
    expect(compileValue(deep).problems).toEqual([expect.objectContaining({ code: 'definition_too_large' })])
    expect(evaluateValue(compileValue(deep), {}).ok).toBe(false)
  })

  test('leaves the fields that an action evaluates itself', () => {
    const config = { where: '{{ event.id == 1 }}', to: '{{ trigger.name }}' }
    expect(evaluated(config, scope, { verbatim: ['where'] })).toEqual({
      ok: true,
      value: { where: '{{ event.id == 1 }}', to: 'Ann' },
    })
    expect(evaluated('{{ event.id == 1 }}', { event: { id: 1 } }, { own: ['event'] })).toEqual({
      ok: true,
      value: true,
    })
  })
})

describe('secrets', () => {
  const secrets = { API_KEY: 'k' }

  test('are read by name where they are allowed', () => {
    expect(valueOf('secrets.API_KEY', { secrets }, { secrets: true })).toBe('k')
    expect(valueOf('"Bearer " + secrets["API_KEY"]', { secrets }, { secrets: true })).toBe('Bearer k')
  })

  test('are refused elsewhere, and never handed out together or by computed names', () => {
    expect(compileValue('{{ secrets.API_KEY }}').problems).toEqual([
      expect.objectContaining({ code: 'expression_place' }),
    ])
    for (const source of ['json(secrets)', 'secrets[trigger.name]', 'secrets.API_KEY.length', 'secrets.map(s, s)']) {
      expect(compileValue(`{{ ${source} }}`, { secrets: true }).problems).toEqual([
        expect.objectContaining({ code: 'expression_reference' }),
      ])
    }
  })
})

describe('numbers', () => {
  test('from JSON divide with a fraction, and mix with whole numbers', () => {
    expect(value('trigger.n / 2')).toBe(3.5)
    expect(value('trigger.n * 2 + 1.5 - 1')).toBe(14.5)
    expect(value('trigger.n % 2 == 1 && 7 % trigger.n == 0')).toBe(true)
    expect(value('[1 + 1.5, 2.5 - 1, 7 / 2.0, trigger.n == 7, 7 == 7.0, trigger.n in [1, 7]]')).toEqual([
      2.5,
      1.5,
      3.5,
      true,
      true,
      true,
    ])
    expect(value('trigger.items[trigger.n - 6].price')).toBe(2)
  })

  test('written in the expression are whole numbers of CEL: 7 / 2 is 3', () => {
    expect(value('7 / 2')).toBe(3)
    expect(value('size([1, 2, 3]) / 2')).toBe(1)
  })

  test('that JSON cannot hold exactly are refused', () => {
    expect(value('9007199254740993')).toMatch(/beyond 2\^53/)
    expect(value('string(9007199254740993)')).toBe('9007199254740993')
    expect(value('trigger.n / 0')).toMatch(/no finite number/)
    expect(value('1 / 0')).toBe('failed: Division by zero.')
  })
})

describe('a missing value', () => {
  test('is an error that names the path', () => {
    expect(evaluated('{{ trigger.a.b }}', scope)).toEqual({
      ok: false,
      problems: [
        {
          code: 'expression_failed',
          pointer: '',
          message: '`trigger.a` does not exist.',
          hint: 'Where it may be absent, write default(trigger.a, …) or has(trigger.a).',
        },
      ],
    })
    expect(value('trigger.items[5]')).toBe('failed: `trigger.items[5]` does not exist.')
    expect(value('trigger.name.first')).toBe('failed: `trigger.name.first` does not exist.')
  })

  test('can be asked for with has, default and .?', () => {
    expect(value('[has(trigger.a), has(trigger.items[0].price), has(trigger.?a.b)]')).toEqual([false, true, false])
    expect(value('has(trigger.name.x)')).toBe('failed: has() looks for `x` in text.')
    expect(value('default(trigger.a.b, trigger.note, trigger.items[9], item, 1)')).toBe(1)
    expect(value('default(trigger.?name, 1)')).toBe('Ann')
    expect(value('trigger.name.default("x")')).toBe('Ann')
    expect(value('default(1 / 0, 1)')).toBe('failed: Division by zero.')
    expect(value('trigger.?a.orValue("x") + trigger[?"b"].orValue("y")')).toBe('xy')
    expect(value('[trigger.?a, trigger.?n]')).toEqual([null, 7])
    expect(value('optional.none().value()')).toBe('failed: Optional value is not present.')
  })

  test('of the scope itself says when it is there', () => {
    const messages = ['item', 'secrets.A', 'vars.a'].map((source) =>
      evaluated(`{{ ${source} }}`, {}, { secrets: true }),
    )
    expect(messages.flatMap((each) => (each.ok ? [] : each.problems.map(({ hint }) => hint)))).toEqual([
      '`item` exists in a step with for_each only.',
      'Secrets exist in the config of a step only.',
      'Use default(…) where it may be absent.',
    ])
  })
})

describe('a result', () => {
  test('is JSON whatever CEL calls it', () => {
    expect(value('[now, duration("90m"), b"abc", 3u, optional.of(1), {"a": {1: true}}]')).toEqual([
      '2023-11-14T22:13:20Z',
      '5400s',
      'YWJj',
      3,
      1,
      { a: { '1': true } },
    ])
    expect(valueOf('now', { now: '2026-01-31T09:00:00Z' })).toBe('2026-01-31T09:00:00Z')
    expect(valueOf('now', { now: null })).toBe(null)
  })

  test('that has no JSON is refused', () => {
    for (const source of ['int', 'type(1)', 'cel', '[google.protobuf]'])
      expect(value(source)).toMatch(/cannot be stored/)
    expect(valueOf('trigger', { trigger: JSON.parse('{"a": [{"prototype": 1}]}') })).toMatch(/`prototype`/)
    expect(valueOf('trigger.a', { trigger: { a: JSON.parse('['.repeat(300) + ']'.repeat(300)) } })).toMatch(
      /deeper than 200 levels/,
    )
  })

  test('is at most 1 MB for the whole config', () => {
    const big = { trigger: { text: 'x'.repeat(600_000), list: Array.from({ length: 300_000 }, () => 1) } }
    expect(evaluated('{{ trigger.text }}', big).ok).toBe(true)
    expect(evaluated(['{{ trigger.text }}', 'a {{ trigger.text }}'], big)).toEqual({
      ok: false,
      problems: [expect.objectContaining({ message: 'The result is larger than 1 MB.', pointer: '/1' })],
    })
    expect(valueOf('trigger.list', big)).toMatch(/larger than 1 MB/)
    expect(valueOf('string(bytes(trigger.text) + bytes(trigger.text))', big)).toMatch(/larger than 1 MB/)
  })
})

describe('a conditional', () => {
  test('may give values of different types', () => {
    expect(value('inputs.flag ? 1 : "none"')).toBe(1)
    expect(value('!inputs.flag ? 1 : 2.5')).toBe(2.5)
    expect(value('inputs.flag ? [] : {}')).toEqual([])
    expect(value('1 ? 2 : 3')).toMatch(/^failed: Ternary condition must be bool/)
  })
})

test('work that may take long is marked', () => {
  const costly = (source: string) => isCostly(compileValue(`{{ ${source} }}`))
  expect(
    [
      'trigger.a > 1',
      'lower(trigger.a)',
      'sum(trigger.a)',
      'default(trigger.a, 1)',
      'has(trigger.a)',
      'trigger.map',
    ].filter(costly),
  ).toEqual([])
  const sources = [
    'trigger.a.map(x, x)',
    'trigger.a.map(x, x, x)',
    'trigger.a.filter(x, true)',
    'trigger.a.all(x, true)',
    'trigger.a.exists(x, true)',
    'trigger.a.exists_one(x, true)',
    'cel.bind(x, 1, x)',
    'trigger.a.matches("a")',
    Array(40).fill('trigger.a').join(' + '),
  ]
  expect(sources.filter((source) => !costly(source))).toEqual([])
})

describe('limits', () => {
  test('hold for the source, its depth and its size', () => {
    expect(value('')).toBe('failed: The expression is empty.')
    expect(value(`"${'x'.repeat(10_000)}"`)).toMatch(/10002 characters long; 10000 are allowed/)
    expect(value(Array(300).fill('1').join(' + '))).toMatch(/deeper than 200 levels/)
    expect(value(`${'('.repeat(200)}1${')'.repeat(200)}`)).toMatch(/Exceeded maxDepth/)
    expect(value(`[${Array(1900).fill('1').join(',')}]`)).toMatch(/Exceeded maxListElements/)
    expect(value(`${'!'.repeat(9_000)}true`)).toMatch(/^failed: /)
  })

  test('hold for what is made on the way', () => {
    const doubling = Array.from({ length: 30 }).reduce(
      (source: string) => `replace(${source}, "a", "aaaa")`,
      'trigger.name.replace("A", "a")',
    )
    expect(value(doubling)).toBe('failed: The expression makes too much text or too long lists.')
  })

  test('hold for looking for one long text in another', () => {
    const texts = { trigger: { long: 'a'.repeat(20_000), part: 'a'.repeat(9_000) } }
    expect(valueOf('contains(trigger.long, "ab")', texts)).toBe(false)
    expect(valueOf('contains(trigger.long, trigger.part)', texts)).toMatch(/looks for too long texts/)
  })

  test('forget the oldest expressions, not how to compile them again', () => {
    for (let count = 0; count < 5_100; count += 1) compileExpression(`trigger.a${count}`)
    expect(value('trigger.n + 1')).toBe(8)
  })
})

test('types of deep data are named four levels deep and no further', () => {
  const deep: Json = JSON.parse(`${'['.repeat(3000)}1${']'.repeat(3000)}`)
  expect(valueOf('trigger.deep == 1', { trigger: { deep } })).toBe(false)
})

test('prototypes are out of reach, written out or computed', () => {
  for (const source of [
    'trigger.constructor',
    'trigger["__proto__"]',
    'trigger[?"prototype"]',
    '__proto__',
    '{"constructor": 1}',
    'trigger.?constructor',
  ]) {
    expect(value(source)).toMatch(/not allowed|Reserved/)
  }
  expect(value('trigger["constr" + "uctor"]')).toMatch(/does not exist/)
  expect(value('now["__pro" + "to__"]')).toBe('failed: A prototype is out of reach.')
  expect(value('now[?"__pro" + "to__"]')).toBe('failed: A prototype is out of reach.')
  expect(valueOf('trigger[trigger.key]', { trigger: { key: 'a', a: { constructor: 1 } } })).toMatch(/^failed: /)
  expect(value('trigger.items[0]["pr" + "ice"]')).toBe(1.5)
  expect(value('{"constr" + "uctor": 1}')).toEqual({})
  expect(value('"prototype"')).toBe('prototype')
})

test('cel-js is told apart when its nodes change', () => {
  expect(() => hooksOf({})).toThrow('cel-js has changed')
})

test('no text makes evaluation throw', () => {
  const token = fc.constantFrom(
    'trigger',
    'a',
    '.',
    '.?',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    '"',
    "'",
    '1',
    '2.5',
    '+',
    '-',
    '?',
    ':',
    ',',
    'map',
    'x',
    '&&',
    '!',
    'in',
    'null',
    'size',
    ' ',
    '\\',
    '{{',
    '}}',
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 25 }), (tokens) => {
      const result = evaluated(`{{ ${tokens.join('')} }}`, scope)
      expect(result.ok || result.problems.length > 0).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
