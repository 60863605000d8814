// The workloads: what each plays, and how its figures are made.

import type { Workflow } from '../src/kernel/definition/workflow.ts'
import type { Figure } from './figures.ts'
import type { Stage } from './stage.ts'

type Step = Workflow['steps'][number]

const noop = (id: string, dependsOn: string[] = []): Step => ({ id, action: 'bench.noop', depends_on: dependsOn })

/** Ten no-op steps in a row. */
export const linear: Workflow = {
  name: 'w1-linear',
  steps: Array.from({ length: 10 }, (_, index) => noop(`s${index}`, index === 0 ? [] : [`s${index - 1}`])),
}

const middle = Array.from({ length: 50 }, (_, index) => `m${index}`)

/** One step, fifty beside one another, one step. */
export const fan: Workflow = {
  name: 'w2-fan',
  steps: [noop('first'), ...middle.map((id) => noop(id, ['first'])), noop('last', middle)],
}

/** Conditions, templates, a transform, a decision, and outputs of about 1 kB. */
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
    { id: 'skip', action: 'bench.noop', depends_on: ['order'], condition: '{{ inputs.amount < 0 }}' },
    {
      id: 'report',
      action: 'transform',
      depends_on: ['note', 'skip', 'large.false'],
      config: { set: { label: '{{ steps.order.output.label }}', text: '{{ steps.order.output.text }}' } },
    },
  ],
  output: { label: '{{ steps.report.output.label }}' },
}

const perSecond = (count: number, ms: number): number => (count / ms) * 1000

/** Plays it `rounds` times and takes the median, because one round on a shared machine says little. */
async function medianMs(stage: Stage, workflow: Workflow, times: number, rounds: number, inputs = {}): Promise<number> {
  const all: number[] = []
  for (let round = 0; round < rounds; round++) all.push(await stage.play(workflow, times, inputs))
  return percentile(all, 0.5)
}

export async function measureLinear(stage: Stage, rounds: number): Promise<Figure[]> {
  const times = 2000
  await stage.save(linear)
  await stage.play(linear, times)
  const ms = await medianMs(stage, linear, times, rounds)
  return [
    { name: 'W1 ten steps in a row', value: perSecond(times * 10, ms), unit: 'steps/s' },
    { name: 'W1 workflows', value: perSecond(times, ms), unit: 'workflows/s' },
  ]
}

export async function measureFan(stage: Stage, rounds: number): Promise<Figure[]> {
  const times = 200
  await stage.save(fan)
  await stage.play(fan, times)
  const ms = await medianMs(stage, fan, times, rounds)
  return [
    { name: 'W2 one, fifty, one', value: perSecond(times * fan.steps.length, ms), unit: 'steps/s' },
    { name: 'W2 workflows', value: perSecond(times, ms), unit: 'workflows/s' },
  ]
}

export async function measureLatency(stage: Stage, times: number): Promise<Figure[]> {
  await stage.save(linear)
  const all: number[] = []
  for (let turn = 0; turn < times; turn++) all.push(await stage.play(linear, 1))
  return [
    { name: 'W3 one at a time, p50', value: percentile(all, 0.5), unit: 'ms' },
    { name: 'W3 one at a time, p99', value: percentile(all, 0.99), unit: 'ms' },
  ]
}

export async function measureMixed(stage: Stage, rounds: number): Promise<Figure[]> {
  const times = 2000
  await stage.save(mixed)
  const inputs = { amount: 1200, customer: 'Acme', text: 'x'.repeat(1000) }
  const ms = await medianMs(stage, mixed, times, rounds, inputs)
  return [{ name: 'W4 a realistic mix', value: perSecond(times * mixed.steps.length, ms), unit: 'steps/s' }]
}

/** Write-ahead log a no-op step, everything else of its execution included. */
export async function measureWal(stage: Stage): Promise<Figure[]> {
  const times = 2000
  const { engine } = stage.house.database
  const position = async (since: string) => {
    const { rows } = await engine.query<{ bytes: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), $1::pg_lsn) as bytes`,
      [since],
    )
    return Number(rows[0]?.bytes)
  }
  const before = await position('0/0')
  await stage.play(linear, times)
  return [{ name: 'Write-ahead log', value: ((await position('0/0')) - before) / (times * 10), unit: 'bytes/step' }]
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
