import { describe, expect, test } from 'vitest'
import { parseWorkflow } from './yaml-source.ts'

/** The source from the located place on, so that a test reads what is found there. */
function found(
  source: string,
  pointer: string,
  place?: Parameters<ReturnType<typeof parseWorkflow>['locate']>[1],
): string {
  const { line, column } = parseWorkflow(source).locate(pointer, place)
  return (source.split('\n')[line - 1] ?? '').slice(column - 1)
}

describe('reading', () => {
  test('JSON is YAML', () => {
    expect(parseWorkflow('{ "name": "orders", "steps": [1, true, null, "x"] }').value).toEqual({
      name: 'orders',
      steps: [1, true, null, 'x'],
    })
  })

  test('values are those of YAML 1.2: yes, no and dates stay text', () => {
    expect(parseWorkflow('a: yes\nb: 2026-11-21\nc: 0o17\nd: ~\ne:\n1: one').value).toEqual({
      a: 'yes',
      b: '2026-11-21',
      c: 15,
      d: null,
      e: null,
      1: 'one',
    })
  })

  test.each(['{{}}: ', '{{ a }}', 'a: {{ b }}'])('a bare expression is complained of where it begins: %s', (source) => {
    const [problem] = parseWorkflow(source).problems
    expect(problem).toMatchObject({ code: 'yaml_syntax', line: 1, column: source.indexOf('{{') + 1 })
  })

  test('an alias stands for the value of its anchor', () => {
    const { value, problems } = parseWorkflow('a: &a [1, { b: x }]\nc: *a\n&k key: *k')
    expect(value).toEqual({ a: [1, { b: 'x' }], c: [1, { b: 'x' }], key: 'key' })
    expect(problems).toEqual([])
  })

  test('an empty source is empty, not broken', () => {
    expect(parseWorkflow('')).toMatchObject({ value: null, problems: [] })
    expect(parseWorkflow('').locate('/name')).toEqual({ line: 1, column: 1 })
  })

  test('a key that stands twice keeps its first value and is reported once', () => {
    const { value, problems } = parseWorkflow('a: 1\nb: 2\na: 3')
    expect(value).toEqual({ a: 1, b: 2 })
    expect(problems).toMatchObject([{ code: 'yaml_syntax', line: 3, column: 1, pointer: '/a' }])
  })

  test('keys that reach a prototype are refused and left out, at any depth', () => {
    const { value, problems } = parseWorkflow(
      'a: { __proto__: { x: 1 }, ok: 1 }\nconstructor: 2\nb: [{ prototype: 3 }]',
    )
    expect(value).toEqual({ a: { ok: 1 }, b: [{}] })
    expect(problems.map(({ pointer }) => pointer)).toEqual(['/a/__proto__', '/constructor', '/b/0/prototype'])
  })

  test('a whole number that JavaScript would round is refused; a float and a quoted one are not', () => {
    const { problems } = parseWorkflow('a: 9007199254740993\nb: 1e20\nc: "9007199254740993"')
    expect(problems).toMatchObject([{ code: 'schema', line: 1, column: 4 }])
  })
})

