// Whether finished executions stand in the way: claims, lists and W1 beside none, 100,000 and a million of them.

import { listExecutions } from '../src/record/executions.ts'
import { asTenant } from '../src/record/database.ts'
import { claimExecutions } from '../src/record/claims.ts'
import { registerWorker, retireWorker } from '../src/record/workers.ts'
import type { Bench } from './bench.ts'
import { fillFinished, settle, tidyTables } from './filling.ts'
import { onStage, type Stage } from './stage.ts'
import { median, perSecond } from './statistics.ts'
import { medianPlayMs } from './throughput.ts'
import { linear } from './workloads.ts'

/** The journal of a million executions has eleven million rows; what does not fit into this is left out, and said. */
const journalSeconds = 150
const monthsBack = 6
const monthMs = 30.4 * 24 * 3_600_000
const repetitions = 20
const page = 50

function finished(name: string, full: number): Bench {
  const about = `claims, lists and W1 beside ${full.toLocaleString('en')} finished executions with their journals`
  return {
    name,
    about,
    measure: async ({ server, scaled }) =>
      onStage(server, { engine: false }, async (stage) => {
        const executions = full === 0 ? 0 : scaled(full)
        await stage.save(linear)
        const { tenantId, house } = stage
        const before = performance.now()
        const [from, until] = [new Date(Date.now() - monthsBack * monthMs), new Date()]
        const filling = { tenantId, workflow: linear.name, executions, from, until }
        const { journalRows } = await fillFinished(house.database.address, filling, journalSeconds)
        const filledS = (performance.now() - before) / 1000
        const many = scaled(500)
        await stage.startMany(linear, many * 10)
        await tidyTables(house.database.address)
        await settle(house.database.address)
        const claims = await measureClaims(stage, many)
        const lists = await measureLists(stage)
        await stage.startEngine()
        const times = scaled(2000)
        const ms = await medianPlayMs(stage, linear, times, 5)
        const steps = perSecond(times * linear.steps.length, ms)
        const size = { finished: executions, journal_rows: journalRows, filling_s: filledS }
        return [{ bench: name, values: { W1_steps_per_s: steps, ...claims, ...lists, ...size } }]
      }),
  }
}

/** Median milliseconds of claiming many and one, answer included, of ten times as many that are queued. */
async function measureClaims(stage: Stage, many: number): Promise<Record<string, number>> {
  const { engine } = stage.house.database
  const workerId = stage.house.newId()
  await registerWorker(engine, { id: workerId, name: 'bench' }, new Date())
  const claim = async (limit: number) => {
    const before = performance.now()
    const { executions: claimed } = await claimExecutions(engine, workerId, limit, new Date())
    const ms = performance.now() - before
    if (claimed.length !== limit) throw new Error(`A claim of ${limit} got ${claimed.length}.`)
    return ms
  }
  const [ofMany, ofOne]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < 9; turn++) ofMany.push(await claim(many))
  for (let turn = 0; turn < Math.min(repetitions, many); turn++) ofOne.push(await claim(1))
  // What was claimed is free again, and runs as soon as there is an engine.
  await retireWorker(engine, workerId, new Date())
  return { [`claim_${many}_ms`]: median(ofMany), claim_1_ms: median(ofOne) }
}

/** Median milliseconds of a first page: of all, of a status that one in a hundred has, and of one that nobody has. */
async function measureLists({ house, tenantId }: Stage): Promise<Record<string, number>> {
  const list = async (filter: { status?: 'failed' | 'cancelled' }) => {
    const all: number[] = []
    for (let turn = 0; turn < repetitions; turn++) {
      const before = performance.now()
      await asTenant(house.database, tenantId, (client) =>
        listExecutions(client, tenantId, { ...filter, limit: page, offset: 0 }),
      )
      all.push(performance.now() - before)
    }
    return median(all)
  }
  return {
    list_ms: await list({}),
    list_failed_ms: await list({ status: 'failed' }),
    list_nobody_ms: await list({ status: 'cancelled' }),
  }
}

export const finishedBenches: readonly Bench[] = [
  finished('finished-0', 0),
  finished('finished-100k', 100_000),
  finished('finished-1m', 1_000_000),
]
