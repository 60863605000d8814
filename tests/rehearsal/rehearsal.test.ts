// What a rehearsal of a workflow promises.

import { expect, test } from 'vitest'
import { Budget } from '../../src/engine/rehearsal/budget.ts'
import type { Rehearsal } from '../../src/engine/rehearsal/rehearsal.ts'
import { rehearse } from '../../src/engine/rehearsal/rehearse.ts'
import { answersOf } from '../../src/kernel/testcase/answers.ts'
import { entryOf } from '../../src/kernel/testcase/compare.ts'
import type { TestCase } from '../../src/kernel/testcase/test-case.ts'
import { anyWorkflow, rehearsalParts, requestOf, workflowOf } from './rehearsal.test-kit.ts'

const child = workflowOf(`
name: child
inputs: { n: { type: number } }
steps:
  - { id: double, action: transform, config: { set: '{{ inputs.n * 2 }}' } }
output: '{{ steps.double.output }}'
`)
const circle = workflowOf(`
name: circle
steps:
  - { id: again, action: workflow.run, config: { workflow: circle } }
`)
const parts = rehearsalParts([child, circle])

async function run(
  source: string,
  inputs: Parameters<typeof requestOf>[1] & { said?: Pick<TestCase, 'mocks' | 'answers'> } = {},
): Promise<Rehearsal> {
  const { said = {}, ...given } = inputs
  return rehearse(parts, requestOf(workflowOf(source), { answers: answersOf(said), ...given }))
}
const pathOf = ({ path }: Rehearsal): string[] => path.map(entryOf)
const outputOf = ({ steps }: Rehearsal, id: string): unknown => steps.find(({ step }) => step === id)?.output

const waits = `
name: waits
steps:
  - { id: pause, action: delay, config: { for: 2d } }
  - id: ask
    action: approval.request
    depends_on: [pause]
    config: { approvers: { role: cfo }, expires_in: 1d, summary: May it? }
    on_timeout: late
  - { id: go, action: log, depends_on: [ask.approved], config: { message: go } }
  - { id: late, action: log, config: { message: late } }
  - { id: no, action: log, depends_on: [ask.rejected], config: { message: no } }
output: "{{ now }}"
`

test('waits are passed over, and people answer what was said of them', async () => {
  const usual = await run(waits)
  expect(pathOf(usual)).toEqual(['pause', 'ask.approved', 'go'])
  expect([usual.status, usual.waitedMs]).toEqual(['completed', 2 * 86_400_000])
  const rejected = await run(waits, { said: { answers: { ask: 'rejected' } } })
  expect(pathOf(rejected)).toEqual(['pause', 'ask.rejected', 'no'])
  const expired = await run(waits, { said: { answers: { ask: 'expired' } } })
  expect(pathOf(expired)).toEqual(['pause', 'ask.expired', 'late'])
  expect(expired.output).toBe('2026-01-18T12:00:00Z')
})

test('the same request gives the same rehearsal', async () => {
  expect(await run(waits)).toEqual(await run(waits))
})

const branches = `
name: branches
inputs: { amount: { type: number }, list: { type: array, items: { type: number }, default: [1, 2, 3] } }
steps:
  - { id: check, action: validate, config: { rules: [{ check: '{{ inputs.amount > 0 }}', message: Too small }] } }
  - { id: size, action: decision, depends_on: [check], config: { when: '{{ inputs.amount > 100 }}' } }
  - id: each
    action: transform
    depends_on: [size.true]
    for_each: { items: '{{ inputs.list }}', concurrency: 2 }
    config: { set: '{{ item * inputs.amount + index }}' }
  - { id: note, action: log, depends_on: [each], condition: '{{ size(steps.each.output.items) > 5 }}', config: { message: x } }
  - { id: end, action: log, depends_on: [note], config: { message: 'end' } }
`

test('what is pure runs for real: validation, decisions, templates, lists', async () => {
  const large = await run(branches, { inputs: { amount: 200, list: [1, 2, 3] } })
  expect(pathOf(large)).toEqual(['check.valid', 'size.true', 'each', 'note.skipped', 'end'])
  expect(outputOf(large, 'each')).toEqual({ items: [200, 401, 602], failed: [], completed: 3 })
  expect(large.runs.filter(({ step }) => step === 'each').map(({ config }) => config)).toEqual([
    { set: 200 },
    { set: 401 },
    { set: 602 },
  ])
  const bad = await run(branches, { inputs: { amount: -1 } })
  expect([bad.status, bad.failure?.code, pathOf(bad)]).toEqual(['failed', 'validation_failed', ['check.failed']])
})

