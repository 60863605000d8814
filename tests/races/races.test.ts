// What decisions promise when everything happens at once: one end, nobody's own vote, no effect without a decision for exactly it.

import { expect, test } from 'vitest'
import { databaseKey, openOwnDatabase } from '../setup/database.ts'
import { runCampaign } from './campaign.ts'

test('thirty races settle each approval once, and nothing leaves that nobody has countersigned', async () => {
  const database = await openOwnDatabase(12)
  try {
    const tally = await runCampaign(database, databaseKey(), { rounds: 30, seed: 11 })
    expect(tally.violations).toEqual([])
    expect(tally.rounds).toBe(30)
    expect(tally.settled).toBeGreaterThan(8)
    expect(tally.effects).toBeGreaterThan(0)
  } finally {
    await database.close()
  }
})
