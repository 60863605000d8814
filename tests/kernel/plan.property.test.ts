import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomRun } from './random-workflow.ts'
import { SimulatedWorker } from './simulated-worker.ts'

const numRuns = 20_000

test('any workflow, with any order of results, any moves and any crashes, keeps every promise of the plan', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(randomRun, (run) => {
      const worker = new SimulatedWorker(run)
      worker.finish()
      for (const { type } of worker.journal) seen.set(type, (seen.get(type) ?? 0) + 1)
      const ended = `ended ${worker.state.ended}`
      seen.set(ended, (seen.get(ended) ?? 0) + 1)
    }),
    { numRuns },
  )
  console.log(seen)
  expect(seen.size).toBeGreaterThan(0)
})
