// The engine of a house, and what tells subscribers of what it does.

import { hostname } from 'node:os'
import { type Deliveries, createDeliveries } from '../engine/deliveries/deliveries.ts'
import { createHttpDoor } from '../engine/doors/http-door.ts'
import { createMailDoor } from '../engine/doors/mail-door.ts'
import { Engine, type EngineOptions } from '../engine/engine.ts'
import { Gate } from '../engine/gate/gate.ts'
import { createMailSender } from '../engine/mails/mail-sender.ts'
import { redactingLog } from '../engine/redaction/redacting-log.ts'
import { SecretKeeper } from '../engine/redaction/tenant-secrets.ts'
import { callbackToken } from '../engine/triggers/callbacks.ts'
import { type ApprovalTimeParts, keepApprovals } from '../governance/approval-times.ts'
import { convertDueDrafts } from '../governance/draft-keeper.ts'
import type { House, HouseOptions } from '../main.ts'
import { membersOfAudience } from '../record/members.ts'
import { TenantCache } from '../record/tenant-cache.ts'

/** Longest HTTP call of a step that sets no time of its own. */
const httpTimeoutMs = 60_000
/** A receiver of events has less time, and of what it answers the beginning is enough. */
const deliveryTimeoutMs = 10_000
const deliveryBytes = 64_000

/** An engine for the house; it does nothing until it is started. */
export function buildEngine(house: House, options: HouseOptions): Engine {
  const { config, database, registry, starter, schedules, chain, expressions, keys, sharedSecrets, now } = house
  const tenants = new TenantCache(database.engine, now)
  const onTrouble = (error: Error) =>
    options.log('warn', 'When a secret was used was not written.', { error: error.message })
  const keeper = new SecretKeeper({ db: database.engine, keys, now, shared: sharedSecrets, onTrouble })
  const engine = new Engine(
    database,
    {
      now,
      newId: house.newId,
      chance: Math.random,
      evaluate: expressions.evaluate,
      ...exitsOf(house),
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
      ...(options.watch !== undefined && { watch: options.watch }),
    },
    {
      fireDueSchedules: (moment) => schedules.fireDue(moment),
      startChained: () => chain.startDue(),
      keepApprovals: (moment) => keepApprovals(approvalTimesOf(house, options), moment),
      convertDueDrafts: (moment) => convertDueDrafts({ ...house, log: options.log }, moment),
      retentionMs: config.retentionMs,
    },
    engineOptions(house),
  )
  starter.onStarted(() => engine.worker.wake())
  return engine
}

function approvalTimesOf(house: House, { log: report }: HouseOptions): ApprovalTimeParts {
  const { config, database, registry, keys, sharedSecrets, now, newId } = house
  const mail = config.smtpUrl === undefined ? {} : { mail: { keys, url: config.url } }
  return { database, now, newId, registry, sharedSecrets, report, ...mail }
}

/** The ways out, and what stands before them. */
function exitsOf({ config, database, now }: House) {
  const { http } = createHttpDoor({ allow: config.allowHosts, maxBytes: config.maxPayload, timeoutMs: httpTimeoutMs })
  const { mail } = createMailDoor({ smtpUrl: config.smtpUrl, from: config.mailFrom })
  return { doors: { http, mail }, gate: new Gate({ db: database.engine, now, internalHosts: config.allowHosts }) }
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

/** Tells subscribers; it does nothing until it is started. */
export function buildDeliveries(house: House, { log }: HouseOptions): Pick<Deliveries, 'start' | 'stop'> {
  const { config, database, now, newId, keys } = house
  const door = createHttpDoor({ allow: config.allowHosts, maxBytes: deliveryBytes, timeoutMs: deliveryTimeoutMs })
  const parts = { database, now, newId, keys, chance: Math.random, http: door.http, pollMs: config.pollMs, log }
  const deliveries = createDeliveries(parts)
  const smtp =
    config.smtpUrl === undefined ? undefined : createMailDoor({ smtpUrl: config.smtpUrl, from: config.mailFrom })
  const mails =
    smtp && createMailSender({ engine: database.engine, keys, now, log, mail: smtp.mail, pollMs: config.pollMs })
  return {
    start: () => {
      deliveries.start()
      mails?.start()
    },
    stop: async () => {
      await Promise.all([deliveries.stop(), mails?.stop()])
      smtp?.close()
      await door.close()
    },
  }
}
