// Where approvals race: a real engine whose gate is witnessed, somebody outside who counts what arrives, and a clock.

import { randomUUIDv7 } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { createHttpDoor } from '../../src/engine/doors/http-door.ts'
import { Engine } from '../../src/engine/engine.ts'
import { Gate } from '../../src/engine/gate/gate.ts'
import { createStarter } from '../../src/engine/triggers/starter.ts'
import type { LinkParts } from '../../src/governance/approval-links.ts'
import type { ApprovalTimeParts } from '../../src/governance/approval-times.ts'
import type { ConversionParts } from '../../src/governance/draft-ending.ts'
import type { PeopleParts } from '../../src/governance/people-parts.ts'
import { evaluateValue } from '../../src/kernel/expression/evaluate.ts'
import type { Result } from '../../src/kernel/problem.ts'
import type { Registry } from '../../src/packs/registry.ts'
import type { Starter } from '../../src/engine/triggers/starter.ts'
import { connectOwner, type Database, type Queryable } from '../../src/record/database.ts'
import { openTenantTransaction } from '../../src/record/tenant-transaction.ts'
import { testParts, testRegistry } from '../engine/test-parts.ts'
import { createWitness, type Witness } from './witness.ts'

export type RaceParts = LinkParts &
  ApprovalTimeParts &
  PeopleParts &
  ConversionParts & { readonly registry: Registry; readonly starter: Starter }

export interface Stage {
  readonly database: Database
  readonly parts: RaceParts
  /** As the owner: what the rounds are looked at and cleaned up with. */
  readonly sql: Queryable
  readonly gate: Gate
  readonly witness: Witness
  /** Where effects of class C arrive, and what has arrived: the bodies. */
  readonly outside: string
  readonly arrived: string[]
  /** What the engine and the keeper have complained about. */
  readonly troubles: string[]
  now(): number
  /** Moves the clock for everybody who asks it. */
  travel(ms: number): void
  /** Waits until the engine has written something down. */
  heard(): Promise<void>
  close(): Promise<void>
}

export async function openStage(database: Database, key: Buffer): Promise<Stage> {
  let aheadMs = 0
  const now = (): number => Date.now() + aheadMs
  const newId = (): string => randomUUIDv7()
  const [arrived, troubles]: [string[], string[]] = [[], []]
  const outside = await listen(arrived)
  const sql = connectOwner(database.address)
  await sql.connect()
  const witness = createWitness(database.engine)
  const gate = new Gate({ db: witness.db, now, internalHosts: [] })
  const door = createHttpDoor({ allow: ['127.0.0.1'], maxBytes: 10_000, timeoutMs: 10_000 })
  const listeners = new Set<() => void>()
  const made = testParts(database, {
    now,
    doors: { http: door.http },
    log: (level, message, detail) => {
      if (level === 'error') troubles.push(`engine: ${message} ${JSON.stringify(detail)}`)
    },
    onDurable: () => {
      for (const listener of listeners) listener()
    },
  })
  const keeping = { fireDueSchedules: async () => 0, startChained: async () => 0 }
  const options = { name: 'races', leaseMs: 6000, pollMs: 100, capacity: 100, maxPayload: 100_000, drainMs: 5000 }
  const engine = new Engine(database, { ...made, gate }, keeping, options)
  await engine.start()
  const starter = createStarter({ database, now, newId, evaluate: evaluateValue, maxPayload: 100_000 })
  const registry = testRegistry()
  const report: ApprovalTimeParts['report'] = (_, message, { error }) =>
    void troubles.push(`keeper: ${message} ${error}`)
  const access = { url: 'http://countersign.test', forgetAccess: () => {} }
  return {
    ...{ database, sql, gate, witness, arrived, troubles, now, outside: outside.url },
    parts: { database, now, newId, registry, starter, key, report, ...access },
    travel: (ms) => {
      aheadMs += ms
      engine.worker.wake()
    },
    heard: () =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          listeners.delete(done)
          resolve()
        }
        // Not all that is waited for is the engine's to tell.
        const timer = setTimeout(done, 10)
        listeners.add(done)
      }),
    close: async () => {
      await engine.stop()
      await door.close()
      outside.close()
      await sql.end()
    },
  }
}

async function listen(arrived: string[]) {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      arrived.push(body)
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${address.port}/`, close }
}

/** As a request does it, but once: what the API would do again after a deadlock is told here. */
export async function inRequest<T>(
  database: Database,
  tenantId: string,
  work: (client: Queryable) => Promise<Result<T>>,
): Promise<Result<T>> {
  const transaction = openTenantTransaction(database, tenantId)
  try {
    const result = await work(transaction.client)
    await (result.ok || result.kept === true ? transaction.commit() : transaction.rollback())
    return result
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}
