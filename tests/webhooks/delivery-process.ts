// Deliveries in a process of their own that dies between an answer and its record; its configuration is the first argument.

import { randomUUIDv7 } from 'node:crypto'
import { z } from 'zod'
import { createDeliveries } from '../../src/engine/deliveries/deliveries.ts'
import { createHttpDoor } from '../../src/engine/doors/http-door.ts'
import { openDatabase } from '../../src/record/database.ts'
import { KeyRing } from '../../src/record/key-ring.ts'

const address = z.object({
  ...{ host: z.string(), port: z.number(), user: z.string(), database: z.string(), ssl: z.boolean() },
  password: z.string().optional(),
})
const config = z.object({ address, key: z.string(), leaseMs: z.number() }).parse(JSON.parse(process.argv[2] ?? ''))

const key = Buffer.from(config.key, 'hex')
const { password, ...place } = config.address
const database = openDatabase({ ...place, password }, key, { onError: () => {} })
const door = createHttpDoor({ allow: ['127.0.0.1'], maxBytes: 10_000, timeoutMs: 10_000 })
const deliveries = createDeliveries({
  database,
  ...{
    now: Date.now,
    newId: () => randomUUIDv7(),
    chance: () => 0,
    keys: new KeyRing('', [key]),
    pollMs: 20,
    log: () => {},
  },
  http: async (request, signal) => {
    await door.http(request, signal)
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => {})
  },
  limits: { most: 10, perSubscription: 4, perTenant: 10, timeoutMs: 10_000, leaseMs: config.leaseMs },
})
deliveries.start()
