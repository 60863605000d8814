// The workloads: the workflows that the benchmarks play.

import type { Workflow } from '../src/kernel/definition/workflow.ts'

type Step = Workflow['steps'][number]

const noop = (id: string, dependsOn: string[] = []): Step => ({ id, action: 'bench.noop', depends_on: dependsOn })

/** Steps one after the other: s0, s1, … */
function row(length: number, step: (id: string, dependsOn: string[]) => Step): Step[] {
  return Array.from({ length }, (_, index) => step(`s${index}`, index === 0 ? [] : [`s${index - 1}`]))
}

/** W1, W3: ten no-op steps in a row. */
export const linear: Workflow = { name: 'w1-linear', steps: row(10, noop) }

const middle = Array.from({ length: 50 }, (_, index) => `m${index}`)

/** W2: one step, fifty beside one another, one step. */
export const fan: Workflow = {
  name: 'w2-fan',
  steps: [noop('first'), ...middle.map((id) => noop(id, ['first'])), noop('last', middle)],
}

/** W4: conditions, templates, a transform, a decision, a retry, and outputs of about 1 kB. */
export const mixed: Workflow = {
  name: 'w4-mixed',
  inputs: { amount: { type: 'number' }, customer: { type: 'string' }, text: { type: 'string' } },
  steps: [
    {
      id: 'order',
      action: 'transform',
      config: {
        set: {
          total: '{{ inputs.amount * 1.19 }}',
          label: 'Order of {{ inputs.customer }}',
          text: '{{ inputs.text }}',
        },
      },
    },
    {
      id: 'large',
      action: 'decision',
      depends_on: ['order'],
      config: { when: '{{ steps.order.output.total > 1000 }}' },
    },
    {
      id: 'note',
      action: 'log',
      depends_on: ['large.true'],
      config: { message: '{{ steps.order.output.label }} is large' },
    },
    { id: 'small', action: 'bench.noop', depends_on: ['large.false'] },
    { id: 'skip', action: 'bench.noop', depends_on: ['order'], condition: '{{ inputs.amount < 0 }}' },
    {
      id: 'again',
      action: 'bench.flaky',
      depends_on: ['order'],
      retry: { attempts: 3, backoff: 'fixed', initial: '1ms', jitter: false },
    },
    {
      id: 'report',
      action: 'transform',
      depends_on: ['note', 'small', 'skip', 'again'],
      config: { set: { label: '{{ steps.order.output.label }}', text: '{{ steps.order.output.text }}' } },
    },
  ],
  output: { label: '{{ steps.report.output.label }}' },
}

export const mixedInputs = { amount: 1200, customer: 'Acme', text: 'x'.repeat(1000) }

/** One step, then a gate for people, then another step. */
export const gated: Workflow = {
  name: 'gated',
  steps: [
    noop('before'),
    {
      id: 'gate',
      action: 'approval.request',
      depends_on: ['before'],
      config: { approvers: { role: 'owner' }, summary: 'Go on' },
    },
    noop('after', ['gate.approved']),
  ],
}

/** Waits until a point in time. */
export const timed: Workflow = {
  name: 'timed',
  inputs: { at: { type: 'string' } },
  steps: [{ id: 'wait', action: 'delay', config: { until: '{{ inputs.at }}' } }],
}

/** Started by an event. */
export const listening: Workflow = {
  name: 'listening',
  trigger: { event: 'bench.order', where: '{{ trigger.amount > 0 }}' },
  steps: [noop('s0')],
}

/** Waits for the one event that carries its number. */
export const awaiting: Workflow = {
  name: 'awaiting',
  inputs: { number: { type: 'integer' } },
  steps: [
    { id: 'wait', action: 'wait_for_event', config: { event: 'bench.paid', match: { number: '{{ inputs.number }}' } } },
  ],
}

/** Steps of 200 ms, for half a minute. */
export const lasting: Workflow = {
  name: 'lasting',
  steps: row(150, (id, dependsOn) => ({ id, action: 'bench.slow', depends_on: dependsOn, config: { ms: 200 } })),
}

/** One step that does nothing. */
export const single: Workflow = { name: 'single', steps: [noop('s0')] }
