import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countChanges, diffWorkflows } from './workflow-diff.ts'
import { workflowSchema, type Workflow } from './workflow.ts'

const base = workflowSchema.parse({
  name: 'orders',
  title: 'Orders',
  inputs: { amount: { type: 'number' }, note: { type: 'string' } },
  vars: { limit: 5 },
  trigger: [{ event: 'order.created' }, { schedule: '0 9 * * MON', timezone: 'UTC' }, { schedule: '0 9 * * TUE' }],
  settings: { timeout: '1h' },
  steps: [
    { id: 'a', action: 'log', config: { message: 'hi', tags: ['x', { y: 1 }] } },
    { id: 'b', action: 'log', depends_on: ['a'] },
    { id: 'c', action: 'log', depends_on: ['a', 'b.completed'], retry: { attempts: 3 } },
  ],
  output: { done: true },
})

const edited = (change: Partial<Workflow>): Workflow => ({ ...base, ...change })
const [a, b, c] = base.steps
const stepsOf = (...steps: (Workflow['steps'][number] | undefined)[]): Workflow['steps'] =>
  steps.filter((step) => step !== undefined)

/** Changes in short: kind, subject, name, path. */
const brief = (after: Workflow): readonly string[] =>
  diffWorkflows(base, after).map(({ kind, subject, name, path }) => `${kind} ${subject} ${name} ${path}`.trim())

describe('nothing has changed', () => {
  test('when only the order of steps, dependencies or triggers has', () => {
    const turned = c && { ...c, depends_on: ['b.completed', 'a'] }
    const trigger = Array.isArray(base.trigger) ? base.trigger.toReversed() : []
    expect(diffWorkflows(base, edited({ steps: stepsOf(turned, b, a), trigger }))).toEqual([])
  })

  test('when a workflow that names no trigger says so', () => {
    const silent = workflowSchema.parse({ name: 'x', steps: [{ id: 'a', action: 'log' }] })
    expect(diffWorkflows(silent, { ...silent, trigger: { manual: {} }, inputs: {}, vars: {}, settings: {} })).toEqual(
      [],
    )
  })
})

test('secrets that are referred to and workflows that are started are parts of their own', () => {
  const config = { workflow: 'stock', inputs: { key: '{{ secrets.API_KEY }}' } }
  const child = { id: 'b', action: 'workflow.run', config }
  const after = edited({ steps: stepsOf(a, child, c, { ...child, id: 'again' }) })
  const added = diffWorkflows(base, after).filter(({ subject }) => subject === 'secret' || subject === 'child')
  expect(added).toEqual([
    { kind: 'added', subject: 'secret', name: 'API_KEY', path: '', after: 'API_KEY', pointerAfter: '/steps/1' },
    { kind: 'added', subject: 'child', name: 'stock', path: '', after: 'stock', pointerAfter: '/steps/1' },
  ])
  expect(diffWorkflows(after, base).filter(({ subject }) => subject === 'secret')).toMatchObject([{ kind: 'removed' }])
  expect(diffWorkflows(after, edited({ steps: after.steps.toReversed() }))).toEqual([])
})

