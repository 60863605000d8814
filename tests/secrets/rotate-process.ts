// A rotation in a process of its own, made to be killed: it says where it is, and stands still there for a moment.

import { writeSync } from 'node:fs'
import { z } from 'zod'
import { rotateKey } from '../../src/governance/key-rotation.ts'
import { openDatabase } from '../../src/record/database.ts'
import { openKeyRing } from '../../src/record/key-ring.ts'

const address = z.object({
  ...{ host: z.string(), port: z.number(), user: z.string(), database: z.string(), ssl: z.boolean() },
  password: z.string().optional(),
})
const config = z.object({ keyFile: z.string(), address, standStillAt: z.string().optional() })
const { keyFile, address: place, standStillAt } = config.parse(JSON.parse(process.argv[2] ?? ''))

/** Written at once: a process that is killed says nothing later. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
  if (line === standStillAt) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

const keys = await openKeyRing(keyFile)
const database = openDatabase({ ...place, password: place.password }, keys.oldest.secret, { onError: () => {} })
const refresh = keys.refresh.bind(keys)
keys.refresh = async () => {
  const before = keys.current.id
  await refresh()
  if (keys.current.id !== before) say('new key')
  return keys
}
const rotated = await rotateKey({ database, keys, onBatch: (count) => say(`batch ${count}`) })
say(`done ${JSON.stringify(rotated)}`)
await database.close()
