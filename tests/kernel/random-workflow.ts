// Random valid workflows of 1 to 12 steps, each with a mended version and the choices of a random run.

import fc from 'fast-check'
import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'

export interface RandomRun {
  readonly workflow: Workflow
  readonly mended: Workflow
  /** What happens next, each time something may; used up, everything goes its plainest way. */
  readonly choices: readonly number[]
}

const often = <T>(value: T, ...rarely: readonly T[]) =>
  fc.constantFrom(value, value, value, value, value, value, ...rarely)

const edgeSpec = fc.record({
  source: fc.nat(11),
  outcome: often<string | undefined>(
    undefined,
    'completed',
    'completed',
    'approved',
    'rejected',
    'expired',
    'failed',
    'yes',
  ),
})

const stepSpec = fc.record({
  edges: fc.array(edgeSpec, { maxLength: 3 }),
  onError: often<number | undefined>(undefined, 0, 2),
  onTimeout: often<number | undefined>(undefined, 0, 1),
  condition: often<string | undefined>(undefined, '{{ true }}'),
  forEach: often<Step['for_each']>(
    undefined,
    { items: [1], concurrency: 1 },
    { items: [1], concurrency: 2 },
    { items: [1], concurrency: 3, on_item_error: 'continue' },
    { items: [2] },
    { items: [2], concurrency: 2 },
  ),
  retry: often<Step['retry']>(
    undefined,
    { attempts: 2 },
    { attempts: 3, backoff: 'fixed', initial: '3s', jitter: false },
  ),
  timeout: often<string | undefined>(undefined, '5s', '20s'),
  compensate: often<Step['compensate']>(undefined, { action: 'undo' }, { action: 'undo' }, { action: 'undo' }),
  action: often('log', 'email.send'),
})

type StepSpec = typeof stepSpec extends fc.Arbitrary<infer Spec> ? Spec : never

const runSpec = fc.record({
  specs: fc.array(stepSpec, { minLength: 1, maxLength: 12, size: 'max' }),
  /** The definition lists the steps from this one on: edges also lead upwards in it. */
  first: fc.nat(11),
  timeout: often<string | undefined>(undefined, '30s'),
  mend: fc.record({ at: fc.nat(11), spec: stepSpec, length: often(0, -1, 1) }),
  choices: fc.array(fc.nat(999), { maxLength: 200, size: 'max' }),
})

export const randomRun: fc.Arbitrary<RandomRun> = runSpec.map(({ specs, first, timeout, mend, choices }) => {
  const replaced = specs.with(mend.at % specs.length, mend.spec)
  const mended = mend.length > 0 ? [...replaced, mend.spec] : replaced.slice(0, Math.max(1, specs.length + mend.length))
  return {
    workflow: workflowFrom('first', specs, first, timeout),
    mended: workflowFrom('mended', mended, first, timeout),
    choices,
  }
})

function workflowFrom(name: string, specs: readonly StepSpec[], first: number, timeout: string | undefined): Workflow {
  const steps = specs.map((spec, index) => stepFrom(spec, index, specs.length))
  const start = first % steps.length
  return {
    name,
    steps: [...steps.slice(start), ...steps.slice(0, start)],
    ...(timeout !== undefined && { settings: { timeout } }),
  }
}

/** Edges lead from earlier steps to later ones only, so there is no cycle. */
function stepFrom(spec: StepSpec, index: number, count: number): Step {
  const { edges, onError, onTimeout, forEach, condition, retry, timeout, compensate, action } = spec
  const later = (offset: number | undefined) =>
    offset === undefined || index + 1 + offset >= count ? undefined : `s${index + 1 + offset}`
  const sources = index === 0 ? [] : edges
  return {
    ...{ id: `s${index}`, action, condition, retry, timeout, compensate, for_each: forEach },
    depends_on: sources.map(({ source, outcome }) => `s${source % index}${outcome === undefined ? '' : `.${outcome}`}`),
    on_error: later(onError),
    on_timeout: later(onTimeout),
  }
}
