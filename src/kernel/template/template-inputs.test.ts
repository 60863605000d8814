import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { copyReferences, fillCopy } from './copy-blocks.ts'
import { fieldProblems } from './field-problems.ts'
import { type TemplateFields, templateUse } from './template-inputs.ts'

const workflow = {
  inputs: {
    customer: { type: 'string', description: 'Who is written to' },
    amount: { type: 'number', minimum: 0 },
    note: { type: 'string', required: false },
    limit: { type: 'number', default: 10 },
    tags: { type: 'array', required: false },
    letter: { type: 'string' },
  },
} as const
const mutable = (): { inputs: NonNullable<Parameters<typeof templateUse>[0]['inputs']> } => ({
  inputs: structuredClone({ ...workflow.inputs }),
})

const fields = (given: Partial<TemplateFields> = {}): TemplateFields => ({
  defaultInputs: { letter: 'To: {{ copy.greeting }}', limit: 5 },
  requiredFields: ['customer', 'amount'],
  optionalFields: ['note', 'tags'],
  copyBlocks: { greeting: 'Dear {customer}, we owe you {amount}.' },
  ...given,
})
const use = (given: JsonObject, of = fields()) => templateUse(mutable(), of, given)
const messages = (problems: readonly { message: string }[]) => problems.map(({ message }) => message)

describe('a use', () => {
  test('merges what is given over the defaults and fills in the copy blocks', () => {
    expect(use({ customer: 'Ana', amount: 12, note: 'soon' })).toEqual({
      inputs: { letter: 'To: Dear Ana, we owe you 12.', limit: 5, customer: 'Ana', amount: 12, note: 'soon' },
      missing: [],
      unknown: [],
      problems: [],
    })
  })

  test('says all that is missing, all that is unknown and all that does not fit, at once', () => {
    const { missing, unknown, problems } = use({ customer: '  ', amounts: 1, limit: 99, note: 7 })
    expect([missing, unknown]).toEqual([
      ['customer', 'amount'],
      ['amounts', 'limit'],
    ])
    expect(problems).toEqual([
      { code: 'invalid_input', pointer: '/customer', message: expect.any(String), hint: 'Who is written to' },
      { code: 'invalid_input', pointer: '/amount', message: 'The field `amount` is missing.' },
      expect.objectContaining({ pointer: '/amounts', hint: 'Did you mean `amount`?' }),
      expect.objectContaining({ pointer: '/limit', message: 'The field `limit` is fixed by the template.' }),
      expect.objectContaining({ pointer: '/letter', message: expect.stringContaining('needs the input `amount`') }),
      expect.objectContaining({ pointer: '/note', message: expect.stringContaining('must be text') }),
    ])
  })

  test('of a template that asks for nothing takes nothing', () => {
    const closed = fields({ requiredFields: [], optionalFields: [], defaultInputs: { letter: 'x' } })
    const { problems } = templateUse({ inputs: { letter: { type: 'string' } } }, closed, { what: 1 })
    expect(problems).toEqual([expect.objectContaining({ hint: 'It asks for nothing.' })])
    expect(templateUse({}, fields({ requiredFields: ['gone'], defaultInputs: {} }), {}).missing).toEqual(['gone'])
  })
})

