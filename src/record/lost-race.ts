// Transactions that lost to another one: PostgreSQL ended them so that the other can go on, and nothing of them is left.

/** Deadlock detected, serialization failure (PostgreSQL, Appendix A). */
const lost: ReadonlySet<unknown> = new Set(['40P01', '40001'])
const mostTries = 4

/** Does it again from the beginning while it loses; after the fourth time it throws what the database said. */
export async function untilItWins<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const hasLost = error instanceof Error && 'code' in error && lost.has(error.code)
      if (!hasLost || tries === mostTries) throw error
    }
  }
}