describe('steps', () => {
  test('are added and removed as a whole, with pointers into their own version', () => {
    const added = { id: 'd', action: 'delay', config: { for: '1h' } }
    expect(diffWorkflows(base, edited({ steps: stepsOf(a, c, added) }))).toEqual([
      {
        kind: 'removed',
        subject: 'step',
        name: 'b',
        path: '',
        before: { id: 'b', action: 'log', depends_on: ['a'] },
        pointerBefore: '/steps/1',
      },
      { kind: 'added', subject: 'step', name: 'd', path: '', after: added, pointerAfter: '/steps/2' },
    ])
  })

  test('change field by field, with pointers into both versions', () => {
    const steps = stepsOf(b, c && { ...c, retry: { attempts: 5, initial: '2s' }, condition: '{{ true }}' }, a)
    expect(diffWorkflows(base, edited({ steps }))).toEqual([
      {
        kind: 'changed',
        subject: 'step',
        name: 'c',
        path: 'retry.attempts',
        before: 3,
        after: 5,
        pointerBefore: '/steps/2/retry/attempts',
        pointerAfter: '/steps/1/retry/attempts',
      },
      {
        kind: 'changed',
        subject: 'step',
        name: 'c',
        path: 'retry.initial',
        after: '2s',
        pointerAfter: '/steps/1/retry/initial',
      },
      {
        kind: 'changed',
        subject: 'step',
        name: 'c',
        path: 'condition',
        after: '{{ true }}',
        pointerAfter: '/steps/1/condition',
      },
    ])
  })

  test('change entry by entry where a list has kept its length, else the list as a whole', () => {
    const same = a && { ...a, config: { message: 'hi', tags: ['x', { y: 2 }] } }
    const longer = a && { ...a, config: { message: 'hi', tags: ['x'] } }
    expect(brief(edited({ steps: stepsOf(same, b, c) }))).toEqual(['changed step a config.tags[1].y'])
    expect(brief(edited({ steps: stepsOf(longer, b, c) }))).toEqual(['changed step a config.tags'])
  })

  test('show a changed dependency as both lists', () => {
    const steps = stepsOf(a, b, c && { ...c, depends_on: ['a', 'b.failed'] })
    expect(diffWorkflows(base, edited({ steps }))).toMatchObject([
      { path: 'depends_on', before: ['a', 'b.completed'], after: ['a', 'b.failed'] },
    ])
    expect(brief(edited({ steps: stepsOf(a, b && { id: 'b', action: 'log' }, c) }))).toEqual([
      'changed step b depends_on',
    ])
  })
})

describe('the rest of a definition', () => {
  test('heading, inputs, constants, settings and output', () => {
    const after = edited({
      title: undefined,
      category: 'sales',
      inputs: { amount: { type: 'integer' }, vendor: { type: 'string' } },
      vars: { limit: 6, rate: 2 },
      settings: undefined,
      output: undefined,
    })
    expect(brief(after)).toEqual([
      'changed workflow  title',
      'changed workflow  category',
      'changed input amount type',
      'removed input note',
      'changed var limit',
      'changed settings  timeout',
      'removed output',
      'added input vendor',
      'added var rate',
    ])
    expect(countChanges(diffWorkflows(base, after))).toEqual({ added: 2, removed: 2, changed: 5 })
  })

  test('triggers are paired by kind after those that have stayed', () => {
    const trigger = [
      { schedule: '0 9 * * TUE' },
      { schedule: '0 10 * * MON', timezone: 'UTC' },
      { webhook: {} },
      { every: '1h' },
      { every: '2h' },
    ]
    expect(diffWorkflows(base, edited({ trigger }))).toMatchObject([
      { kind: 'removed', subject: 'trigger', name: 'event', pointerBefore: '/trigger/0' },
      {
        kind: 'changed',
        subject: 'trigger',
        name: 'schedule',
        path: 'schedule',
        pointerBefore: '/trigger/1/schedule',
        pointerAfter: '/trigger/1/schedule',
      },
      { kind: 'added', subject: 'trigger', name: 'webhook', pointerAfter: '/trigger/2' },
      { kind: 'added', subject: 'trigger', name: 'every' },
      { kind: 'added', subject: 'trigger', name: 'every 2' },
    ])
    expect(diffWorkflows(edited({ trigger: { every: '1h' } }), edited({ trigger: { every: '2h' } }))).toMatchObject([
      { path: 'every', pointerBefore: '/trigger/every', pointerAfter: '/trigger/every' },
    ])
  })
})

test('a difference is empty exactly when the versions mean the same', () => {
  const field = fc.constantFrom('x', 'y', 'z')
  const config = fc.dictionary(
    field,
    fc.oneof(
      fc.integer({ max: 3, min: 0 }),
      fc.array(fc.boolean(), { maxLength: 2 }),
      fc.dictionary(field, fc.boolean()),
    ),
  )
  fc.assert(
    fc.property(config, config, (before, after) => {
      const steps = (value: object): Workflow =>
        workflowSchema.parse({ name: 'x', steps: [{ id: 'a', action: 'log', config: value }] })
      const isSame =
        JSON.stringify(before, Object.keys(before).toSorted()) === JSON.stringify(after, Object.keys(after).toSorted())
      const changes = diffWorkflows(steps(before), steps(after))
      if (isSame && Object.values({ ...before, ...after }).every((value) => typeof value === 'number'))
        expect(changes).toEqual([])
      for (const { before: old, after: young } of changes) expect(old).not.toEqual(young)
    }),
  )
})
