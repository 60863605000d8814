import { describe, expect, it } from 'vitest'
import { testContext } from './context.test-kit.ts'
import { decision } from './decision.ts'
import { log } from './log.ts'
import { transform } from './transform.ts'
import { validate } from './validate.ts'

describe('log', () => {
  it('writes one line', async () => {
    const context = testContext({ message: 'Order 7 came in', data: { amount: 3 } })
    expect(await log.run(context)).toEqual({ outcome: 'completed', output: {} })
    expect(context.lines).toEqual([{ level: 'info', message: 'Order 7 came in', data: { amount: 3 } }])
  })

  it('refuses a level that does not exist', async () => {
    await expect(log.run(testContext({ message: 'x', level: 'loud' }))).rejects.toMatchObject({ code: 'action_config' })
  })
})

describe('decision', () => {
  const branches = [
    { name: 'large', when: false },
    { name: 'medium', when: true },
    { name: 'small', when: true },
  ]

  it.each([true, false])('settles as %s', async (when) => {
    expect(await decision.run(testContext({ when }))).toEqual({
      outcome: String(when),
      output: { branch: String(when) },
    })
  })

  it('takes the first branch that applies, else the default', async () => {
    expect(await decision.run(testContext({ branches }))).toMatchObject({ outcome: 'medium' })
    const none = branches.map(({ name }) => ({ name, when: false }))
    expect(await decision.run(testContext({ branches: none, default: 'other' }))).toEqual({
      outcome: 'other',
      output: { branch: 'other' },
    })
    await expect(decision.run(testContext({ branches: none }))).rejects.toMatchObject({
      code: 'step_failed',
      message: expect.stringContaining('No branch of "test_step" applies'),
    })
  })

  it('knows its outcomes from the config as it is written', () => {
    const outcomes = typeof decision.outcomes === 'function' ? decision.outcomes : () => []
    expect(outcomes({ when: '{{ trigger.ok }}' })).toEqual(['true', 'false'])
    expect(outcomes({ branches: [{ name: 'a', when: '{{ x }}' }, { name: 'a' }, 'odd'], default: 'b' })).toEqual([
      'a',
      'b',
    ])
    expect(outcomes({ branches: '{{ all }}' })).toEqual([])
  })

  it.each([
    [{}, 'exactly one of when and branches'],
    [{ when: true, branches }, 'exactly one of when and branches'],
    [{ when: true, default: 'x' }, 'default: belongs to branches'],
    [{ when: 'yes' }, 'when'],
    [{ branches: [{ name: 'not a name', when: true }] }, 'branches.0.name'],
  ])('refuses %o', async (config, message) => {
    await expect(decision.run(testContext(config))).rejects.toMatchObject({
      code: 'action_config',
      message: expect.stringContaining(message),
    })
  })
})

describe('transform', () => {
  it.each([[{ a: { b: [1] } }], [[1, 2]], ['text'], [null]])('gives %o as it is', async (set) => {
    expect(await transform.run(testContext({ set }))).toEqual({ outcome: 'completed', output: set })
  })

  it('needs something to give', async () => {
    await expect(transform.run(testContext({}))).rejects.toMatchObject({
      code: 'action_config',
      message: expect.stringContaining('set'),
    })
  })
})

describe('validate', () => {
  const rules = [
    { check: false, message: 'The amount must be above 0' },
    { check: true, message: 'fine' },
    { check: false, message: 'The vendor is blocked' },
  ]

  it('passes what satisfies every rule and the schema', async () => {
    const config = {
      data: { n: 1, extra: true },
      rules: [{ check: true, message: 'x' }],
      schema: { n: { type: 'integer' }, m: { type: 'string', required: false }, d: { type: 'number', default: 2 } },
    }
    expect(await validate.run(testContext(config))).toEqual({
      outcome: 'valid',
      output: { valid: true, problems: [], data: { ...config.data, d: 2 } },
    })
    expect(await validate.run(testContext({ rules: [], schema: {}, data: {} }))).toMatchObject({ outcome: 'valid' })
  })

  it('fails with all messages at once', async () => {
    await expect(validate.run(testContext({ rules }))).rejects.toMatchObject({
      ...{ code: 'validation_failed', retry: false },
      message: 'The data does not satisfy the rules: The amount must be above 0; The vendor is blocked',
      detail: { problems: ['The amount must be above 0', 'The vendor is blocked'] },
    })
  })

  it('settles as invalid when it should branch', async () => {
    expect(await validate.run(testContext({ rules, on_invalid: 'branch' }))).toEqual({
      outcome: 'invalid',
      output: { valid: false, problems: ['The amount must be above 0', 'The vendor is blocked'], data: null },
    })
  })

  it('holds data against a shape, nested fields included', async () => {
    const schema = {
      email: { type: 'string', format: 'email' },
      amount: { type: 'number', minimum: 0 },
      kind: { type: 'string', enum: ['a', 'b'] },
      lines: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } } } },
    }
    const problems = async (data: object | null) => {
      const result = await validate.run(
        testContext({ data: JSON.parse(JSON.stringify(data)), schema, on_invalid: 'branch' }),
      )
      return result !== 'keep waiting' && 'output' in result ? result.output : undefined
    }
    expect(await problems({ email: 'ana@example.com', amount: 1, kind: 'a', lines: [{ sku: 'A1' }] })).toMatchObject({
      valid: true,
    })
    const found = JSON.stringify(await problems({ email: 'ana', amount: -1, kind: 'c', lines: [{}] }))
    for (const place of ['`email`', '`amount`', '`kind`', '`sku` in entry 1']) expect(found).toContain(place)
    expect(await problems(null)).toMatchObject({
      valid: false,
      problems: expect.arrayContaining(['The inputs must be a mapping, not nothing.']),
    })
  })

  it('needs rules or a schema', async () => {
    await expect(validate.run(testContext({ data: 1 }))).rejects.toThrow('give rules, schema, or both')
  })
})