const outside = `
name: outside
inputs: { url: { type: string, default: 'https://shop.example/orders' } }
steps:
  - id: call
    action: http.request
    config: { url: '{{ inputs.url }}', method: POST, body: { id: 7 }, auth: { bearer: '{{ secrets.TOKEN }}' } }
    retry: { attempts: 3, initial: 10s, jitter: false }
    compensate: { action: http.request, config: { url: '{{ inputs.url }}/{{ steps.call.output.body.id }}', method: DELETE } }
    on_error: apologise
  - { id: mail, action: email.send, depends_on: [call], config: { to: ana@acme.example, subject: '{{ steps.call.output.body.id }}', text: Hi } }
  - { id: tell, action: notification.send, depends_on: [mail], config: { to: { role: buyer }, message: Done } }
  - { id: hook, action: webhook.send, depends_on: [tell], config: { url: 'https://x.example', event: done, secret: '{{ secrets.HOOK }}' } }
  - { id: stop, action: validate, depends_on: [hook], config: { rules: [{ check: '{{ steps.call.output.status == 201 }}', message: No }] } }
  - { id: apologise, action: log, config: { message: sorry } }
`

test('what reaches outside is told and not done, with secrets as handles', async () => {
  const sent = await run(outside, { said: { mocks: { call: { output: { status: 201, body: { id: 'A' } } } } } })
  expect(pathOf(sent)).toEqual(['call', 'mail', 'tell', 'hook', 'stop.valid'])
  expect(sent.effects.map(({ step, kind, to, leaves }) => [step, kind, to.join(), leaves])).toEqual([
    ['call', 'http', 'https://shop.example/orders', true],
    ['mail', 'email', 'ana@acme.example', true],
    ['tell', 'notification', 'role:buyer', false],
    ['hook', 'webhook', 'https://x.example', true],
  ])
  expect(sent.effects[0]?.content).toEqual({ method: 'POST', body: { id: 7 }, auth: { bearer: '{{ secrets.TOKEN }}' } })
  expect(sent.effects[1]?.content).toEqual({ subject: 'A', text: 'Hi' })
})

test('attempts that fail are tried again as the plan says, and then take the edge for failures', async () => {
  const busy = { fails: { code: 'http_failed' } } as const
  const mended = await run(outside, {
    said: { mocks: { call: [busy, busy, { output: { status: 201, body: { id: 'A' } } }] } },
  })
  expect([mended.status, mended.waitedMs]).toEqual(['completed', 30_000])
  const failing = await run(outside, { said: { mocks: { call: busy } } })
  expect(pathOf(failing)).toEqual(['call.failed', 'apologise'])
  expect(failing.effects).toHaveLength(1)
})

test('what was done is undone when the execution fails', async () => {
  const undone = await run(outside, { said: { mocks: { call: { output: { status: 200, body: { id: 'A' } } } } } })
  expect(undone.status).toBe('failed')
  expect(undone.effects.at(-1)).toMatchObject({
    step: 'call',
    compensates: true,
    to: ['https://shop.example/orders/A'],
  })
})

test('a mock that its action could never give fails the step, and says so', async () => {
  const wrong = await run(outside, { said: { mocks: { call: { output: { status: 'fine' } } } } })
  expect(wrong.steps[0]?.failure).toMatchObject({ code: 'invalid_output' })
  expect(wrong.steps[0]?.failure?.message).toContain('The mock of "call" is not what http.request gives: status')
  const outcome = await run(outside, { said: { mocks: { call: { outcome: 'approved' } } } })
  expect(outcome.steps[0]?.failure?.message).toContain('"call" cannot settle as "approved"')
  const answered = await run(outside, { said: { answers: { call: 'approved' } } })
  expect(answered.steps[0]?.failure?.message).toBe('"call" waits for nobody, so it takes no answer. Give it a mock.')
})

const asks = `
name: asks
steps:
  - { id: event, action: wait_for_event, config: { event: paid, where: '{{ event.amount > 5 }}', expires_in: 1d } }
  - id: form
    action: form.request
    depends_on: [event]
    config: { title: What, audience: { role: buyer }, fields: { what: { type: string, minLength: 3 } } }
  - { id: answer, action: callback.wait, depends_on: [form], config: { request: { url: 'https://x.example' }, expires_in: 1h } }
  - { id: gone, action: log, depends_on: [event.expired, answer.expired], config: { message: gone } }
output: '{{ steps.answer.output.data }}'
`

