// Many rounds over a few tenants, and what they came to.

import type { Database } from '../../src/record/database.ts'
import { verifyAudit } from '../../src/governance/audit.ts'
import { Dice } from '../fuzz/dice.ts'
import { playRound } from './round.ts'
import { openStage } from './stage.ts'
import { type Kind, kinds } from './subjects.ts'
import { createRaceTenant, type RaceTenant } from './tenant.ts'

interface Tally {
  rounds: number
  moves: number
  /** Of them: those that were refused. */
  refused: number
  effects: number
  settled: number
  /** Rounds in which every move was refused. */
  idle: number
  readonly violations: string[]
}

interface Campaign {
  readonly rounds: number
  readonly seed: number
  readonly say?: (line: string) => void
  readonly only?: readonly Kind[] | undefined
  /** After so many violations nothing more is learned. */
  readonly mostViolations?: number
}

/** So that what a tenant has gathered does not slow the rounds down. */
const roundsOfTenants = 60

export async function runCampaign(
  database: Database,
  key: Buffer,
  { rounds, seed, say = () => {}, only = kinds, mostViolations = 100 }: Campaign,
): Promise<Tally> {
  const stage = await openStage(database, key)
  const dice = new Dice(seed)
  const tally: Tally = { rounds: 0, moves: 0, refused: 0, effects: 0, settled: 0, idle: 0, violations: [] }
  let tenants: { readonly governed: RaceTenant; readonly holding: RaceTenant } | undefined
  const note = (problem: string): void => {
    tally.violations.push(problem)
    say(problem)
  }
  try {
    for (let round = 1; round <= rounds; round++) {
      if (tenants === undefined || round % roundsOfTenants === 0) {
        if (tenants !== undefined) for (const problem of await chainProblems(database, tenants)) note(problem)
        const governed = await createRaceTenant(database, dice, false)
        tenants = { governed, holding: await createRaceTenant(database, dice, true) }
      }
      const kind = dice.pick(only)
      const tenant = kind === 'run' ? tenants.holding : tenants.governed
      const outcome = await playRound({ stage, dice, tenant, kind, mark: `race-${round}` })
      tally.rounds += 1
      tally.moves += outcome.moves
      tally.refused += outcome.refused
      tally.effects += outcome.effects
      tally.settled += outcome.settled
      if (outcome.refused === outcome.moves) tally.idle += 1
      for (const problem of outcome.problems) note(`round ${round} (${kind}): ${problem}`)
      if (tally.violations.length >= mostViolations) break
      if (round % 500 === 0) say(`${round} rounds`)
    }
    if (tenants !== undefined) for (const problem of await chainProblems(database, tenants)) note(problem)
  } finally {
    await stage.close()
  }
  return tally
}

export function sayTally({ rounds, moves, refused, effects, settled, idle, violations }: Tally): string {
  const aside = `moves refused ${refused}, rounds in which nothing raced ${idle}`
  return `${aside}\nrounds ${rounds}, moves ${moves}, effects ${effects}, settled ${settled}, violations ${violations.length}`
}

async function chainProblems(database: Database, tenants: Readonly<Record<string, RaceTenant>>): Promise<string[]> {
  const problems: string[] = []
  for (const { id } of Object.values(tenants)) {
    const { faults } = await verifyAudit(database.engine, id)
    problems.push(...faults.map((fault) => `the audit of ${id}: ${JSON.stringify(fault)}`))
  }
  return problems
}
