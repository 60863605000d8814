// Approvals that wait: how quickly they are listed over HTTP, and what they cost a server that has nothing else to do.

import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, Run } from './bench.ts'
import { backendPid, countWaiting, settle } from './filling.ts'
import { bareRoute, type Served, serving } from './http.ts'
import type { Stage } from './stage.ts'
import { onStage } from './stage.ts'
import { familyCpuMs, ownCpuMs, residentMb } from './system-process.ts'
import { withWorkers } from './workers.ts'
import { gated } from './workloads.ts'

const pending = 10_000
const idleMs = 20_000
const settleMs = 3000
const lookMs = 50
const mostTellingMs = 300_000

const list = '/api/v1/approvals?limit=50'

export const approvals: Bench = {
  name: 'approvals',
  about:
    '10,000 pending approvals: their list over HTTP beside a bare route, and idle CPU and memory of serve beside none',
  measure: async (run) =>
    onStage(run.server, { engine: false }, async (stage) => {
      const times = run.scaled(pending)
      await stage.save(gated)
      const none = await serving(run, stage, (served) => idle(run, stage, served))
      await park(run, stage, times)
      const telling = await serving(run, stage, () => told(stage))
      // What was told is garbage in their table, and what was garbage is not looked at for ever.
      await settle(stage.house.database.address)
      return serving(run, stage, async (served) => {
        const waiting = await idle(run, stage, served)
        const { inAll, ask } = served
        const read = (what: string, path: string) => ask(`approvals ${what}`, { method: 'GET', paths: [path] })
        await read('warm', list)
        return [
          await bareRoute('approvals bare route', inAll),
          await read('list', list),
          await read('list mine', `${list}&mine=true`),
          {
            bench: 'approvals idle',
            values: { ...named(waiting, 'waiting'), ...named(none, 'none'), approvals: times },
          },
          { bench: 'approvals told', values: { told_per_s: (times * 1000) / telling, told_after_ms: telling } },
        ]
      })
    }),
}

async function park({ server }: Run, stage: Stage, times: number): Promise<void> {
  await withWorkers(server, stage, 1, async () => {
    await stage.startMany(gated, times)
    while ((await countWaiting(stage.house.database.engine)) < times) await pause(lookMs)
  })
}

/** Milliseconds until everybody was told of every approval. */
async function told({ house: { database } }: Stage): Promise<number> {
  const before = performance.now()
  const isTold = async (): Promise<boolean> => {
    const { rows } = await database.engine.query('select from approvals where told_at is null limit 1')
    return rows.length === 0
  }
  while (!(await isTold())) {
    if (performance.now() - before > mostTellingMs) throw new Error('Those who are asked are not told.')
    await pause(lookMs)
  }
  return performance.now() - before
}

interface Idle {
  readonly cpu_percent: number
  readonly postgres_cpu_percent: number
  readonly memory_mb: number
}

async function idle({ scaled }: Run, { house: { database } }: Stage, { pid }: Served): Promise<Idle> {
  const backend = await backendPid(database.engine)
  const read = async () => ({ own: await ownCpuMs(pid), server: (await familyCpuMs(backend)) ?? Number.NaN })
  await pause(scaled(settleMs))
  const [before, from] = [await read(), performance.now()]
  await pause(scaled(idleMs))
  const [after, ms] = [await read(), performance.now() - from]
  return {
    cpu_percent: ((after.own - before.own) / ms) * 100,
    postgres_cpu_percent: ((after.server - before.server) / ms) * 100,
    memory_mb: (await residentMb(pid)) ?? Number.NaN,
  }
}

const named = (values: Idle, suffix: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name.replace(/_(percent|mb)$/, `_${suffix}_$1`), value]),
  )
