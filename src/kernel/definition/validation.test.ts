import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { corpusActions, corpusSecrets } from '../../../tests/corpus/catalog.ts'
import { validateWorkflow, type Validation } from './validation.ts'

const context = { actions: corpusActions, secrets: corpusSecrets }
const corpus = join(import.meta.dirname, '../../../tests/corpus')
const sources = ['broken', 'valid'].flatMap((folder) =>
  readdirSync(join(corpus, folder)).map(
    (file) => readFileSync(join(corpus, folder, file), 'utf8').split('# Expected\n')[0] ?? '',
  ),
)

function withConfig(config: string, more = ''): string {
  return `name: x\nsteps:\n  - id: a\n    action: http.request\n    config: ${config}\n${more}`
}

const told = (source: string, over: Partial<Parameters<typeof validateWorkflow>[1]> = {}): readonly string[] =>
  validateWorkflow(source, { ...context, ...over }).problems.map(({ code, message }) => `${code}: ${message}`)

describe('expressions in a config', () => {
  test.each([
    ['{ url: "{{ trigger.url }}" }'],
    ['{ url: "https://example.com/{{ trigger.id }}" }'],
    ['"{{ x }}"', 'schema: `config` must be a mapping, not the text "{{ x }}".'],
    ['{ url: "{{ trigger.url }}", method: "P{{ trigger.kind }}" }'],
    ['{ url: "{{ trigger.url }}", auth: "{{ trigger.auth }}" }'],
    [
      '{ url: "{{ trigger.url }}", auth: "a {{ trigger.auth }}" }',
      'action_config: `auth` must be a mapping, not the text "a {{ trigger.auth }}".',
    ],
    ['{ url: "{{ trigger.url }}", auth: { type: "b{{ trigger.kind }}", token: x } }'],
    ['{ url: "{{ trigger.url }}", headers: "{{ trigger.headers }}" }'],
    ['{ url: "{{ trigger.url }}", headers: { a: "{{ 1 }}" } }'],
  ])('%s', (config, ...expected) => {
    expect(told(withConfig(config))).toEqual(expected)
  })

  test('excuse one alternative of several', () => {
    const ask = (approvers: string): string =>
      `name: x\nsteps:\n  - id: a\n    action: approval.request\n    config: { approvers: ${approvers}, quorum: "{{ 1 }}" }\n`
    expect(told(ask('{ members: "{{ trigger.members }}" }'))).toEqual([])
    expect(told(ask('{ members: ["{{ trigger.first }}", "bob@{{ tenant.slug }}.com"] }'))).toEqual([])
    expect(told(ask('{ member: "{{ trigger.members }}" }'))).toEqual([
      'action_config: `approvers` has no field `member`.',
    ])
    expect(told(ask('"to {{ trigger.members }}"'))).toHaveLength(1)
  })
})

describe('schemas of a rarer kind', () => {
  const either = z
    .strictObject({ for: z.string().optional(), until: z.string().optional() })
    .refine((value) => Object.keys(value).length === 1, 'must have either `for` or `until`')
  const twice = z.strictObject({
    x: z.xor([z.strictObject({ a: z.string() }), z.strictObject({ a: z.string().max(100) })]),
  })
  const shape = { title: '', description: '', output: z.json(), outcomes: ['completed'] }
  const actions = new Map([
    ['either', { name: 'either', config: either, ...shape }],
    ['twice', { name: 'twice', config: twice, ...shape }],
  ])
  const using = (action: string, config: string): readonly string[] =>
    told(`name: x\nsteps:\n  - { id: a, action: ${action}, config: ${config} }\n`, { actions })

  test('a rule over a whole is not judged while an expression in it is open', () => {
    expect(using('either', '{ for: 1h, until: noon }')).toEqual([
      'action_config: The config of `either` must have either `for` or `until`.',
    ])
    expect(using('either', '{ for: 1h, until: "{{ trigger.noon }}" }')).toEqual([])
    expect(using('either', '{}')).toHaveLength(1)
  })

  test('alternatives that both hold are complained of as the schema does', () => {
    expect(using('twice', '{ x: { a: b } }')).toHaveLength(1)
    expect(using('twice', '{ x: "{{ trigger.x }}" }')).toEqual([])
  })
})

