import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { testContext } from './core/context.test-kit.ts'
import { ActionError, defineAction, definePack } from './kit.ts'
import type { Action, Json } from './kit.ts'

const config = z.strictObject({ count: z.int(), label: z.string().default('none') })
const output = z.strictObject({ total: z.number(), note: z.string().optional() })
type Sample = Action<typeof config, typeof output>

function sample(parts: Partial<Sample> = {}) {
  return defineAction<typeof config, typeof output>({
    ...{ name: 'sample.count', title: 'Count', description: 'Counts.', config, output, impact: 'A', effect: 'pure' },
    run: async ({ config: { count } }) => ({ output: { total: count } }),
    ...parts,
  })
}

const json = (text: string): Json => JSON.parse(text)

describe('defineAction', () => {
  it('gives run a parsed config with its defaults and settles as completed', async () => {
    const action = sample({ run: async ({ config: { count, label } }) => ({ output: { total: count, note: label } }) })
    expect(await action.run(testContext({ count: 2 }))).toEqual({
      outcome: 'completed',
      output: { total: 2, note: 'none' },
    })
  })

  it('fails a config that does not fit and names every field', async () => {
    const failure = sample().run(testContext({ count: 'two', colour: 'red' }))
    await expect(failure).rejects.toMatchObject({
      code: 'action_config',
      retry: false,
      message: expect.stringMatching(/sample\.count .*count: .*colour/s),
    })
  })

  it('refuses prototype keys in a config', async () => {
    const failure = sample().run(testContext(json('{ "count": 1, "__proto__": { "admin": true } }')))
    await expect(failure).rejects.toMatchObject({
      code: 'action_config',
      message: expect.stringContaining('/__proto__'),
    })
  })

  it('fails an output that breaks the promise and names the action and the field', async () => {
    const failure = sample({ run: async () => ({ output: { total: Number.POSITIVE_INFINITY } }) }).run(
      testContext({ count: 1 }),
    )
    await expect(failure).rejects.toMatchObject({
      code: 'invalid_output',
      message: expect.stringMatching(/sample\.count.*\/total/),
    })
    const odd = defineAction({
      ...sampleOf(z.strictObject({ total: z.number() })),
      run: async () => ({ output: JSON.parse('{ "total": "many" }') }),
    })
    await expect(odd.run(testContext({}))).rejects.toMatchObject({
      code: 'invalid_output',
      message: expect.stringMatching(/free.*total/),
    })
  })

  it('refuses prototype keys in an output, also where the schema would drop them', async () => {
    const action = defineAction({
      ...sampleOf(z.record(z.string(), z.unknown())),
      run: async () => ({ output: JSON.parse('{ "a": { "constructor": 1 } }') }),
    })
    await expect(action.run(testContext({}))).rejects.toMatchObject({
      code: 'invalid_output',
      message: expect.stringContaining('/a/constructor'),
    })
  })

  it('refuses what an output schema makes and JSON cannot hold', async () => {
    const action = defineAction({
      ...sampleOf(z.string().transform((text) => new Date(text))),
      run: async () => ({ output: '2026-01-01' }),
    })
    await expect(action.run(testContext({}))).rejects.toMatchObject({
      code: 'invalid_output',
      message: expect.stringContaining('class'),
    })
  })

  it('leaves out members of an output that are undefined', async () => {
    const action = defineAction({
      ...sampleOf(z.looseObject({})),
      run: async () => ({ output: { kept: 1, gone: undefined } }),
    })
    expect(await action.run(testContext({}))).toEqual({ outcome: 'completed', output: { kept: 1 } })
  })

  it('refuses an outcome that was not declared', async () => {
    const action = sample({ outcomes: ['yes', 'no'], run: async () => ({ outcome: 'maybe', output: { total: 1 } }) })
    await expect(action.run(testContext({ count: 1 }))).rejects.toMatchObject({
      code: 'invalid_output',
      message: expect.stringContaining('"maybe"'),
    })
    const silent = sample({ outcomes: ['yes', 'no'] })
    await expect(silent.run(testContext({ count: 1 }))).rejects.toMatchObject({
      code: 'invalid_output',
      message: expect.stringContaining('"completed"'),
    })
  })

  it('asks for the outcomes of the config when they depend on it', async () => {
    const action = sample({
      outcomes: ({ label }) => [String(label)],
      run: async () => ({ outcome: 'red', output: { total: 1 } }),
    })
    expect(await action.run(testContext({ count: 1, label: 'red' }))).toMatchObject({ outcome: 'red' })
    await expect(action.run(testContext({ count: 1, label: 'blue' }))).rejects.toMatchObject({ code: 'invalid_output' })
    const whole = defineAction({
      ...sampleOf(z.number()),
      config: z.string(),
      outcomes: (raw) => Object.keys(raw),
      run: async () => ({ output: 1 }),
    })
    await expect(whole.run(testContext('text'))).rejects.toMatchObject({ code: 'invalid_output' })
  })

  it('passes waiting and writes through, and parses the config again for resume', async () => {
    const writes = [{ write: 'execution' as const, workflow: 'other', inputs: {} }]
    const action = sample({
      run: async ({ now }) => ({ wait: { on: 'timer', until: now }, memo: 7, writes }),
      resume: async ({ config: { count } }, signal, memo) =>
        signal.kind === 'due' ? { output: { total: count + Number(memo) }, writes } : 'keep waiting',
    })
    const context = testContext({ count: 1 })
    expect(await action.run(context)).toEqual({ wait: { on: 'timer', until: context.now }, memo: 7, writes })
    expect(await action.resume(context, { kind: 'expired' }, 7)).toBe('keep waiting')
    expect(await action.resume(context, { kind: 'due' }, 7)).toEqual({
      outcome: 'completed',
      output: { total: 8 },
      writes,
    })
  })

  it('fails when an action that never waits is woken', async () => {
    await expect(sample().resume(testContext({ count: 1 }), { kind: 'due' }, undefined)).rejects.toMatchObject({
      code: 'internal',
    })
  })

  it('takes the highest impact when it depends on a value that is not known yet', () => {
    const { impact } = sample({ impact: ({ count }) => (count > 10 ? 'B' : 'A') })
    if (typeof impact !== 'function') throw new Error('the impact depends on the config')
    const nothing = { isInternal: () => false }
    expect([impact({ count: 1 }, nothing), impact({ count: 11 }, nothing)]).toEqual(['A', 'B'])
    expect(impact({ count: '{{ trigger.count }}' }, nothing)).toMatchObject({ impact: 'C' })
  })

  it('refuses a name that is not dotted lower case', () => {
    expect(() => sample({ name: 'Sample Count' })).toThrow('"Sample Count" cannot name an action')
  })

  it('gives five minutes and no examples unless told otherwise, and keeps own expressions', () => {
    expect(sample()).toMatchObject({ timeoutMs: 300_000, examples: [] })
    expect(sample({ timeoutMs: 5, ownExpressions: { where: ['event'] } })).toMatchObject({
      timeoutMs: 5,
      ownExpressions: { where: ['event'] },
    })
  })
})

describe('a pack', () => {
  it('is what was defined', () => {
    const pack = { name: 'sample', title: 'Sample', description: 'For tests.', actions: [sample()] }
    expect(definePack(pack)).toBe(pack)
  })

  it('fails its actions with an error that says whether to retry', () => {
    expect(new ActionError('http_failed', 'No answer.', { retry: true, detail: { status: 503 } })).toMatchObject({
      name: 'ActionError',
      retry: true,
      detail: { status: 503 },
    })
    expect(new ActionError('http_failed', 'No answer.')).toMatchObject({ retry: false, detail: undefined })
  })
})

function sampleOf<Output extends z.ZodType>(promised: Output) {
  return {
    name: 'free',
    title: 'Free',
    description: 'For tests.',
    config: z.strictObject({}),
    output: promised,
    impact: 'A',
    effect: 'pure',
  } as const
}
