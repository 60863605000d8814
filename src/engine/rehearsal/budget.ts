// How much a rehearsal may take on: whoever asks for one waits for it, and hostile definitions must not hold the process.

import { setImmediate as nextTurn } from 'node:timers/promises'

/** Runs after which other requests get their turn. */
const runsInARow = 100

/** Thrown where the budget is used up. */
export class BudgetSpent extends Error {}

/** One for all rehearsals of a request, children included. */
export class Budget {
  private runs = 0
  private slow = 0
  private readonly mostRuns: number
  private readonly mostSlow: number

  constructor(mostRuns = 20_000, mostSlow = 3) {
    this.mostRuns = mostRuns
    this.mostSlow = mostSlow
  }

  /** Whether anything is left. */
  get isSpent(): boolean {
    return this.runs > this.mostRuns || this.slow > this.mostSlow
  }

  async countRun(): Promise<void> {
    this.runs++
    if (this.isSpent) throw new BudgetSpent()
    if (this.runs % runsInARow === 0) await nextTurn()
  }

  /** An expression was cut off: each has cost its full time. */
  countSlow(): void {
    this.slow++
    if (this.isSpent) throw new BudgetSpent()
  }
}
