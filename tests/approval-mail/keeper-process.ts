// Keeps approvals in a process of its own, which dies at its n-th settled approval or its n-th id, in the middle of a
// transaction; its configuration is the first argument.

import { randomUUIDv7 } from 'node:crypto'
import { z } from 'zod'
import type { KindHandler } from '../../src/governance/approval-kinds.ts'
import { keepApprovals } from '../../src/governance/approval-times.ts'
import { ok } from '../../src/kernel/problem.ts'
import { createRegistry } from '../../src/packs/registry.ts'
import { openDatabase } from '../../src/record/database.ts'
import { KeyRing } from '../../src/record/key-ring.ts'

const configSchema = z.object({
  address: z.object({
    ...{ host: z.string(), port: z.number(), user: z.string(), database: z.string(), ssl: z.boolean() },
    password: z.string().optional(),
  }),
  ...{ key: z.string(), now: z.number(), settles: z.number().optional(), ids: z.number().optional() },
})
const { address, key, now, settles, ids } = configSchema.parse(JSON.parse(process.argv[2] ?? ''))

const dieAt = (most: number | undefined) => {
  let count = 0
  return (): void => {
    if (++count === most) process.kill(process.pid, 'SIGKILL')
  }
}
const settled = dieAt(settles)
const named = dieAt(ids)

const handler: KindHandler = {
  settle: async (_, __, ___, { subjectId: id }) => {
    settled()
    return ok({ entries: [{ action: 'draft.expired', object: { type: 'draft', id }, at: new Date(now) }] })
  },
  contentNow: async () => undefined,
}

const secret = Buffer.from(key, 'hex')
const { password, ...place } = address
const database = openDatabase({ ...place, password }, secret, { onError: () => {} })
await keepApprovals(
  {
    ...{
      database,
      now: () => now,
      registry: createRegistry([]),
      report: (...said) => process.stderr.write(`${JSON.stringify(said)}\n`),
    },
    kinds: { activation: handler, draft: handler, template: handler, policy: handler },
    mail: { keys: new KeyRing('', [secret]), url: 'https://countersign.example' },
    newId: () => {
      named()
      return randomUUIDv7()
    },
  },
  now,
)
await database.close()