test('events, forms and callbacks take samples, or what was said of them', async () => {
  expect(pathOf(await run(asks))).toEqual(['event', 'form.submitted', 'answer'])
  const said = await run(asks, {
    said: {
      answers: { event: { event: { amount: 7 } }, form: { form: { what: 'Train' } }, answer: { callback: { ok: 1 } } },
    },
  })
  expect([outputOf(said, 'form'), said.output]).toMatchObject([{ data: { what: 'Train' } }, { ok: 1 }])
  // An event that does not suit is not the one that is waited for.
  expect(pathOf(await run(asks, { said: { answers: { event: { event: { amount: 2 } } } } }))[0]).toBe('event.expired')
  expect(pathOf(await run(asks, { said: { answers: { answer: 'expired' } } }))).toContain('answer.expired')
})

test('an answer that does not suit what is waited for fails the step', async () => {
  const wrong = await run(asks, { said: { answers: { event: 'approved' } } })
  expect(wrong.failure?.message).toBe('"event" waits for an event, which "approved or rejected" does not answer.')
  const short = await run(asks, { said: { answers: { form: { form: { what: 'x' } } } } })
  expect(short.failure?.code).toBe('invalid_input')
})

test('what nobody ever answers is left waiting', async () => {
  const source = `
name: forever
steps: [{ id: form, action: form.request, config: { title: What, audience: { role: a }, fields: {} } }]
`
  expect((await run(source, { said: { answers: { form: 'expired' } } })).status).toBe('waiting')
})

const parent = (wait: boolean, name = 'child', n: unknown = 4) => `
name: parent
steps:
  - { id: below, action: workflow.run, config: { workflow: ${name}, inputs: { n: ${JSON.stringify(n)} }, wait: ${String(wait)} } }
output: '{{ steps.below.output }}'
`

test('child workflows are rehearsed too', async () => {
  const waited = await run(parent(true))
  expect(waited.output).toMatchObject({ started: true, output: 8 })
  expect(waited.children.map(({ step, rehearsal }) => [step, rehearsal.workflow, rehearsal.status])).toEqual([
    ['below', 'child', 'completed'],
  ])
  const detached = await run(parent(false))
  expect([detached.output, detached.children.length]).toEqual([{ started: true }, 1])
  expect(detached.effects).toMatchObject([{ kind: 'execution', to: ['child'], content: { inputs: { n: 4 } } }])
})

test('a child that does not exist, or does not take its inputs, fails the step; circles end', async () => {
  expect((await run(parent(true, 'nobody'))).failure?.code).toBe('not_found')
  expect((await run(parent(true, 'child', 'much'))).failure?.code).toBe('invalid_input')
  const around = await rehearse(parts, requestOf(circle))
  expect([around.status, around.failure?.code]).toEqual(['failed', 'child_failed'])
})

test('hostile expressions are cut off, and a rehearsal takes on only so much', async () => {
  const evil = (id: string) =>
    `  - { id: ${id}, action: transform, config: { set: '{{ "${'a'.repeat(38)}b".matches("^(a+)+$") }}' }, on_error: end }\n`
  const one = await run(`name: evil\nsteps:\n${evil('a')}  - { id: end, action: log, config: { message: x } }\n`)
  expect(one.steps[0]?.failure?.code).toBe('expression_limit')
  const many = await run(
    `name: many\nsteps:\n${['a', 'b', 'c', 'd'].map(evil).join('')}  - { id: end, action: log, config: { message: x } }\n`,
    {
      budget: new Budget(100, 1),
    },
  )
  expect(many.status).toBe('cut_off')
  const long = await run(branches, {
    inputs: { amount: 200, list: Array.from({ length: 500 }, () => 1) },
    budget: new Budget(300),
  })
  expect(long.status).toBe('cut_off')
})

test('what the validator would refuse fails where it is met, as it would in an execution', async () => {
  const odd = anyWorkflow(`
name: odd
steps:
  - { id: gone, action: no.such, config: {} }
`)
  expect((await rehearse(parts, requestOf(odd))).failure?.code).toBe('unknown_action')
  const lists = anyWorkflow(`
name: odd
inputs: { n: { type: number } }
steps: [{ id: a, action: log, for_each: { items: '{{ inputs.n }}' }, config: { message: x } }]
`)
  expect((await rehearse(parts, requestOf(lists, { inputs: { n: 1 } }))).failure?.code).toBe('expression_type')
  const condition = anyWorkflow(`
name: odd
inputs: { n: { type: number } }
steps: [{ id: a, action: log, condition: '{{ inputs.n }}', config: { message: x } }]
output: '{{ steps.a.output }}'
`)
  expect((await rehearse(parts, requestOf(condition, { inputs: { n: 1 } }))).failure?.code).toBe('expression_type')
  const output = anyWorkflow(`
name: odd
steps: [{ id: a, action: log, config: { message: x } }]
output: '{{ steps.a.output.nothing }}'
`)
  expect((await rehearse(parts, requestOf(output))).failure?.code).toBe('expression_failed')
})
