// An engine in a process of its own, made to be killed: started with its configuration as the first argument, in JSON.

import { z } from 'zod'
import { Engine } from '../../src/engine/engine.ts'
import { openDatabase } from '../../src/record/database.ts'
import { behave } from './test-pack.ts'
import { testParts } from './test-parts.ts'

const address = z.object({
  ...{ host: z.string(), port: z.number(), user: z.string(), database: z.string(), ssl: z.boolean() },
  password: z.string().optional(),
})
const config = z
  .object({ name: z.string(), address, key: z.string(), leaseMs: z.number(), effectsUrl: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ''))

const tell = async (path: string, body: string): Promise<void> => {
  const { status } = await fetch(`${config.effectsUrl}${path}`, { method: 'POST', body })
  if (status !== 204) throw new Error(`The receiver answered ${status}`)
}
const insert = `insert into notes (tenant_id, execution_id, note) values ($1, $2, $3)`

behave('effect', async ({ idempotencyKey }) => tell('/effect', idempotencyKey).then(() => ({ output: null })))
behave('note', async ({ transaction, tenantId, executionId, step, item }) => {
  await transaction?.query(insert, [tenantId, executionId, `${step} ${item ?? ''}`])
  return { output: null }
})
behave('note and stand still', async ({ transaction, tenantId, executionId, step }) => {
  await transaction?.query(insert, [tenantId, executionId, step])
  await tell('/standing', config.name)
  return { output: null }
})
behave('kill', async () => {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
})

const { password, ...place } = config.address
const database = openDatabase({ ...place, password }, Buffer.from(config.key, 'hex'), { onError: () => {} })
const keeping = { fireDueSchedules: async () => 0, startChained: async () => 0 }
const { name, leaseMs } = config
const engine = new Engine(database, testParts(database), keeping, {
  ...{ name, leaseMs, pollMs: 50, drainMs: 100, capacity: 1000, maxPayload: 1_000_000 },
})
await engine.start()
process.send?.('started')
