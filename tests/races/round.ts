// One round: something waits for people, several things happen at once, and what has become of it is looked at.

import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import { withdrawApproval } from '../../src/governance/approval-moves.ts'
import type { Dice } from '../fuzz/dice.ts'
import { movesOfKind, type Played } from './effects.ts'
import { type Move, movesOf } from './moves.ts'
import { inRequest, type Stage } from './stage.ts'
import { type Kind, openScene, type Scene } from './subjects.ts'
import { type RaceTenant, replenish } from './tenant.ts'
import { beginningOf, judge } from './verdict.ts'

interface Outcome {
  readonly kind: Kind
  readonly moves: number
  readonly refused: number
  readonly effects: number
  readonly settled: number
  readonly problems: readonly string[]
}

interface RoundSetting {
  readonly stage: Stage
  readonly dice: Dice
  readonly tenant: RaceTenant
  readonly kind: Kind
  readonly mark: string
}

export async function playRound(setting: RoundSetting): Promise<Outcome> {
  const { stage, dice, tenant, kind } = setting
  await replenish(stage.sql, tenant)
  stage.witness.forget()
  const beginning = await beginningOf(setting)
  const scene = await openScene(setting)
  const played: Played = { executions: [], gates: [] }
  const moves = await movesOf(scene, movesOfKind(scene, played))
  const trouble: string[] = []
  const answers = await Promise.all(moves.map((move) => attempt(move, dice.below(6), trouble)))
  await rest(scene)
  const verdict = await judge(scene, played, beginning)
  const after = (await tidy(scene)) ? await judge(scene, played, beginning) : verdict
  const said = [
    ...trouble,
    ...stage.troubles.splice(0),
    ...verdict.problems,
    ...after.problems.filter((one) => !verdict.problems.includes(one)),
  ]
  const story = moves.map(({ name }, at) => `${name}: ${answers[at]}`).join('; ')
  return {
    kind,
    moves: moves.length,
    refused: answers.filter((answer) => answer !== 'done').length,
    effects: after.effects,
    settled: verdict.settled,
    problems: said.map((problem) => `${problem} [${story}]`),
  }
}

const text = z.string().optional()
const facts = z.object({ message: text, code: text, detail: text, where: text }).catch({})

/** Some at once, some after a turn of the loop, some after a few promises. */
async function attempt(move: Move, jitter: number, trouble: string[]): Promise<string> {
  if (jitter === 1) await turn()
  for (let wait = 2; wait < jitter * 2; wait++) await Promise.resolve()
  if (jitter === 5) for (let wait = 0; wait < 3; wait++) await turn()
  try {
    return await move.play()
  } catch (error) {
    // What PostgreSQL adds tells who waited for whom.
    const { message, code, detail, where } = facts.parse(error)
    trouble.push([`${move.name} would be a 500:`, code, message, detail, where].filter(Boolean).join(' '))
    return 'failed'
  }
}

/** Until no execution has anything to do but to wait for people. */
async function rest({ stage, tenant }: Scene): Promise<void> {
  for (const deadline = performance.now() + 20_000; ; await stage.heard()) {
    const { rows } = await stage.sql.query<{ id: string; status: string }>(
      `select e.id, e.status from execution_states e where e.tenant_id = $1 and e.status not in ('completed', 'failed', 'cancelled')
        and (e.worker_id is not null or e.status not in ('waiting', 'paused') or e.runnable_at <= $2 or not exists (
          select from approvals a where a.tenant_id = $1 and a.execution_id = e.id and a.status = 'pending'))`,
      [tenant.id, new Date(stage.now())],
    )
    if (rows.length === 0) return
    if (performance.now() > deadline) throw new Error(`Executions go on for ever: ${JSON.stringify(rows)}`)
  }
}

/** What still waits is withdrawn, what runs comes to its end, and nothing of this round meets the next one. True when something did. */
async function tidy(scene: Scene): Promise<boolean> {
  const { stage, tenant, mark } = scene
  const { sql } = stage
  const { rows } = await sql.query<{ id: string }>(
    `select id from approvals where tenant_id = $1 and status = 'pending'`,
    [tenant.id],
  )
  // By a clock at which none of them has expired.
  const at = stage.now() - 7_200_000
  const parts = { ...stage.parts, now: () => at }
  for (const { id: approvalId } of rows) {
    await inRequest(stage.database, tenant.id, (client) =>
      withdrawApproval(parts, client, tenant.people.olga, { approvalId, reason: 'The round is over.' }),
    )
  }
  if (rows.length > 0) await rest(scene)
  await sql.query(
    `with off as (update workflows set status = 'inactive' where tenant_id = $1 and name = $2)
      update approvals set status = 'cancelled', decided_at = now() where tenant_id = $1 and status = 'pending'`,
    [tenant.id, mark],
  )
  return rows.length > 0
}
