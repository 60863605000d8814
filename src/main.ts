// Puts the rooms together: database, engine, triggers and packs, from one configuration.

import { randomUUIDv7 } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from './config.ts'
import { createExpressionThreads } from './engine/expressions/expression-threads.ts'
import { internalHosts } from './engine/gate/internal-hosts.ts'
import type { EngineWatch } from './engine/watch.ts'
import { createCallbacks } from './engine/triggers/callbacks.ts'
import { createChain } from './engine/triggers/chain.ts'
import { createEvents } from './engine/triggers/events.ts'
import type { TriggerParts } from './engine/triggers/firing.ts'
import { createSchedules } from './engine/triggers/schedules.ts'
import { createStarter } from './engine/triggers/starter.ts'
import { createWebhooks } from './engine/triggers/webhooks.ts'
import type { JsonObject } from './kernel/json.ts'
import { type KeyRing, openKeyRing } from './record/key-ring.ts'
import { corePack } from './packs/core/pack.ts'
import { asJsonObject, type Pack } from './packs/kit.ts'
import { createRegistry, type Registry } from './packs/registry.ts'
import { type DatabaseAddress, openDatabase, parseDatabaseUrl } from './record/database.ts'
import { startEmbeddedServer } from './record/embedded/server.ts'
import type { JournalEntry } from './record/journal.ts'
import { migrate } from './record/migrate.ts'

export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, detail: JsonObject) => void

export interface HouseOptions {
  readonly log: Log
  /** Packs besides the core. */
  readonly packs?: readonly Pack[]
  /** Told of journal events once they are durable, in this process. */
  readonly onDurable?: (entries: readonly JournalEntry[]) => void
  /** Watches the engine: metrics, traces. */
  readonly watch?: EngineWatch
}

/** Codes of a database that is starting, recovering or going down to come up again. */
const notUpYet: ReadonlySet<unknown> = new Set(['57P01', '57P02', '57P03', 'ECONNRESET'])
const longestStartMs = 60_000

/** Tries again while the database is starting, as it is after a crash of its own. */
async function onceItIsUp<T>(work: () => Promise<T>, log: Log): Promise<T> {
  const deadline = performance.now() + longestStartMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const isStarting = error instanceof Error && 'code' in error && notUpYet.has(error.code)
      if (!isStarting || performance.now() > deadline) throw error
      log('warn', 'The database is not up yet; it is tried again.', { error: error.message })
      await pause(500)
    }
  }
}

export type House = Awaited<ReturnType<typeof openHouse>>

/** Opens the database (the embedded one unless the configuration names another), migrated, and everything that stands on it. */
export async function openHouse(config: Config, options: HouseOptions) {
  const { log } = options
  const keys = await openKeyRing(config.keyFile)
  // Log-ins stay what they are when a new key is put on top.
  const key = keys.oldest.secret
  const server = config.databaseUrl === undefined ? await startServer(config, log) : undefined
  const address = server?.address ?? parseDatabaseUrl(config.databaseUrl ?? '')
  const { applied } = await onceItIsUp(() => migrate(address, key), log)
  if (applied.length > 0) log('info', 'The database was migrated.', { applied })
  const database = openDatabase(address, key, {
    onError: (error) => log('warn', 'A database connection broke.', { error: error.message }),
  })
  const registry = createHouseRegistry(options.packs, config.allowHosts)
  const expressions = createExpressionThreads({})
  const clock = { now: Date.now, newId: () => randomUUIDv7() }
  const starter = createStarter({ database, ...clock, evaluate: expressions.evaluate, maxPayload: config.maxPayload })
  return {
    config,
    key,
    keys,
    /** Secrets of all tenants; with a database of one's own they would be everybody's. */
    sharedSecrets: config.databaseUrl === undefined ? config.secrets : {},
    database,
    registry,
    expressions,
    ...clock,
    starter,
    ...createTriggers({ database, ...clock, starter, log, keys }),
    /** The migrations that this start applied. */
    migrated: applied,
    /** Whether the embedded server was already running. */
    adopted: server?.adopted ?? false,
    close: async () => {
      await expressions.close()
      await database.close()
      await server?.stop()
    },
  }
}

/** What starts executions, and what answers those that wait. */
function createTriggers(parts: TriggerParts & { readonly keys: KeyRing }) {
  const { keys } = parts
  return {
    events: createEvents(parts),
    webhooks: createWebhooks(parts),
    schedules: createSchedules(parts),
    chain: createChain(parts),
    callbacks: createCallbacks({
      ...parts,
      key: keys.current.secret,
      knownKeys: async () => (await keys.refresh()).all.map(({ secret }) => secret),
    }),
  }
}

/** The actions of the core pack and of the given ones, where these hosts are internal; needs no database. */
export function createHouseRegistry(packs: readonly Pack[] = [], allowHosts: readonly string[] = []): Registry {
  return createRegistry([corePack, ...packs], { isInternal: internalHosts(allowHosts) })
}

async function startServer(
  config: Config,
  log: Log,
): Promise<{ address: DatabaseAddress; adopted: boolean; stop(): Promise<void> }> {
  const server = await startEmbeddedServer({
    dataDir: join(config.dataDir, 'postgres'),
    log: {
      info: (fields, message) => log('info', message, asJsonObject(fields)),
      warn: (fields, message) => log('warn', message, asJsonObject(fields)),
    },
  })
  const { host, port, user, password, database } = server.connection
  return {
    address: { host, port, user, password, database, ssl: false },
    adopted: server.adopted,
    stop: () => server.stop(),
  }
}
