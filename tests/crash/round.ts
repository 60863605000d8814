// One round: a tenant, some executions, one fault; then everybody works again until all has ended, and it is judged.

import { isMarkedDead } from './crash-sql.ts'
import { persist, within } from './patience.ts'
import type { Plan } from './plan.ts'
import { Scene } from './scene.ts'
import type { Stage } from './stage.ts'
import { Strike } from './strike.ts'
import type { Judge, Verdict } from './verdict.ts'

/** How long everything may take to end once nothing is in its way. */
const drainMs = 30_000

const brokenMs = 1000

export interface Outcome extends Verdict {
  readonly fired: readonly string[]
}

export async function playRound(stage: Stage, judge: Judge, plan: Plan): Promise<Outcome> {
  const { crew } = stage
  await crew.letReturn()
  const active = await crew.muster(plan.workers)
  const scene = new Scene(stage)
  const strike = new Strike(stage, scene, plan, active)
  await strike.prepare()
  await scene.open(plan)
  await Promise.all([Promise.all(plan.starts.map((start) => scene.start(start))), strike.carryOut()])
  await crew.muster(1)
  await crew.all({ arms: [], barred: 'nothing', isSerializable: false, aheadMs: crew.aheadMs })
  // What a dead worker has claimed never ends.
  const stale = await judge.stale()
  const hasEnded = await scene.end(plan, stale.length > 0 ? brokenMs : drainMs)
  const problems = hasEnded ? stale : [...stale, 'Not all executions ended.']
  problems.push(...(await unmarked(stage, strike.orphans)))
  const verdict = await judge.judge(scene)
  return { ...verdict, problems: [...strike.problems, ...problems, ...verdict.problems], fired: strike.fired }
}

/** Leases of the dead that nobody takes over. */
async function unmarked({ owner }: Stage, workerIds: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const id of workerIds) {
    const isDead = await within(10_000, async () => ((await persist(() => isMarkedDead(owner, id))) ? true : undefined))
    if (isDead === undefined) found.push(`Worker ${id} died and was never marked dead.`)
  }
  return found
}
