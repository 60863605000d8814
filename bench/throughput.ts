// W1 to W4: throughput of many executions at once, and the latency of one alone.

import type { Workflow } from '../src/kernel/definition/workflow.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import type { Bench, Run } from './bench.ts'
import { onStage, type Stage } from './stage.ts'
import { latencies, median, perSecond } from './statistics.ts'
import { fan, linear, mixed, mixedInputs } from './workloads.ts'

/** Rounds after one that is not counted; the median of them counts, because one on a shared machine says little. */
const roundsOf = ({ isQuick }: Run): number => (isQuick ? 3 : 7)

/** Median milliseconds of playing a workflow so many times at once. */
export async function medianPlayMs(
  stage: Stage,
  workflow: Workflow,
  times: number,
  rounds: number,
  inputs: JsonObject = {},
): Promise<number> {
  await stage.save(workflow)
  await stage.play(workflow, times, inputs)
  const all: number[] = []
  for (let round = 0; round < rounds; round++) all.push(await stage.play(workflow, times, inputs))
  return median(all)
}

/** A bench of throughput: steps count whether they run or are skipped. */
function throughput(name: string, about: string, workflow: Workflow, full: number, inputs: JsonObject = {}): Bench {
  const measure = async (run: Run) => {
    const [times, rounds] = [run.scaled(full), roundsOf(run)]
    const steps = times * workflow.steps.length
    const played = await onStage(run.server, { engine: true }, async (stage) => {
      const before = process.cpuUsage()
      const ms = await medianPlayMs(stage, workflow, times, rounds, inputs)
      const { user, system } = process.cpuUsage(before)
      return { ms, cpuMicros: user + system }
    })
    const speeds = { steps_per_s: perSecond(steps, played.ms), workflows_per_s: perSecond(times, played.ms) }
    // Of this process, which starts and works; the first play, which is not counted otherwise, is in it.
    return [{ bench: name, values: { ...speeds, own_cpu_us_per_step: played.cpuMicros / (steps * (rounds + 1)) } }]
  }
  return { name, about, measure }
}

const alone: Bench = {
  name: 'W3',
  about: 'ten no-op steps in a row, one execution at a time: from start until its end is durable',
  measure: async ({ server, isQuick, scaled, referenceCommitMs }) =>
    onStage(server, { engine: true }, async (stage) => {
      await stage.save(linear)
      for (let turn = 0; turn < scaled(50); turn++) await stage.play(linear, 1)
      const all: number[] = []
      for (let turn = 0; turn < scaled(isQuick ? 200 : 1000); turn++) all.push(await stage.play(linear, 1))
      const perStep = median(all) / linear.steps.length
      const values = { ...latencies(all), p50_ms_per_step: perStep, reference_commit_ms: referenceCommitMs }
      return [{ bench: 'W3', values: { ...values, commits_per_step: perStep / referenceCommitMs } }]
    }),
}

export const throughputBenches: readonly Bench[] = [
  throughput('W1', '2,000 executions of ten no-op steps in a row', linear, 2000),
  throughput('W2', '200 executions of one step, fifty beside one another, one step', fan, 200),
  alone,
  throughput('W4', '2,000 executions of a realistic mix, with a retry and 1 kB outputs', mixed, 2000, mixedInputs),
]
