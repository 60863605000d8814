import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomRun } from './random-workflow.ts'
import { SimulatedWorker } from './simulated-worker.ts'

const numRuns = 20_000

/** What must have happened now and then, or the runs prove nothing. */
const everything = [
  ...[
    'step.started',
    'step.fanned_out',
    'step.waiting',
    'step.retrying',
    'step.completed',
    'step.failed',
    'step.skipped',
  ],
  ...['compensation.retrying', 'compensation.completed', 'compensation.failed'],
  ...['execution.paused', 'execution.resumed', 'execution.cancelling', 'execution.failing', 'execution.retried'],
  'execution.migrated',
  ...['completed', 'failed', 'cancelled', 'crash', 'mended version'],
]

test('any workflow, with any order of results, any moves and any crashes, keeps every promise of the plan', () => {
  const happened = new Set<string>()
  const property = fc.property(randomRun, (run) => {
    const worker = new SimulatedWorker(run)
    worker.finish()
    for (const event of worker.journal) {
      happened.add(event.type === 'execution.ended' ? event.status : event.type)
      if (event.type === 'execution.retried' && event.versionId !== undefined) happened.add('mended version')
    }
    if (worker.crashes > 0) happened.add('crash')
  })
  fc.assert(property, { numRuns })
  expect(everything.filter((each) => !happened.has(each))).toEqual([])
})
