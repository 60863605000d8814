// A part of what `npm run test:fuzz` does at length: requests made from the document, and bytes that no library sends.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatabaseAddress } from '../../src/record/database.ts'
import { createEmptyDatabase } from '../setup/database.ts'
import { runCampaign, sayOutcome } from './campaign.ts'
import { type FuzzHouse, openFuzzHouse } from './fuzz-house.ts'
import { hostileCases, tryHostileCase } from './wire.ts'

const opened: { house?: FuzzHouse } = {}
const present = (): FuzzHouse => {
  if (opened.house === undefined) throw new Error('The house did not open')
  return opened.house
}

beforeAll(async () => {
  opened.house = await openFuzzHouse(urlOf(await createEmptyDatabase()))
})
afterAll(async () => opened.house?.close())

test('2,000 generated requests are each answered in time, as the document says, and tell nothing of inside or of others', async () => {
  const outcome = await runCampaign(present(), 2000, 1)
  expect(outcome.violations.length === 0 ? '' : sayOutcome(outcome)).toBe('')
  expect(outcome.requests).toBeGreaterThanOrEqual(2000)
  // A campaign that gets past no check shows nothing.
  expect(outcome.byClass['2']).toBeGreaterThan(400)
})

test('bytes that no library sends are answered, and the server goes on', async () => {
  const { keys } = await present().newWorld()
  const wrong: string[] = []
  for (const hostile of hostileCases(keys.owner.text)) {
    const problem = await tryHostileCase(present().port, hostile)
    if (problem !== undefined) wrong.push(`${hostile.name}: ${problem}`)
  }
  expect(wrong).toEqual([])
  expect((await fetch(`http://127.0.0.1:${present().port}/health`)).status).toBe(200)
})

function urlOf({ host, port, user, password = '', database }: DatabaseAddress): string {
  const query = new URLSearchParams({ host, port: String(port) })
  return `postgres://${user}:${encodeURIComponent(password)}@/${database}?${query.toString()}`
}