describe('a copy block', () => {
  test('goes in as text, wherever in the inputs it is named, and is never read again', () => {
    const inputs = { a: ['{{copy.one}}', { b: '{{ copy.one }}!' }, 3, null], name: '{{ secrets.KEY }} {{ copy.on }}' }
    expect(fillCopy({ a: inputs.a, name: 'x' }, { one: 'One {name}' }).inputs).toEqual({
      a: ['One x', { b: 'One x!' }, 3, null],
      name: 'x',
    })
    // A block that names a block, and a value that looks like an expression, stay what they are.
    expect(
      fillCopy({ a: '{{ copy.one }}', name: '{{ secrets.KEY }}' }, { one: '{{ copy.two }} {name}' }).inputs,
    ).toEqual({
      a: '{{ copy.two }} {{ secrets.KEY }}',
      name: '{{ secrets.KEY }}',
    })
    expect(copyReferences(inputs)).toEqual(['one', 'one', 'on'])
  })

  test.each<[JsonObject, string]>([
    [{ a: '{{ copy.two }}' }, 'There is no copy block `two` in this template.'],
    [{ a: '{{ copy.constructor }}' }, 'There is no copy block `constructor` in this template.'],
    [{ a: '{{ copy.one }}' }, 'The copy block `one` needs the input `name`, which is missing.'],
    [{ a: '{{ copy.one }}', name: '' }, 'The copy block `one` needs the input `name`, which is missing.'],
    [{ a: '{{ copy.one }}', name: null }, 'The copy block `one` needs the input `name`, which is missing.'],
    [{ a: '{{ copy.one }}', name: ['x'] }, 'The copy block `one` cannot hold `name`: it is no text.'],
  ])('that cannot be filled in %j is a problem', (inputs, message) => {
    expect(fillCopy(inputs, { one: 'Hello {name}' }).problems).toEqual([
      { code: 'invalid_input', pointer: '/a', message },
    ])
  })

  test('is not made of another one', () => {
    const { problems } = fillCopy({ a: '{{ copy.one }}', name: '{{ copy.two }}' }, { one: 'Hi {name}', two: 'x' })
    expect(messages(problems)).toEqual([
      'The copy block `one` cannot hold `name`: that is made of a copy block itself.',
    ])
  })
})

describe('the fields of a template', () => {
  test('that fit its workflow are no problem', () => {
    expect(fieldProblems(mutable(), fields())).toEqual([])
    expect(fieldProblems({}, { defaultInputs: {}, requiredFields: [], optionalFields: [], copyBlocks: {} })).toEqual([])
  })

  test.each<[Partial<TemplateFields>, string, string]>([
    [{ requiredFields: ['customer', 'amount', 'not'] }, '/required_fields/2', 'The workflow has no input `not`.'],
    [{ requiredFields: ['customer', 'amount', 'amount'] }, '/required_fields/2', 'The field `amount` is listed twice.'],
    [{ optionalFields: ['amount'] }, '/optional_fields/0', 'The field `amount` is required already.'],
    [{ optionalFields: ['toString'] }, '/optional_fields/0', 'The workflow has no input `toString`.'],
    [{ defaultInputs: { letter: 'x', gone: 1 } }, '/default_inputs/gone', 'The workflow has no input `gone`.'],
    [
      { defaultInputs: { letter: 'x', limit: 'ten' } },
      '/default_inputs/limit',
      'The default of `limit` must be a number, not the text "ten".',
    ],
    [
      { defaultInputs: { letter: '{{ copy.greetings }}' } },
      '/default_inputs/letter',
      'There is no copy block `greetings`.',
    ],
    [
      { copyBlocks: { greeting: '{{ inputs.customer }}' } },
      '/approved_copy_blocks/greeting',
      'The copy block `greeting` is plain text: it holds no expressions.',
    ],
    [
      { copyBlocks: { greeting: 'Dear {customers}' } },
      '/approved_copy_blocks/greeting',
      'The workflow has no input `customers`.',
    ],
    [
      { defaultInputs: {} },
      '/required_fields',
      'The workflow needs the input `letter`, which the template neither asks for nor gives.',
    ],
  ])('%j are told', (given, pointer, message) => {
    expect(fieldProblems(mutable(), fields(given))).toEqual([
      expect.objectContaining({ code: 'invalid_input', pointer, message }),
    ])
  })

  test('of a workflow without inputs, and copy blocks where there are none, say so', () => {
    const none = fields({ requiredFields: ['x'], optionalFields: [], defaultInputs: {}, copyBlocks: {} })
    expect(fieldProblems({}, none)).toEqual([expect.objectContaining({ hint: 'It has no inputs.' })])
    const lost = fields({ copyBlocks: {} })
    expect(fieldProblems(mutable(), lost)).toEqual([
      expect.objectContaining({ hint: 'Add it to `approved_copy_blocks`.' }),
    ])
  })
})
