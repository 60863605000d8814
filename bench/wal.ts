// Write-ahead log a step: what the engine makes the disk take, the execution's own row included.

import type { Bench } from './bench.ts'
import { checkpoint, walPosition } from './filling.ts'
import { onStage, type Stage } from './stage.ts'
import { linear } from './workloads.ts'

/**
 * After a checkpoint the first change of a page writes the whole page. `steady` is what comes when that is over,
 * `after_checkpoint` the dearest moment, `plain` the first play on an empty database without either.
 */
export const wal: Bench = {
  name: 'wal',
  about: 'bytes of write-ahead log a step of W1: steady, right after a checkpoint, and on an empty database',
  measure: async ({ server, scaled }) =>
    onStage(server, { engine: true }, async (stage) => {
      const times = scaled(2000)
      await stage.save(linear)
      const plain = await bytesPerStep(stage, times)
      await checkpoint(stage.house.database.address)
      const afterCheckpoint = await bytesPerStep(stage, times)
      const steady = await bytesPerStep(stage, times * 3)
      const values = { steady_bytes_per_step: steady, after_checkpoint_bytes_per_step: afterCheckpoint }
      return [{ bench: 'wal', values: { ...values, plain_bytes_per_step: plain } }]
    }),
}

async function bytesPerStep(stage: Stage, times: number): Promise<number> {
  const { engine } = stage.house.database
  const before = await walPosition(engine)
  await stage.play(linear, times)
  return ((await walPosition(engine)) - before) / (times * linear.steps.length)
}
