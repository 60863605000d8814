// What comparing a case with what came of it promises.

import { describe, expect, test } from 'vitest'
import { type CaseRun, differencesOf, entryOf } from './compare.ts'

const run: CaseRun = {
  status: 'failed',
  failure: { code: 'http_failed', message: 'The shop does not answer.', retry: true },
  path: [
    { step: 'stock', status: 'completed', outcome: 'completed' },
    { step: 'check', status: 'skipped', outcome: undefined },
    { step: 'sign_off', status: 'completed', outcome: 'approved' },
    { step: 'send', status: 'failed', outcome: 'failed' },
  ],
  outputs: { stock: { sku: 'A1', on_hand: 4, 'a/b~c': 1, list: [1, { deep: true, more: 1 }] } },
  output: { sent: false },
  effects: [
    { step: 'send', kind: 'http', to: ['https://shop.example'], content: { method: 'POST', body: { id: 1 } } },
    { step: 'send', kind: 'email', to: ['ana@acme.example', 'ben@acme.example'], content: { subject: 'Hello' } },
  ],
}
const ok: CaseRun = { ...run, status: 'completed', failure: undefined }

test('a case passes when all that it expects is there, and more may be', () => {
  const expected = {
    status: 'failed',
    failure: { code: 'http_failed', message: 'does not answer' },
    path: ['stock', 'check.skipped', 'sign_off.approved', 'send.failed'],
    outputs: { stock: { on_hand: 4, list: [1, { deep: true }] } },
    output: { sent: false },
    effects: [
      { step: 'send', kind: 'email', to: 'ben@acme.example' },
      { step: 'send', kind: 'http', content: { body: { id: 1 } } },
    ],
    never: ['check', 'tell_buyer'],
  } as const
  const given = { ...expected, path: [...expected.path], effects: [...expected.effects], never: [...expected.never] }
  const outputs = { stock: { on_hand: 4, list: [1, { deep: true }] } }
  expect(differencesOf({ ...given, outputs }, run)).toEqual([])
  expect(differencesOf({}, run)).toEqual([])
})

describe('what is not as expected is told with its place', () => {
  test.each([
    [{ status: 'completed' }, { at: '/status', expected: 'completed', got: 'failed' }],
    [{ failure: { code: 'step_failed' } }, { at: '/failure/code', expected: 'step_failed', got: 'http_failed' }],
    [
      { failure: { message: 'is busy' } },
      { at: '/failure/message', expected: 'is busy', got: 'The shop does not answer.' },
    ],
    [
      { path: ['stock', 'send.failed'] },
      {
        at: '/path',
        expected: ['stock', 'send.failed'],
        got: ['stock', 'check.skipped', 'sign_off.approved', 'send.failed'],
      },
    ],
    [{ outputs: { stock: { on_hand: 5 } } }, { at: '/outputs/stock/on_hand', expected: 5, got: 4 }],
    [{ outputs: { stock: { 'a/b~c': 2 } } }, { at: '/outputs/stock/a~1b~0c', expected: 2, got: 1 }],
    [{ outputs: { stock: { gone: 1 } } }, { at: '/outputs/stock/gone', expected: 1, got: undefined }],
    [
      { outputs: { stock: { list: [1] } } },
      { at: '/outputs/stock/list', expected: [1], got: [1, { deep: true, more: 1 }] },
    ],
    [{ outputs: { stock: { list: [2, {}] } } }, { at: '/outputs/stock/list/0', expected: 2, got: 1 }],
    [{ outputs: { nowhere: 1 } }, { at: '/outputs/nowhere', expected: 1, got: undefined }],
    [{ output: { sent: true } }, { at: '/output/sent', expected: true, got: false }],
    [{ never: ['send'] }, { at: '/never/0', expected: 'send does not run', got: 'send.failed' }],
    [{ effects: [{ step: 'stock' }] }, { at: '/effects/0', expected: 'an effect of stock', got: undefined }],
    [
      { effects: [{ step: 'stock', kind: 'http' as const }] },
      { at: '/effects/0', expected: 'http of stock', got: undefined },
    ],
    [
      { effects: [{ step: 'send', kind: 'http' as const, to: ['https://other.example'] }] },
      { at: '/effects/0/to', expected: ['https://other.example'], got: ['https://shop.example'] },
    ],
    [
      { effects: [{ step: 'send', kind: 'http' as const, content: { method: 'PUT' } }] },
      { at: '/effects/0/content/method', expected: 'PUT', got: 'POST' },
    ],
  ])('%j', (expected, difference) => {
    const { status, ...rest } = { status: undefined, ...expected }
    const given = status === undefined ? rest : { status: 'completed' as const }
    expect(differencesOf(given, run)).toEqual([difference])
  })
})

test('a failure that did not happen is a difference', () => {
  expect(differencesOf({ failure: { code: 'step_failed', message: 'no' } }, ok)).toEqual([
    { at: '/failure/code', expected: 'step_failed', got: undefined },
    { at: '/failure/message', expected: 'no', got: undefined },
  ])
})

test('one effect meets one expectation', () => {
  const twice = {
    effects: [
      { step: 'send', kind: 'http' as const },
      { step: 'send', kind: 'http' as const },
    ],
  }
  expect(differencesOf(twice, run)).toEqual([{ at: '/effects/1/kind', expected: 'http', got: 'email' }])
})

test('an entry of a path names what is not plain', () => {
  expect(run.path.map(entryOf)).toEqual(['stock', 'check.skipped', 'sign_off.approved', 'send.failed'])
  expect(entryOf({ step: 'odd', status: 'completed', outcome: undefined })).toBe('odd')
})

test('another step, or one too few, is another path', () => {
  const short = { ...run, path: run.path.slice(0, 1) }
  expect(differencesOf({ path: ['stock', 'send'] }, short)).toHaveLength(1)
  expect(differencesOf({ path: ['stack'] }, short)).toHaveLength(1)
  expect(differencesOf({ path: ['stock'] }, short)).toEqual([])
})
