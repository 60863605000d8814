// Retention: what the deletion of an old month costs W1 while it runs.

import { setTimeout as pause } from 'node:timers/promises'
import { retain } from '../src/engine/keeper/retention.ts'
import type { Bench } from './bench.ts'
import { fillFinished, tidyTables } from './filling.ts'
import { onStage, type Stage } from './stage.ts'
import { median, perSecond } from './statistics.ts'
import { medianPlayMs } from './throughput.ts'
import { linear } from './workloads.ts'

const journalSeconds = 150
const rounds = 5

export const retention: Bench = {
  name: 'retention',
  about: 'a month of 100,000 finished executions and their journals is deleted while W1 runs',
  measure: async ({ server, scaled }) =>
    onStage(server, { engine: true }, async (stage) => {
      const times = scaled(2000)
      const executions = scaled(100_000)
      const { tenantId, house } = stage
      const before = await medianPlayMs(stage, linear, times, rounds)
      const month = monthsAgo(3)
      const filling = { tenantId, workflow: linear.name, executions, from: month, until: monthsAgo(2) }
      const { journalRows } = await fillFinished(house.database.address, filling, journalSeconds)
      await tidyTables(house.database.address)
      const started = performance.now()
      const parts = { now: house.now, pause, isStopped: () => false }
      const deletion = retain(house.database.engine, { now: monthsAgo(2), retentionMs: 0 }, parts)
      let seconds = Number.NaN
      const timed = deletion.finally(() => {
        seconds = (performance.now() - started) / 1000
      })
      const during = await playWhile(stage, times, timed)
      const steps = (ms: number) => perSecond(times * linear.steps.length, ms)
      const rates = { W1_during_steps_per_s: steps(median(during)), W1_slowest_steps_per_s: steps(Math.max(...during)) }
      const { executions: deleted, journalMonths } = await deletion
      const counts = { deleted, journal_months: journalMonths, journal_rows: journalRows }
      return [{ bench: 'retention', values: { ...rates, W1_before_steps_per_s: steps(before), seconds, ...counts } }]
    }),
}

/** Plays W1 again and again, until what runs beside it has ended; returns the milliseconds of each round. */
async function playWhile(stage: Stage, times: number, beside: Promise<unknown>): Promise<number[]> {
  const over = new AbortController()
  const done = beside.finally(() => over.abort())
  const all: number[] = []
  do all.push(await stage.play(linear, times))
  while (!over.signal.aborted)
  await done
  return all
}

/** The first moment of a month. */
function monthsAgo(months: number): Date {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months))
}
