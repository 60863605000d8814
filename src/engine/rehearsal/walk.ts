// Walks every way that a workflow may go: a rehearsal for each, as far as the budget lasts.

import { Budget } from './budget.ts'
import type { Choice, Rehearsal, RehearsalParts, RehearsalRequest } from './rehearsal.ts'
import { makeReady, rehearse } from './rehearse.ts'

export interface Walk {
  /** The first goes as usual: what people are asked is approved, what reaches outside succeeds. */
  readonly ways: readonly [Rehearsal, ...Rehearsal[]]
  /** False where there are more ways than were walked. */
  readonly isComplete: boolean
}

const mostWays = 60

/** The usual way first, then those that leave it at one choice, then at two. */
export async function walk(
  parts: RehearsalParts,
  given: Omit<RehearsalRequest, 'choose'>,
  most = mostWays,
): Promise<Walk> {
  const budget = given.budget ?? new Budget()
  const version = makeReady(parts, given.workflow)
  const go = (prefix: readonly string[]): Promise<Rehearsal> => {
    let taken = 0
    const choose = ({ options: [usual = ''] }: Choice): string => prefix[taken++] ?? usual
    return rehearse(parts, { ...given, budget, version, choose })
  }
  const usual = await go([])
  const ways: [Rehearsal, ...Rehearsal[]] = [usual]
  const ahead = turnsOff(usual, 0)
  for (let prefix = ahead.shift(); prefix !== undefined; prefix = ahead.shift()) {
    if (ways.length >= most || budget.isSpent) return { ways, isComplete: false }
    const way = await go(prefix)
    ways.push(way)
    ahead.push(...turnsOff(way, prefix.length))
  }
  return { ways, isComplete: ways.every(({ status }) => status !== 'cut_off') }
}

/** The choices that lead to each way not taken, from a choice on. */
function turnsOff({ chosen }: Rehearsal, from: number): string[][] {
  const options = chosen.map(({ option }) => option)
  return chosen
    .slice(from)
    .flatMap((choice, index) =>
      choice.options
        .filter((option) => option !== choice.option)
        .map((option) => [...options.slice(0, from + index), option]),
    )
}
