// Crashes the engine in every way that it promises to survive, round after round: see docs/engine.md.

import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { faults, planOf } from './plan.ts'
import { type Outcome, playRound } from './round.ts'
import { leaseMs, openStage } from './stage.ts'
import { Tally } from './tally.ts'
import { Judge } from './verdict.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    'without-fence': { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})
const options = z
  .object({
    rounds: z.coerce.number().int().min(1),
    first: z.coerce.number().int().min(1),
    seed: z.coerce.number().int().min(0),
    quick: z.boolean(),
    only: z.enum(faults).optional(),
    'without-fence': z.string().optional(),
    verbose: z.boolean(),
  })
  .parse(values)

const quickMs = 28_000
const longPauseMs = 30_000

/** A round that could not be played to its end is a violation as well. */
function broken(error: unknown): Outcome {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { problems: [`the round broke off: ${text}`], fired: [], executions: 0, steps: 0 }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const { seed, quick, only, verbose, 'without-fence': openFence } = options
say(`seed ${seed}`)
const begun = performance.now()
const tally = new Tally()
const stage = await openStage({ openFence, longPauseMs: quick ? 3000 : longPauseMs })
const judge = new Judge(stage)
// Neither a server nor workers that stand still outlive the run.
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => void stage.close().finally(() => process.exit(1)))
try {
  for (let round = options.first; round < options.first + options.rounds; round++) {
    if (quick && performance.now() - begun > quickMs) break
    const roundBegun = performance.now()
    const plan = planOf(seed, round, quick ? faults[round % faults.length] : only)
    const outcome = await playRound(stage, judge, plan).catch(broken)
    tally.add(plan, outcome, say)
    const seconds = ((performance.now() - roundBegun) / 1000).toFixed(1)
    if (verbose)
      say(
        `round ${round}: ${seconds} s, ${plan.workers} workers, ${outcome.fired.join()}, ${JSON.stringify(plan.starts)}`,
      )
    if (round % 50 === 0) say(`${((performance.now() - begun) / 1000).toFixed(0)} s: ${tally.summary()}`)
    if (openFence === undefined || tally.violations === 0) continue
    say(`The missing fence of ${openFence} was found after ${tally.rounds} rounds.`)
    break
  }
  if (openFence === undefined) {
    await stage.crew.letReturn(true)
    // Those that have just come back may still try to write what they were about to write.
    await pause(2 * leaseMs)
    tally.blame('at the end', await judge.last(), say)
  }
} finally {
  await stage.close()
}
for (const line of tally.table()) say(line)
say(tally.summary())
// At once: nothing that a killed process or server has left open may hold up the end.
process.exit(tally.violations > 0 ? 1 : 0)
