// Puts the rooms together: database, engine, triggers and packs, from one configuration.

import { randomUUIDv7 } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from './config.ts'
import { redactingLog } from './engine/redaction/redacting-log.ts'
import { SecretKeeper } from './engine/redaction/tenant-secrets.ts'
import { createHttpDoor } from './engine/doors/http-door.ts'
import { createMailDoor } from './engine/doors/mail-door.ts'
import { Engine, type EngineOptions } from './engine/engine.ts'
import { createExpressionThreads } from './engine/expressions/expression-threads.ts'
import { createCallbacks, callbackToken } from './engine/triggers/callbacks.ts'
import { createChain } from './engine/triggers/chain.ts'
import { createEvents } from './engine/triggers/events.ts'
import { createSchedules } from './engine/triggers/schedules.ts'
import { createStarter } from './engine/triggers/starter.ts'
import { createWebhooks } from './engine/triggers/webhooks.ts'
import type { JsonObject } from './kernel/json.ts'
import { openKeyRing } from './record/key-ring.ts'
import { corePack } from './packs/core/pack.ts'
import { asJsonObject, type Pack } from './packs/kit.ts'
import { createRegistry, type Registry } from './packs/registry.ts'
import { type DatabaseAddress, openDatabase, parseDatabaseUrl } from './record/database.ts'
import { startEmbeddedServer } from './record/embedded/server.ts'
import type { JournalEntry } from './record/journal.ts'
import { membersOfAudience } from './record/members.ts'
import { migrate } from './record/migrate.ts'
import { TenantCache } from './record/tenant-cache.ts'

/** Longest HTTP call of a step that sets no time of its own. */
const httpTimeoutMs = 60_000

export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, detail: JsonObject) => void

export interface HouseOptions {
  readonly log: Log
  /** Packs besides the core. */
  readonly packs?: readonly Pack[]
  /** Told of journal events once they are durable, in this process. */
  readonly onDurable?: (entries: readonly JournalEntry[]) => void
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
  const registry = createHouseRegistry(options.packs)
  const expressions = createExpressionThreads({})
  const clock = { now: Date.now, newId: () => randomUUIDv7() }
  const starter = createStarter({ database, ...clock, evaluate: expressions.evaluate, maxPayload: config.maxPayload })
  const parts = { database, ...clock, starter, log, keys }
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
    events: createEvents(parts),
    webhooks: createWebhooks(parts),
    schedules: createSchedules(parts),
    chain: createChain(parts),
    callbacks: createCallbacks({
      ...parts,
      key: keys.current.secret,
      knownKeys: async () => (await keys.refresh()).all.map(({ secret }) => secret),
    }),
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

/** The actions of the core pack and of the given ones; needs no database. */
export function createHouseRegistry(packs: readonly Pack[] = []): Registry {
  return createRegistry([corePack, ...packs])
}

/** An engine for the house; it does nothing until it is started. */
export function buildEngine(house: House, options: HouseOptions): Engine {
  const { config, database, registry, starter, schedules, chain, expressions } = house
  const tenants = new TenantCache(database.engine, house.now)
  const { keys, sharedSecrets, now } = house
  const onTrouble = (error: Error) => options.log('warn', 'When a secret was used was not written.', { error: error.message })
  const keeper = new SecretKeeper({ db: database.engine, keys, now, shared: sharedSecrets, onTrouble })
  const http = createHttpDoor({ allow: config.allowHosts, maxBytes: config.maxPayload, timeoutMs: httpTimeoutMs })
  const mail = createMailDoor({ smtpUrl: config.smtpUrl, from: config.mailFrom })
  const engine = new Engine(
    database,
    {
      now: house.now,
      newId: house.newId,
      chance: Math.random,
      evaluate: expressions.evaluate,
      doors: { http: http.http, mail: mail.mail },
      findAction: (tenant, name) => registry.actions(tenant.packs).get(name),
      ownFields: (name) => Object.keys(registry.find(name)?.ownExpressions ?? {}),
      findTenant: (tenantId) => tenants.get(tenantId),
      secretsOf: (tenantId, names) => keeper.secretsOf(tenantId, names),
      forgetSecrets: (tenantId) => keeper.forget(tenantId),
      recipients: (tenantId, audience) => membersOfAudience(database.engine, tenantId, audience),
      callbackUrl: (step) => `${config.url}/callbacks/${callbackToken(house.callbacks.key, step)}`,
      prepareStart: (request) => starter.prepare(request),
      log: redactingLog(options.log, keeper, sharedSecrets),
      ...(options.onDurable !== undefined && { onDurable: options.onDurable }),
    },
    {
      fireDueSchedules: (now) => schedules.fireDue(now),
      startChained: () => chain.startDue(),
      retentionMs: config.retentionMs,
    },
    engineOptions(house),
  )
  starter.onStarted(() => engine.worker.wake())
  return engine
}

function engineOptions({ config, starter }: House): EngineOptions {
  const { leaseMs, pollMs, drainMs, capacity, maxPayload } = config
  return {
    name: `${hostname()}:${process.pid}`,
    leaseMs,
    pollMs,
    drainMs,
    capacity,
    maxPayload,
    origin: starter.origin,
  }
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
