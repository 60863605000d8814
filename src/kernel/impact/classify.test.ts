// What the impact class promises.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Impact } from '../definition/action-shape.ts'
import type { Workflow } from '../definition/workflow.ts'
import { classify, higher, type ImpactRule } from './classify.ts'

const actions = new Map<string, ImpactRule>([
  ['log', 'A'],
  ['notification.send', 'B'],
  ['ledger.post', 'C'],
  ['workflow.run', 'A'],
  ['http.request', (config) => ('url' in config && config.url === 'https://intranet.example.org' ? 'B' : 'C')],
  [
    'fragile',
    () => {
      throw new Error('no url')
    },
  ],
])

const workflow = (...steps: Workflow['steps']): Workflow => ({ name: 'test', steps })

test('the class is the highest of the steps, and each step has its reason', () => {
  const found = classify(
    workflow(
      { id: 'note', action: 'log' },
      { id: 'book', action: 'ledger.post' },
      { id: 'tell', action: 'notification.send' },
    ),
    { actions },
  )
  expect(found).toEqual({
    impact: 'C',
    reasons: [
      { step: 'note', impact: 'A', reason: 'log has no effect outside of Countersign.' },
      { step: 'book', impact: 'C', reason: 'ledger.post has effects that leave the company or cannot be taken back.' },
      { step: 'tell', impact: 'B', reason: 'notification.send has effects, and they stay inside the company.' },
    ],
  })
})

test('a compensation counts like a step', () => {
  const found = classify(workflow({ id: 'note', action: 'log', compensate: { action: 'ledger.post' } }), { actions })
  expect(found.impact).toBe('C')
  expect(found.reasons[1]).toEqual({
    step: 'note',
    impact: 'C',
    reason: 'Its compensation: ledger.post has effects that leave the company or cannot be taken back.',
  })
})

test("an action's class may depend on its config", () => {
  const call = (url: string) => classify(workflow({ id: 'call', action: 'http.request', config: { url } }), { actions })
  expect(call('https://intranet.example.org').reasons).toEqual([
    { step: 'call', impact: 'B', reason: 'http.request has effects, and they stay inside the company.' },
  ])
  expect(call('{{ trigger.url }}').impact).toBe('C')
})

test('a rule may know which hosts are internal, and say why', () => {
  const calling = new Map<string, ImpactRule>([
    [
      'call',
      ({ host = '' }, { isInternal }) =>
        isInternal(String(host)) ? 'B' : { impact: 'C', reason: `${String(host)} is outside.` },
    ],
  ])
  const surroundings = { isInternal: (host: string) => host === 'crm:443' }
  const call = (host: string) =>
    classify(workflow({ id: 'a', action: 'call', config: { host } }), { actions: calling, surroundings })
  expect(call('crm:443').impact).toBe('B')
  expect(call('shop:443').reasons).toEqual([{ step: 'a', impact: 'C', reason: 'shop:443 is outside.' }])
})

describe('what cannot be told is class C', () => {
  test('an action that is not registered', () => {
    expect(classify(workflow({ id: 'a', action: 'log.it' }), { actions })).toEqual({
      impact: 'C',
      reasons: [{ step: 'a', impact: 'C', reason: 'log.it is not a registered action.' }],
    })
  })
  test('an action whose rule fails on the config', () => {
    expect(classify(workflow({ id: 'a', action: 'fragile' }), { actions }).reasons[0]).toEqual({
      step: 'a',
      impact: 'C',
      reason: 'What fragile will do cannot be told from this config, so the worst is assumed.',
    })
  })
  test('a child workflow that is not known, or is named by an expression', () => {
    const children = new Map<string, Impact>([['known', 'A']])
    for (const config of [{ workflow: 'unknown' }, { workflow: ['known'] }, {}]) {
      expect(classify(workflow({ id: 'a', action: 'workflow.run', config }), { actions, children }).impact).toBe('C')
    }
    expect(
      classify(workflow({ id: 'a', action: 'workflow.run', config: { workflow: 'known' } }), { actions }).impact,
    ).toBe('C')
  })
})

test('a step that starts a child workflow has at least its class', () => {
  const run = (child: Impact) =>
    classify(workflow({ id: 'a', action: 'workflow.run', config: { workflow: 'child' } }), {
      actions,
      children: new Map([['child', child]]),
    })
  expect(run('B').reasons[0]).toEqual({
    step: 'a',
    impact: 'B',
    reason: 'It starts the workflow "child", which is class B.',
  })
  expect(run('A').impact).toBe('A')
})

test('a tenant can raise the class of an action and never lower it', () => {
  const raise = (action: string, to: Impact) =>
    classify(workflow({ id: 'a', action }), { actions, raised: new Map([[action, to]]) })
  expect(raise('log', 'C').reasons[0]).toEqual({ step: 'a', impact: 'C', reason: 'The policy raises log to class C.' })
  expect(raise('ledger.post', 'A').reasons[0]).toEqual({
    step: 'a',
    impact: 'C',
    reason: 'ledger.post has effects that leave the company or cannot be taken back.',
  })
})

test('the class never falls when a step is added, and is that of some reason', () => {
  const names = fc.constantFrom('log', 'notification.send', 'ledger.post', 'http.request', 'nothing')
  const steps = fc.array(fc.record({ id: fc.constant('s'), action: names }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(steps, names, (list, action) => {
      const before = classify(workflow(...list), { actions })
      const after = classify(workflow(...list, { id: 'last', action }), { actions })
      expect(higher(before.impact, after.impact)).toBe(after.impact)
      expect(before.reasons.map(({ impact }) => impact)).toContain(before.impact)
    }),
  )
})