describe('limits', () => {
  const code = (source: string): string | undefined => parseWorkflow(source).problems[0]?.code

  test('512 kB are accepted, one byte more is not, and bytes count, not characters', () => {
    const limit = 512 * 1024
    expect(code(`# ${'x'.repeat(limit - 2)}`)).toBeUndefined()
    expect(code(`# ${'x'.repeat(limit - 1)}`)).toBe('definition_too_large')
    expect(code(`# ${'é'.repeat(limit / 2 - 1)}`)).toBeUndefined()
    expect(code(`# ${'é'.repeat(limit / 2)}`)).toBe('definition_too_large')
    expect(code(`# ${'😀'.repeat(limit / 4)}`)).toBe('definition_too_large')
    expect(code(`# ${'€'.repeat(174_762)}`)).toBeUndefined()
    expect(code(`# ${'€'.repeat(174_763)}`)).toBe('definition_too_large')
  })

  test('dense punctuation is refused before it is parsed', () => {
    expect(code(`[${','.repeat(300_000)}]`)).toBe('definition_too_large')
  })

  test('brackets without end and nesting without end are refused', () => {
    expect(code('['.repeat(100_000))).toBe('yaml_syntax')
    expect(code('- '.repeat(50_000))).toBe('yaml_syntax')
    expect(parseWorkflow(`${'['.repeat(70)}${']'.repeat(70)}`).problems).toMatchObject([
      { code: 'schema', line: 1, column: 66 },
    ])
  })

  test('aliases are bounded by what they stand for', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'])
      lines.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`)
    expect(parseWorkflow(lines.slice(0, 3).join('\n')).problems).toEqual([])
    expect(parseWorkflow(lines.join('\n'))).toMatchObject({
      value: undefined,
      problems: [{ code: 'definition_too_large', line: 1 }],
    })
  })

  test('what cannot be read is located at its beginning', () => {
    expect(parseWorkflow('a: [').locate('/a/b', { at: 'key' })).toEqual({ line: 1, column: 1 })
  })
})

describe('complaints of the parser', () => {
  test('each line is complained of once', () => {
    const { problems } = parseWorkflow('a: {{ x }} and {{ y }}\nb: "x" y\n')
    expect(problems.map(({ line, column }) => [line, column])).toEqual([
      [1, 4],
      [2, 8],
    ])
  })

  test('no more than twenty are listed', () => {
    expect(parseWorkflow('- *\n'.repeat(100)).problems).toHaveLength(20)
  })

  test('a rare one gets general words', () => {
    expect(parseWorkflow('a: &x &y 1').problems).toMatchObject([
      { code: 'yaml_syntax', message: 'This cannot be read as YAML.' },
    ])
  })
})

describe('places', () => {
  const source = ['name: orders', 'steps:', '  - id: a', '    config: { message: hi }', '  - *x']
    .join('\n')
    .replace('*x', 'id: b')

  test('a value, a key, an entry of a list', () => {
    expect(found(source, '/name')).toBe('orders')
    expect(found(source, '/name', { at: 'key' })).toBe('name: orders')
    expect(found(source, '/steps/0')).toBe('id: a')
    expect(found(source, '/steps/0/config/message')).toBe('hi }')
    expect(found(source, '/steps/1', { at: 'key' })).toBe('id: b')
    expect(found(source, '')).toBe('name: orders')
  })

  test('what does not exist is found at what it is missing from', () => {
    expect(found(source, '/steps/0/action')).toBe('id: a')
    expect(found(source, '/steps/7/config')).toBe('- id: a')
    expect(found(source, '/name/first', { offset: 3 })).toBe('orders')
  })

  test('keys with slashes and tildes are found through their escapes', () => {
    expect(found('a/b: { "c~d": 1 }', '/a~1b/c~0d')).toBe('1 }')
  })

  test('a key without a value is found right behind it, what an alias stands for at its anchor', () => {
    expect(found('a:\nb: 1', '/a')).toBe('')
    expect(found('? a\n? b', '/a', { at: 'key' })).toBe('a')
    expect(found('{ a, b: 1 }', '/a')).toBe(', b: 1 }')
    expect(found('a: &a { b: x }\nc: *a', '/c')).toBe('*a')
    expect(found('a: &a { b: x }\nc: *a', '/c/b')).toBe('x }')
    expect(found('a: &a some text\nc: *a', '/c', { offset: 5 })).toBe('*a')
  })
})

describe('offsets within a text', () => {
  /** What is found at the first `@` of the text. */
  function mark(source: string): string {
    const { value } = parseWorkflow(source)
    const text = typeof value === 'object' && value !== null && 'a' in value ? String(value.a) : ''
    return found(source, '/a', { offset: text.indexOf('@') })
  }

  test.each([
    ['a: plain @1', '@1'],
    ["a: 'it''s @2'", "@2'"],
    ['a: "tab\\t \\x41\\u00e9\\U0001F600 \\" @3"', '@3"'],
    ['a: "joined \\\n   line @4"', '@4"'],
    ['a: plain text\n  over lines\n\n  with @5', '@5'],
    ['a: "quoted text\n  over\n\n\n  lines @6"', '@6"'],
    ['a: |\n  literal\n    deeper\n\n  text @7\n', '@7'],
    ['a: >-\n  folded\n  text\n\n  and @8', '@8'],
    ['a: |2\n    two more @9', '@9'],
    ['a: | # a comment\n  @10', '@10'],
    ['a: |\n  x\n  @11', '@11'],
    ['a: one\n  @12', '@12'],
    ['a: "\\\n  @13"', '@13"'],
    ['a: plain\r\n  @14', '@14'],
    ['a: "x\\U0000263A @15"', '@15"'],
    ['a: "\\U0001F600@16"', '@16"'],
    ['a: "\\U0000263A@17"', '@17"'],
    ['a: "\\x41\\u00e9\\t@18"', '@18"'],
  ])('%j', (source, expected) => {
    expect(mark(source).trimEnd()).toBe(expected)
  })

  test('an offset into white space that YAML folds is near, one past the end is at the end', () => {
    expect(found('a: x  y', '/a', { offset: 2 })).toBe(' y')
    expect(found('a: |\n  x\n\n\n  y', '/a', { offset: 3 })).toBe('')
    expect(found('a: xyz', '/a', { offset: 3 })).toBe('')
    expect(found('a: 12', '/a', { offset: 1 })).toBe('12')
  })
})
