// W1 with worker processes: what a second and a fourth bring on one database.

import type { Bench } from './bench.ts'
import { onStage, type Stage } from './stage.ts'
import { median, perSecond } from './statistics.ts'
import { withWorkers, type WorkerProcess } from './workers.ts'
import { linear } from './workloads.ts'

const rounds = 5

export const processes: Bench = {
  name: 'processes',
  about: 'W1 with one, two and four worker processes; this process only starts executions and waits',
  measure: async ({ server, scaled }) => {
    const times = scaled(5000)
    const figures = []
    for (const count of [1, 2, 4]) {
      const all = await onStage(server, { engine: false }, async (stage) => {
        await stage.save(linear)
        return withWorkers(server, stage, count, (workers) => playRounds(stage, workers, times))
      })
      const perS = perSecond(times * linear.steps.length, median(all))
      figures.push({ bench: `processes-${count}`, values: { steps_per_s: perS, workers: count } })
    }
    return figures
  },
}

/** Milliseconds of each round after one that is not counted. */
async function playRounds(stage: Stage, workers: readonly WorkerProcess[], times: number): Promise<number[]> {
  const all: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const ended = allEnded(workers, endedBy(workers) + times)
    const before = performance.now()
    await stage.startMany(linear, times)
    await ended
    all.push(performance.now() - before)
  }
  return all.slice(1)
}

const endedBy = (workers: readonly WorkerProcess[]): number =>
  workers.reduce((sum, { endedCount }) => sum + endedCount, 0)

/** Resolves when the workers together have ended so many. */
function allEnded(workers: readonly WorkerProcess[], count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (endedBy(workers) >= count) resolve()
    }
    for (const worker of workers) worker.onEnded(look)
  })
}
