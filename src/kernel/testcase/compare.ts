// Compares what a test case expects with what came of it.

import { canonicalJson } from '../definition/canonical-json.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { Failure } from '../plan/journal.ts'
import type { Expectation, ExpectedEffect } from './test-case.ts'

export interface SettledStep {
  readonly step: string
  readonly status: 'completed' | 'failed' | 'skipped'
  readonly outcome: string | undefined
}

/** What a step would do outside of its execution. */
export interface StepEffect {
  readonly step: string
  readonly kind: 'http' | 'email' | 'webhook' | 'notification' | 'execution' | 'action'
  readonly to: readonly string[]
  readonly content: JsonObject
}

/** What came of a case. */
export interface CaseRun {
  readonly status: 'completed' | 'failed' | 'cancelled' | 'waiting' | 'cut_off'
  readonly failure: Failure | undefined
  /** In the order in which they settled; without those that no edge led to. */
  readonly path: readonly SettledStep[]
  readonly outputs: JsonObject
  readonly output: Json
  readonly effects: readonly StepEffect[]
}

/** One thing that is not as expected. `got` is undefined where there is nothing. */
export interface Difference {
  /** A JSON Pointer into `expect`, such as `/outputs/stock/on_hand`. */
  readonly at: string
  readonly expected: Json
  readonly got: Json | undefined
}

/** All differences; none means that the case passes. */
export function differencesOf(expect: Expectation, run: CaseRun): readonly Difference[] {
  const { status, failure, path, outputs, output, effects = [], never = [] } = expect
  return [
    ...(status === undefined ? [] : compare('/status', status, run.status)),
    ...(failure?.code === undefined ? [] : compare('/failure/code', failure.code, run.failure?.code)),
    ...(failure?.message === undefined ? [] : messageDifference(failure.message, run.failure)),
    ...(path === undefined ? [] : pathDifferences(path, run.path)),
    ...Object.entries(outputs ?? {}).flatMap(([step, wanted]) =>
      compare(`/outputs/${step}`, wanted, Object.hasOwn(run.outputs, step) ? run.outputs[step] : undefined),
    ),
    ...(output === undefined ? [] : compare('/output', output, run.output)),
    ...effectDifferences(effects, run.effects),
    ...never.flatMap((step, index) => ranDifference(`/never/${index}`, step, run.path)),
  ]
}

/** Where `got` lacks something of `expected`: an object may have more fields, a list must have as many entries. */
function compare(at: string, expected: Json, got: Json | undefined): Difference[] {
  if (isJsonObject(expected) && isJsonObject(got)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      compare(
        `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        value,
        Object.hasOwn(got, key) ? got[key] : undefined,
      ),
    )
  }
  if (isList(expected) && isList(got) && expected.length === got.length)
    return expected.flatMap((value, index) => compare(`${at}/${index}`, value, got[index]))
  if (got !== undefined && canonicalJson(expected) === canonicalJson(got)) return []
  return [{ at, expected, got }]
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

function messageDifference(part: string, failure: Failure | undefined): Difference[] {
  if (failure?.message.includes(part) === true) return []
  return [{ at: '/failure/message', expected: part, got: failure?.message }]
}

/** `send` has completed; `send.failed`, `check.skipped` and `sign_off.approved` name a status or an outcome. */
function pathDifferences(expected: readonly string[], path: readonly SettledStep[]): Difference[] {
  const isSame = expected.length === path.length && expected.every((entry, index) => isEntry(entry, path[index]))
  return isSame ? [] : [{ at: '/path', expected: [...expected], got: path.map(entryOf) }]
}

function isEntry(entry: string, settled: SettledStep | undefined): boolean {
  const [step, ended = 'completed'] = entry.split('.', 2)
  return settled?.step === step && (settled?.status === ended || settled?.outcome === ended)
}

/** A settled step as an entry of a path. */
export function entryOf({ step, status, outcome = status }: SettledStep): string {
  if (status === 'skipped') return `${step}.skipped`
  return outcome === 'completed' ? step : `${step}.${outcome}`
}

function effectDifferences(expected: readonly ExpectedEffect[], effects: readonly StepEffect[]): Difference[] {
  const left = [...effects]
  return expected.flatMap((wanted, index) => {
    const found = left.findIndex((effect) => effectMismatch(wanted, effect, '').length === 0)
    if (found >= 0) {
      left.splice(found, 1)
      return []
    }
    const at = `/effects/${index}`
    const near = left.find(({ step }) => step === wanted.step)
    if (near !== undefined) return effectMismatch(wanted, near, at)
    return [{ at, expected: `${wanted.kind ?? 'an effect'} of ${wanted.step}`, got: undefined }]
  })
}

function effectMismatch(wanted: ExpectedEffect, effect: StepEffect, at: string): Difference[] {
  const { kind, to, content } = wanted
  return [
    ...compare(`${at}/step`, wanted.step, effect.step),
    ...(kind === undefined ? [] : compare(`${at}/kind`, kind, effect.kind)),
    ...(to === undefined ? [] : reachDifference(`${at}/to`, typeof to === 'string' ? [to] : to, effect.to)),
    ...(content === undefined ? [] : compare(`${at}/content`, content, effect.content)),
  ]
}

function reachDifference(at: string, wanted: readonly string[], got: readonly string[]): Difference[] {
  return wanted.every((one) => got.includes(one)) ? [] : [{ at, expected: [...wanted], got: [...got] }]
}

function ranDifference(at: string, step: string, path: readonly SettledStep[]): Difference[] {
  const ran = path.find((settled) => settled.step === step && settled.status !== 'skipped')
  return ran === undefined ? [] : [{ at, expected: `${step} does not run`, got: entryOf(ran) }]
}
