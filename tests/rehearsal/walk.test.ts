// What walking every way promises.

import { expect, test } from 'vitest'
import { certaintyOf } from '../../src/engine/rehearsal/certainty.ts'
import { Budget } from '../../src/engine/rehearsal/budget.ts'
import { walk } from '../../src/engine/rehearsal/walk.ts'
import { entryOf } from '../../src/kernel/testcase/compare.ts'
import { rehearsalParts, requestOf, workflowOf } from './rehearsal.test-kit.ts'

const parts = rehearsalParts()

async function walked(source: string, given: Parameters<typeof requestOf>[1] = {}, most?: number) {
  const workflow = workflowOf(source)
  const found = await walk(parts, requestOf(workflow, given), most)
  const certainty = certaintyOf(workflow, found)
  const say = (id: string): string => {
    const { runs, when } = certainty.get(id) ?? { runs: 'never', when: [] }
    const needs = when.map((one) => `${one.step} ${one.about} ${one.options.join('|')} [${one.needs.join()}]`)
    return [runs, ...needs].join('; ')
  }
  return {
    ways: found.ways.map((way) => way.path.map(entryOf).join(' ')),
    isComplete: found.isComplete,
    runs: Object.fromEntries(workflow.steps.map(({ id }) => [id, say(id)])),
    first: found.ways[0],
  }
}

const twoGates = `
name: two-gates
steps:
  - { id: start, action: log, config: { message: x } }
  - { id: a, action: approval.request, depends_on: [start], config: { approvers: { role: cfo } } }
  - { id: b, action: approval.request, depends_on: [start], config: { approvers: { role: cfo } } }
  - { id: any, action: log, depends_on: [a.approved, b.approved], config: { message: x } }
  - { id: no, action: log, depends_on: [a.rejected, a.expired], config: { message: x } }
  - { id: b_no, action: log, depends_on: [b.rejected, b.expired], config: { message: x } }
`

test('people decide either way: both are walked, and one of several ways is not taken for certain', async () => {
  const { ways, isComplete, runs } = await walked(twoGates)
  expect(isComplete).toBe(true)
  expect(new Set(ways).size).toBe(9)
  expect(runs).toEqual({
    start: 'certain',
    a: 'certain',
    b: 'certain',
    // Either of the two is enough, so neither is required by itself.
    any: 'depends',
    no: 'depends; a answer rejected|expired []',
    b_no: 'depends; b answer rejected|expired []',
  })
})

test('what depends on an output that only a real run gives is walked both ways, and says what would tell', async () => {
  const { runs, ways, first } = await walked(`
name: unknown
steps:
  - { id: look, action: http.request, config: { url: 'https://shop.example' } }
  - { id: paid, action: transform, depends_on: [look], config: { set: '{{ steps.look.output.status }}' } }
  - { id: skip, action: log, depends_on: [paid], condition: '{{ steps.paid.output > 299 }}', config: { message: x } }
  - { id: size, action: decision, depends_on: [look], config: { when: '{{ steps.look.output.body.large }}' } }
  - { id: large, action: email.send, depends_on: [size.true], config: { to: ana@acme.example, subject: '{{ steps.look.output.body.name }}', text: Hi } }
  - { id: small, action: log, depends_on: [size.false], config: { message: x } }
  - { id: never, action: log, condition: '{{ 1 > 2 }}', config: { message: x } }
  - { id: after, action: log, depends_on: [never], config: { message: x } }
output: '{{ steps.look.output.body.id }}'
`)
  expect(ways.length).toBe(4)
  expect(runs).toEqual({
    look: 'certain',
    paid: 'certain',
    skip: 'depends; skip condition true [paid]',
    size: 'certain',
    large: 'depends; size outcome true [look]',
    small: 'depends; size outcome false [look]',
    never: 'skipped',
    after: 'certain',
  })
  const large = first.runs.find(({ step }) => step === 'large')
  expect(large?.config).toMatchObject({ to: 'ana@acme.example', subject: '{{ steps.look.output.body.name }}' })
  expect(large?.unknown).toEqual([
    { pointer: '/subject', expression: '{{ steps.look.output.body.name }}', needs: ['look'] },
  ])
  expect([first.output, first.isOutputAssumed]).toEqual(['{{ steps.look.output.body.id }}', true])
})

test('inputs that are samples leave open what depends on them', async () => {
  const source = `
name: sampled
inputs: { amount: { type: number }, lines: { type: array } }
steps:
  - { id: big, action: decision, config: { when: '{{ inputs.amount > 100 }}' } }
  - { id: each, action: email.send, for_each: { items: '{{ inputs.lines }}' }, config: { to: '{{ item.mail }}', subject: x, text: y } }
  - { id: odd, action: transform, for_each: { items: '{{ inputs.lines[0].deep }}' }, config: { set: '{{ item }}' } }
  - { id: yes, action: log, depends_on: [big.true], config: { message: '{{ inputs.amount }}' } }
`
  const inputs = { amount: 1, lines: [null] }
  const { runs, first } = await walked(source, { inputs, sampled: new Set(['amount', 'lines']) })
  expect(runs['yes']).toBe('depends; big outcome true [inputs.amount]')
  expect(first.runs.find(({ step }) => step === 'each')?.unknown).toMatchObject([{ pointer: '/to', needs: ['each'] }])
  expect(
    (await walked(source, { inputs: { amount: 1, lines: [{ mail: 'a@b.example', deep: [1] }] } })).runs['yes'],
  ).toBe('never')
})

test('steps that reach outside may fail where an edge says what then', async () => {
  const { runs } = await walked(`
name: failing
steps:
  - { id: call, action: http.request, config: { url: 'https://x.example' }, timeout: 5s, on_error: sorry, on_timeout: slow }
  - { id: next, action: log, depends_on: [call], config: { message: x } }
  - { id: sorry, action: log, config: { message: x } }
  - { id: slow, action: log, config: { message: x } }
  - { id: wait, action: callback.wait, config: { expires_in: 1h } }
  - { id: late, action: log, depends_on: [wait.expired], config: { message: x } }
`)
  expect(runs).toMatchObject({
    next: 'depends; call outcome completed []',
    sorry: 'depends; call outcome failed []',
    slow: 'depends; call outcome expired []',
    late: 'depends; wait answer expired []',
  })
})

test('where there are too many ways to walk, what stands below a choice is not called certain', async () => {
  const { ways, isComplete, runs } = await walked(twoGates, {}, 2)
  expect([ways.length, isComplete]).toEqual([2, false])
  expect(runs).toMatchObject({ start: 'certain', any: 'depends', b_no: 'depends', no: 'depends' })
  const spent = await walked(twoGates, { budget: new Budget(4) })
  expect([spent.isComplete, spent.first.status]).toEqual([false, 'cut_off'])
})

test('secrets never stand in a config, whatever an expression does with them', async () => {
  const { first } = await walked(`
name: secretive
steps:
  - { id: call, action: http.request, config: { url: 'https://x.example?k={{ secrets.KEY }}', headers: { a: '{{ "Key " + secrets.KEY }}' } } }
`)
  expect(first.runs[0]?.config).toEqual({
    url: 'https://x.example?k={{ secrets.KEY }}',
    headers: { a: 'Key {{ secrets.KEY }}' },
  })
})