describe('what the context leaves out is not checked', () => {
  test('secrets and workflows', () => {
    const source = `name: x\ntrigger: { workflow: other }\nsteps:\n  - id: a\n    action: workflow.run\n    config: { workflow: third, inputs: "{{ secrets.ANY }}" }\n`
    expect(told(source, { secrets: undefined })).toEqual([])
    expect(told(source)).toEqual(['missing_secret: There is no secret `ANY`.'])
    const known = new Map([['third', { a: { type: 'string' as const } }]])
    expect(told(source, { secrets: undefined, childWorkflows: known })).toEqual([
      'unknown_workflow: There is no workflow `other`.',
    ])
  })

  test('a child that is started without inputs lacks those it needs', () => {
    const source =
      'name: x\nsteps:\n  - id: a\n    action: workflow.run\n    config: { workflow: third }\n  - id: b\n    action: workflow.run\n'
    const childWorkflows = new Map([['third', { a: { type: 'string' as const } }]])
    expect(told(source, { childWorkflows })).toEqual([
      'invalid_input: The input `a` is missing.',
      'action_config: The config of `workflow.run` needs `workflow`.',
    ])
  })

  test('without any pack, that is what is said', () => {
    const [problem] = validateWorkflow(withConfig('{}'), { actions: new Map(), secrets: undefined }).problems
    expect(problem).toMatchObject({ code: 'unknown_action', hint: 'No pack with actions is enabled.' })
  })
})

describe('the answer', () => {
  test('holds the workflow only when nothing is wrong with it', () => {
    expect(validateWorkflow(withConfig('{ url: https://example.com }'), context).workflow?.name).toBe('x')
    expect(
      validateWorkflow(withConfig('{ url: https://example.com }', '    on_error: b\n'), context),
    ).not.toHaveProperty('workflow')
    expect(validateWorkflow(withConfig('{ url: https://example.com }', 'name: y\n'), context)).not.toHaveProperty(
      'workflow',
    )
  })

  test('is in the order of the source', () => {
    for (const source of sources) {
      const places = validateWorkflow(source, context).problems.map(
        ({ line = 0, column = 0 }) => line * 10_000 + column,
      )
      expect(places).toEqual(places.toSorted((a, b) => a - b))
    }
  })

  test('is cut where nobody would read on, and says so', () => {
    const steps = Array.from(
      { length: 700 },
      (_, index) => `  - { id: s${index}, action: no.such, depends_on: [s${index + 900}] }`,
    )
    const { problems } = validateWorkflow(`name: x\nsteps:\n${steps.join('\n')}\n`, context)
    expect(problems).toHaveLength(501)
    expect(problems.at(-1)).toMatchObject({
      code: 'schema',
      message: 'There are 900 more problems from here on.',
      line: 253,
    })
  })

  test('never reads more than a thousand steps', () => {
    const steps = Array.from(
      { length: 1100 },
      (_, index) => `  - { id: s${index}, action: log, config: { message: m } }`,
    )
    expect(told(`name: x\nsteps:\n${steps.join('\n')}\n`)).toEqual([
      'schema: `steps` must have at most 1000 entries; it has 1100.',
    ])
  })
})

describe('whatever is sent', () => {
  const isSound = ({ problems, workflow }: Validation): boolean =>
    (workflow === undefined) === problems.length > 0 &&
    problems.every(({ line = 0, column = 0, message }) => line >= 1 && column >= 1 && message !== '')

  test('any text is answered', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (source) =>
        isSound(validateWorkflow(source, context)),
      ),
      { numRuns: 500 },
    )
  })

  test('any text of YAML and expression pieces is answered', () => {
    const piece = fc.constantFrom(
      ...'{{ }} : - [ ] { } " \' | > & * ! % # , ? ~ name steps id a config trigger \n \n   \t'.split(' '),
      '  ',
      '\n  ',
      ': ',
      '- ',
      '&a',
      '*a',
      '__proto__',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => isSound(validateWorkflow(pieces.join(''), context))),
      { numRuns: 1000 },
    )
  })

  test('any JSON is answered, at any place of a definition', () => {
    const place = fc.constantFrom('name', 'inputs', 'vars', 'trigger', 'settings', 'steps', 'output')
    const value = fc.jsonValue({ maxDepth: 4 })
    fc.assert(
      fc.property(place, value, (key, json) =>
        isSound(
          validateWorkflow(JSON.stringify({ name: 'x', steps: [{ id: 'a', action: 'log' }], [key]: json }), context),
        ),
      ),
      { numRuns: 500 },
    )
  })

  test('any damage to a definition is answered', () => {
    const damage = fc.record({
      source: fc.constantFrom(...sources),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(20),
      put: fc.string({ maxLength: 5 }),
    })
    fc.assert(
      fc.property(damage, ({ source, at, cut, put }) => {
        const start = Math.floor(at * source.length)
        return isSound(validateWorkflow(source.slice(0, start) + put + source.slice(start + cut), context))
      }),
      { numRuns: 1000 },
    )
  })
})

test('an action whose outcomes cannot be told from its config takes any edge', () => {
  const stumbling = () => {
    throw new Error('The config has no branches.')
  }
  const fork = {
    ...{ name: 'fork', title: '', description: '' },
    config: z.json(),
    output: z.json(),
    outcomes: stumbling,
  }
  const source = `name: x\nsteps:\n  - { id: a, action: fork, config: {} }\n  - { id: b, action: fork, config: {}, depends_on: [a.left] }\n`
  expect(told(source, { actions: new Map([['fork', fork]]) })).toEqual([])
})
