// What answers to a rehearsal promise.

import { expect, test } from 'vitest'
import { answersOf, answerTo } from './answers.ts'

test('what a case says of a step is its answer', () => {
  const answers = answersOf({
    mocks: {
      a: { output: { id: 1 }, outcome: 'valid' },
      b: {},
      c: { fails: { code: 'http_failed' } },
      d: { fails: { code: 'http_failed', message: 'Busy.', retry: false } },
    },
    answers: {
      e: 'approved',
      f: 'rejected',
      g: 'expired',
      h: { form: { what: 'Train' } },
      i: { event: { paid: true } },
      j: { callback: null },
    },
  })
  expect(Object.fromEntries(answers)).toEqual({
    a: [{ kind: 'result', output: { id: 1 }, outcome: 'valid' }],
    b: [{ kind: 'result' }],
    c: [{ kind: 'failure', failure: { code: 'http_failed', message: 'The HTTP request failed', retry: true } }],
    d: [{ kind: 'failure', failure: { code: 'http_failed', message: 'Busy.', retry: false } }],
    e: [{ kind: 'decision', decision: 'approved' }],
    f: [{ kind: 'decision', decision: 'rejected' }],
    g: [{ kind: 'expired' }],
    h: [{ kind: 'form', data: { what: 'Train' } }],
    i: [{ kind: 'event', data: { paid: true } }],
    j: [{ kind: 'callback', data: null }],
  })
  expect(answersOf({}).size).toBe(0)
})

test('each attempt takes its entry, and those after the last take the last', () => {
  const answers = answersOf({ mocks: { a: [{ fails: { code: 'http_failed' } }, { output: 2 }] } })
  expect([1, 2, 3].map((attempt) => answerTo(answers, 'a', attempt)?.kind)).toEqual(['failure', 'result', 'result'])
  expect(answerTo(answers, 'b', 1)).toBeUndefined()
})
