// Which steps run, which are skipped or bypassed, and how an execution ends that way.

import { expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { inShort, startTestEngine } from './engine.test-kit.ts'
import { behave, Gate } from './test-pack.ts'

const engine = await startTestEngine({ maxPayload: 100_000 })

const record = (id: string, more: Partial<Step> = {}): Step => ({ id, action: 'test.record', ...more })

test('steps with the same dependencies run at the same time', async () => {
  const gate = new Gate()
  behave('gated', async () => gate.enter().then(() => ({ output: null })))
  const gated = (id: string): Step => ({ id, action: 'test.act', config: { as: 'gated' }, depends_on: ['first'] })
  const steps = [record('first'), gated('a'), gated('b'), gated('c'), record('last', { depends_on: ['a', 'b', 'c'] })]
  const id = await engine.start({ name: 'parallel', steps })
  await gate.crowd(3)
  gate.open()
  const { events } = await engine.ended(id)
  expect(inShort(events).slice(-2)).toEqual(['completed last', 'ended'])
})

test('a decision takes one way and the other is bypassed', async () => {
  const workflow = {
    name: 'decision',
    inputs: { amount: { type: 'number' as const } },
    steps: [
      {
        id: 'choose',
        action: 'decision',
        config: { branches: [{ name: 'large', when: '{{ inputs.amount > 100 }}' }], default: 'small' },
      },
      record('big', { depends_on: ['choose.large'] }),
      record('after_big', { depends_on: ['big'] }),
      record('little', { depends_on: ['choose.small'] }),
      record('join', { depends_on: ['big', 'little'] }),
    ],
    output: { big: '{{ steps.after_big.status }}', little: '{{ steps.little.status }}' },
  }
  const large = await engine.run(workflow, { amount: 101 })
  expect(inShort(large.events)).not.toContain('completed little')
  expect(large.execution.output).toEqual({ big: 'completed', little: 'bypassed' })
  const small = await engine.run(workflow, { amount: 1 })
  expect(inShort(small.events)).toEqual(['completed choose', 'completed little', 'completed join', 'ended'])
})

test('a failure goes to on_error, which sees why, and the execution completes', async () => {
  const { execution, events } = await engine.run({
    name: 'on-error',
    steps: [
      { id: 'risky', action: 'test.misbehave', config: { how: 'string' }, on_error: 'mend' },
      record('never', { depends_on: ['risky'] }),
      record('mend', { config: { value: '{{ steps.risky.error.message }} / {{ steps.risky.outcome }}' } }),
    ],
    output: '{{ steps.mend.output }}',
  })
  expect(execution).toMatchObject({ status: 'completed', output: 'a plain string / failed', failure: null })
  expect(inShort(events)).toEqual(['failed risky', 'completed mend', 'ended'])
})

test('a step that takes too long goes to on_timeout', async () => {
  const { execution, events } = await engine.run({
    name: 'on-timeout',
    steps: [
      {
        id: 'slow',
        action: 'test.misbehave',
        config: { how: 'never' },
        timeout: '50ms',
        on_timeout: 'escalate',
        on_error: 'mend',
      },
      record('escalate'),
      record('mend'),
    ],
  })
  expect(execution.status).toBe('completed')
  expect(events.find((event) => event.type === 'step.failed')).toMatchObject({
    outcome: 'expired',
    failure: { code: 'step_timeout' },
  })
  expect(inShort(events)).toContain('completed escalate')
  expect(inShort(events)).not.toContain('completed mend')
})

test('a refusal that nothing deals with fails the execution', async () => {
  const { execution } = await engine.run({
    name: 'refused',
    steps: [record('gate', { config: { outcome: 'rejected' } }), record('after', { depends_on: ['gate'] })],
  })
  expect(execution).toMatchObject({ status: 'failed', failure: { code: 'step_rejected' } })
})

test('an expression that fails fails its step and names what is wrong', async () => {
  const { execution } = await engine.run({
    name: 'bad-expression',
    steps: [
      record('broken', { config: { value: '{{ trigger.nothing.here }}' }, retry: { attempts: 3, initial: '1ms' } }),
    ],
  })
  expect(execution.status).toBe('failed')
  expect(execution.failure).toMatchObject({ code: 'expression_failed', message: expect.stringContaining('nothing') })
})

test('a condition that fails fails its step; the action is not run', async () => {
  const { execution, events } = await engine.run({
    name: 'bad-condition',
    steps: [record('broken', { condition: '{{ trigger.missing > 1 }}' })],
  })
  expect(execution.failure).toMatchObject({ code: 'expression_failed' })
  expect(inShort(events)).toEqual(['failed broken', 'ended'])
})

test('a condition that is neither true nor false never lets the action run, however often it is tried', async () => {
  const { execution, events } = await engine.run(
    {
      name: 'odd-condition',
      steps: [record('gated', { condition: '{{ trigger.flag }}', retry: { attempts: 3, initial: '1ms' } })],
    },
    { flag: 'yes' },
  )
  expect(execution).toMatchObject({ status: 'failed', failure: { message: expect.stringContaining('condition') } })
  expect(inShort(events)).not.toContain('completed gated')
})

test('a condition is asked again by each attempt, so that a retry never goes past it', async () => {
  let tries = 0
  behave('fails once', async () => {
    tries++
    if (tries === 1) throw new Error('once')
    return { output: tries }
  })
  const { events } = await engine.run({
    name: 'asked-again',
    steps: [
      {
        id: 'a',
        action: 'test.act',
        config: { as: 'fails once' },
        condition: '{{ 1 < 2 }}',
        retry: { attempts: 2, initial: '1ms' },
      },
    ],
  })
  expect(inShort(events)).toEqual(['retrying a', 'completed a', 'ended'])
})

test('an unknown action fails its step at once', async () => {
  const { execution, events } = await engine.run({
    name: 'unknown',
    steps: [{ id: 'odd', action: 'no.such', retry: { attempts: 5 } }],
  })
  expect(execution.failure).toMatchObject({ code: 'unknown_action', message: expect.stringContaining('no.such') })
  expect(inShort(events)).toEqual(['failed odd', 'ended'])
})

test('a config that does not fit fails its step at once', async () => {
  const { execution } = await engine.run(
    { name: 'config', steps: [{ id: 'odd', action: 'decision', config: { when: '{{ trigger.n }}' } }] },
    { n: 3 },
  )
  expect(execution.failure).toMatchObject({ code: 'action_config' })
})

test('an output of the workflow that fails fails the execution, and what its steps did is undone', async () => {
  const { execution, events } = await engine.run({
    name: 'bad-output',
    steps: [record('fine', { compensate: { action: 'test.record' } })],
    output: '{{ steps.fine.output.missing }}',
  })
  expect(execution).toMatchObject({ status: 'failed', output: null, failure: { code: 'expression_failed' } })
  expect(inShort(events)).toEqual(['completed fine', 'failing', 'completed fine', 'ended'])
})

test('an output of the workflow that is too large fails the execution', async () => {
  const { execution } = await engine.run({
    name: 'large-output',
    steps: [record('big', { config: { value: 'x'.repeat(60_000) } })],
    output: ['{{ steps.big.output }}', '{{ steps.big.output }}'],
  })
  expect(execution).toMatchObject({ status: 'failed', failure: { code: 'payload_too_large' } })
})

test('what steps see: trigger, inputs, vars, execution, tenant and secrets', async () => {
  const { execution } = await engine.run(
    {
      name: 'scope',
      vars: { rate: 3 },
      steps: [
        record('all', {
          config: {
            value: {
              sum: '{{ trigger.n + inputs.n + vars.rate }}',
              of: '{{ execution.workflow }} {{ tenant.name }} {{ secrets.TOKEN }}',
              id: '{{ execution.id }}',
            },
          },
        }),
      ],
      output: '{{ steps.all.output }}',
    },
    { n: 2 },
  )
  expect(execution.output).toEqual({ sum: 7, of: 'scope Acme [secret TOKEN]', id: execution.id })
})
