// Parked executions: what those that wait for people cost a worker that runs beside them, and the database.

import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, Run } from './bench.ts'
import { backendPid, checkpoint, countWaiting, databaseBytes } from './filling.ts'
import { onStage, type Stage } from './stage.ts'
import { familyCpuMs } from './system-process.ts'
import { withWorkers, type WorkerProcess } from './workers.ts'
import { gated } from './workloads.ts'

const idleMs = 10_000
const settleMs = 3000
const lookMs = 50

function parked(name: string, full: number): Bench {
  const about = `${full.toLocaleString('en')} executions that wait for an approval: memory and idle CPU beside them`
  return {
    name,
    about,
    measure: async (run) =>
      onStage(run.server, { engine: false }, async (stage) => {
        const times = run.scaled(full)
        await stage.save(gated)
        const alone = await idle(run, stage)
        const bytesBefore = await settledBytes(stage)
        const afterwards = await withWorkers(run.server, stage, 1, ([worker]) => park(stage, worker, times))
        const perExecution = ((await settledBytes(stage)) - bytesBefore) / times
        const beside = await idle(run, stage)
        const values = {
          memory_mb: beside.rssMb,
          heap_mb: beside.heapMb,
          cpu_percent: beside.cpuPercent,
          postgres_cpu_percent: beside.postgresPercent,
          memory_without_mb: alone.rssMb,
          heap_without_mb: alone.heapMb,
          cpu_without_percent: alone.cpuPercent,
          heap_of_parking_worker_mb: afterwards.heapMb,
          database_bytes_per_execution: perExecution,
          executions: times,
        }
        return [{ bench: name, values }]
      }),
  }
}

/** Parks so many with a worker, and says what memory that worker has then. */
async function park(stage: Stage, worker: WorkerProcess | undefined, times: number) {
  if (worker === undefined) throw new Error('There is no worker to park with.')
  await stage.startMany(gated, times)
  while ((await countWaiting(stage.house.database.engine)) < times) await pause(lookMs)
  return worker.memory()
}

/** A worker that has just come and finds nothing to do: its memory and, over a while, its CPU and the server's. */
async function idle({ server, scaled }: Run, stage: Stage) {
  return withWorkers(server, stage, 1, async ([worker]) => {
    if (worker === undefined) throw new Error('There is no worker to look at.')
    const pid = await backendPid(stage.house.database.engine)
    const read = async () => ({ own: await worker.cpuMs(), server: (await familyCpuMs(pid)) ?? Number.NaN })
    await pause(scaled(settleMs))
    const memory = await worker.memory()
    const [before, from] = [await read(), performance.now()]
    await pause(scaled(idleMs))
    const [after, ms] = [await read(), performance.now() - from]
    const percent = (cpuMs: number) => (cpuMs / ms) * 100
    return {
      ...memory,
      cpuPercent: percent(after.own - before.own),
      postgresPercent: percent(after.server - before.server),
    }
  })
}

async function settledBytes({ house: { database } }: Stage): Promise<number> {
  await checkpoint(database.address)
  return databaseBytes(database.engine)
}

export const parkedBenches: readonly Bench[] = [parked('parked-10k', 10_000), parked('parked-100k', 100_000)]
