// What a rehearsal is told about the steps that it does not run for real: their results, and what people and events answer.

import type { Json, JsonObject } from '../json.ts'
import type { Failure } from '../plan/journal.ts'
import { problemKinds } from '../problem.ts'
import type { GivenAnswer, Mock, TestCase } from './test-case.ts'

export type Answer =
  | { readonly kind: 'result'; readonly output?: Json; readonly outcome?: string }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'decision'; readonly decision: 'approved' | 'rejected' }
  | { readonly kind: 'form'; readonly data: JsonObject }
  | { readonly kind: 'event' | 'callback'; readonly data: Json }
  /** Nobody answers in time. */
  | { readonly kind: 'expired' }

/** By step; attempt n takes entry n, and the last one is good for all that follow. */
export type Answers = ReadonlyMap<string, readonly Answer[]>

/** The answer to an attempt (from 1) of a step; undefined where nothing was said of it. */
export function answerTo(answers: Answers, step: string, attempt: number): Answer | undefined {
  const given = answers.get(step)
  return given?.[Math.min(attempt, given.length) - 1]
}

/** What a test case says of the steps. */
export function answersOf({ mocks = {}, answers = {} }: Pick<TestCase, 'mocks' | 'answers'>): Answers {
  return new Map([
    ...Object.entries(mocks).map(([step, given]) => [step, listOf(given).map(ofMock)] as const),
    ...Object.entries(answers).map(([step, given]) => [step, listOf(given).map(ofAnswer)] as const),
  ])
}

function listOf<T>(given: T | readonly T[]): readonly T[] {
  return isList(given) ? given : [given]
}

function isList<T>(given: T | readonly T[]): given is readonly T[] {
  return Array.isArray(given)
}

function ofMock(mock: Mock): Answer {
  if ('fails' in mock) {
    const { code, message, retry = problemKinds[code].retry } = mock.fails
    return { kind: 'failure', failure: { code, message: message ?? problemKinds[code].title, retry } }
  }
  const { output, outcome } = mock
  return { kind: 'result', ...(output !== undefined && { output }), ...(outcome !== undefined && { outcome }) }
}

function ofAnswer(given: GivenAnswer): Answer {
  if (given === 'expired') return { kind: 'expired' }
  if (given === 'approved' || given === 'rejected') return { kind: 'decision', decision: given }
  if ('form' in given) return { kind: 'form', data: given.form }
  return 'event' in given ? { kind: 'event', data: given.event } : { kind: 'callback', data: given.callback }
}
