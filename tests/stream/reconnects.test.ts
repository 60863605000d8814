// Many listeners that come and go while transactions of all lengths are written, committed and taken back.

import { afterAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/record/database.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { createTestTenant, openOwnDatabase } from '../setup/database.ts'
import { newExecution } from '../setup/executions.ts'
import { StreamClient, startStreamServer } from './stream-server.ts'

const database = await openOwnDatabase(12)
const server = await startStreamServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const writers = 4
const transactions = 60
const listeners = 6

/** The same numbers in each run (a linear congruential generator). */
function chance(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32
}

class TakenBack extends Error {}

const open = new Set<StreamClient>()

/** Writes, of two tenants, and returns what was committed. */
async function write(tenants: readonly string[], random: () => number): Promise<{ tenant: string; id: string }[]> {
  const committed: { tenant: string; id: string }[] = []
  for (let turn = 0; turn < transactions; turn++) {
    const made: { tenant: string; id: string }[] = []
    try {
      await inTransaction(database.engine, async (client) => {
        for (let part = Math.ceil(random() * 4); part > 0; part--) {
          const tenant = tenants[Math.floor(random() * tenants.length)] ?? ''
          const execution = newExecution(tenant, { createdAt: new Date(Date.now() - (random() < 0.1 ? 60_000 : 0)) })
          await startExecutions(client, [execution])
          made.push({ tenant, id: execution.id })
          if (random() < 0.5) await client.query('select pg_sleep($1)', [random() * 0.03])
        }
        if (random() < 0.2) throw new TakenBack()
      })
      committed.push(...made)
    } catch (error) {
      if (!(error instanceof TakenBack)) throw error
    }
  }
  return committed
}

/** Listens until it has heard as much as `expected` says, and breaks off again and again. */
async function listen(tenant: string, from: string, random: () => number, expected: () => number): Promise<string[]> {
  const heard: string[] = []
  let lastId = from
  while (heard.length < expected()) {
    const client = await new StreamClient(server.port, { tenant, topics: 'executions', last_event_id: lastId }).opened()
    open.add(client)
    const most = Math.ceil(random() * 30)
    await client.until(() => client.messages.length >= most || heard.length + client.messages.length >= expected())
    open.delete(client)
    client.close()
    await client.until(() => client.isEnded)
    heard.push(...client.messages.map(({ data }) => String(data['execution_id'])))
    lastId = client.lastId
  }
  return heard
}

test('listeners that break off at any moment and come back hear each committed event of their tenant once, in one order', async () => {
  const tenants = [(await createTestTenant(database)).id, (await createTestTenant(database)).id]
  const begun = await Promise.all(
    tenants.map(async (tenant) => new StreamClient(server.port, { tenant, topics: 'executions' }).opened()),
  )
  const written = Promise.all(Array.from({ length: writers }, (_, index) => write(tenants, chance(index + 1))))
  let all: { tenant: string; id: string }[] | undefined
  void written.then((parts) => {
    all = parts.flat()
    for (const client of open) client.tell()
  })
  const results = await Promise.all(
    tenants.flatMap((tenant, index) =>
      Array.from({ length: listeners }, async (_, number) => {
        const expected = (): number => all?.filter((made) => made.tenant === tenant).length ?? Infinity
        return { tenant, heard: await listen(tenant, begun[index]?.lastId ?? '', chance(100 + number), expected) }
      }),
    ),
  )
  const committed = (await written).flat()
  for (const [index, tenant] of tenants.entries()) {
    const mine = committed.filter((made) => made.tenant === tenant).map(({ id }) => id)
    const whole = await begun[index]?.has(mine.length)
    const order = whole?.map(({ data }) => data['execution_id'])
    expect(order?.toSorted()).toEqual(mine.toSorted())
    for (const { heard } of results.filter((result) => result.tenant === tenant)) expect(heard).toEqual(order)
  }
  for (const client of begun) client.close()
  expect(server.troubles).toEqual([])
})
