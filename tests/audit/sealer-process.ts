// A process that seals what has ended, a few executions at a time, and says so after each batch: made to be killed.

import { z } from 'zod'
import { sealEnded } from '../../src/engine/keeper/sealing.ts'
import { openDatabase } from '../../src/record/database.ts'

const address = z.object({
  ...{ host: z.string(), port: z.number(), user: z.string(), database: z.string(), ssl: z.boolean() },
  password: z.string().optional(),
})
const config = z.object({ address, key: z.string(), batch: z.number() }).parse(JSON.parse(process.argv[2] ?? ''))

const { password, ...place } = config.address
const database = openDatabase({ ...place, password }, Buffer.from(config.key, 'hex'), { onError: () => {} })
let isCut = true
while (isCut) {
  const done = await sealEnded(database, Date.now, config.batch)
  ;({ isCut } = done)
  process.send?.(done.sealed)
}
await database.close()
