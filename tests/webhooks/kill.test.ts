// What deliveries promise when their process is killed: nothing is lost, and what comes twice bears the same id.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, expect, test, vi } from 'vitest'
import { serve } from '../../src/engine/doors/local-server.test-kit.ts'
import { createTestTenant, databaseKey, openOwnDatabase } from '../setup/database.ts'
import { beginFeed, createDeliveryHouse } from './delivery-house.ts'

const database = await openOwnDatabase()
await beginFeed(database)
afterAll(() => database.close())

test('killed between the answer and its record, it leaves the delivery to the next, which sends it again under its id', async () => {
  const house = createDeliveryHouse(database)
  const tenant = await createTestTenant(database)
  const receiver = await serve((_, response) => void response.writeHead(200).end())
  const { subscription } = await house.subscribe(tenant, receiver.url)
  const leaseMs = 15_000
  const executions: string[] = []
  for (let round = 0; round < 3; round++) {
    executions.push(await house.happen(tenant))
    const config = { address: database.address, key: databaseKey().toString('hex'), leaseMs }
    const child = fork(new URL('delivery-process.ts', import.meta.url), [JSON.stringify(config)], { stdio: 'inherit' })
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')
    // Nobody has noted that it arrived.
    expect(
      (await house.sent(subscription)).every(({ status, tried }) => status === 'pending' && tried.length === 0),
    ).toBe(true)
  }
  const sentBefore = receiver.received.length
  expect(sentBefore).toBeGreaterThanOrEqual(3)
  house.moveClock(leaseMs)
  house.run()
  await vi.waitFor(
    async () => {
      const sent = await house.sent(subscription)
      expect(sent.map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered'])
    },
    { timeout: 30_000, interval: 20 },
  )
  const ids = receiver.received.map(({ headers }) => String(headers['webhook-id']))
  const expected = executions.map((id) => `evt_${id.replaceAll('-', '')}_0`)
  expect([...new Set(ids)].toSorted()).toEqual(expected.toSorted())
  expect(ids.slice(sentBefore).toSorted()).toEqual(expected.toSorted())
})
