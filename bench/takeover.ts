// Takeover: how long after a SIGKILL, at the default settings, until another worker owns all that the dead one owned.

import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { countNotTaken, ownedBy } from './filling.ts'
import { onStage, type Stage } from './stage.ts'
import { median, percentile } from './statistics.ts'
import { withWorkers, type WorkerProcess } from './workers.ts'
import { lasting } from './workloads.ts'

const repetitions = 4
/** Started in small groups, so that both workers get some. */
const groups = 40
const lookMs = 20
const longestMs = 60_000

export const takeover: Bench = {
  name: 'takeover',
  about: 'two worker processes at the default settings, one is killed: until the other owns all of its executions',
  measure: async ({ server, scaled }) => {
    const all: { seconds: number; executions: number }[] = []
    for (let turn = 0; turn < scaled(repetitions); turn++) {
      all.push(
        await onStage(server, { engine: false }, async (stage) => {
          await stage.save(lasting)
          return withWorkers(server, stage, 2, (workers) => killOne(stage, workers, scaled(10)))
        }),
      )
    }
    const seconds = all.map((one) => one.seconds)
    const values = { longest_s: percentile(seconds, 1), median_s: median(seconds), repetitions: seconds.length }
    return [{ bench: 'takeover', values: { ...values, executions: median(all.map(({ executions }) => executions)) } }]
  },
}

async function killOne(
  stage: Stage,
  workers: readonly WorkerProcess[],
  groupSize: number,
): Promise<{ seconds: number; executions: number }> {
  const db = stage.house.database.engine
  for (let group = 0; group < groups; group++) {
    await stage.startMany(lasting, groupSize)
    await pause(lookMs)
  }
  await pause(1000)
  const owned = await Promise.all(workers.map(async (worker) => ({ worker, ids: await ownedBy(db, worker.workerId) })))
  const victim = owned.toSorted((a, b) => b.ids.length - a.ids.length)[0]
  if (victim === undefined || victim.ids.length === 0) throw new Error('No worker owns anything to be taken over.')
  await victim.worker.kill()
  const before = performance.now()
  while ((await countNotTaken(db, victim.ids, victim.worker.workerId)) > 0) {
    if (performance.now() - before > longestMs) throw new Error(`Nobody took over within ${longestMs / 1000} s.`)
    await pause(lookMs)
  }
  return { seconds: (performance.now() - before) / 1000, executions: victim.ids.length }
}
