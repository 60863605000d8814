// The HTTP server of `serve`: it listens from the first moment, and lets nobody in before the house is open.

import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { Engine } from '../engine/engine.ts'
import { createReadiness, type Readiness } from '../api/health.ts'
import { createDrain, type Drain } from '../api/drain.ts'
import { createMetrics, type Metrics } from '../api/metrics.ts'
import type { Tracing } from '../engine/tracing/tracing.ts'
import { createServer, listenProblem } from '../api/server.ts'
import { createAddressReader } from '../api/client-address.ts'
import { failed, type Result } from '../kernel/problem.ts'
import type { House, Log } from '../main.ts'
import { openServing, type Serving } from '../main/serving.ts'
import { ping } from '../record/diagnosis.ts'
import packageFile from '../../package.json' with { type: 'json' }
import { Refusal } from './refusal.ts'

const pingTimeoutMs = 2000
const readyEveryMs = 10
/** Beside the polls that a busy machine may delay. */
const patienceMs = 5000

export class FrontDoor {
  private readonly log: Log
  readonly metrics: Metrics
  private readonly tracing: Tracing | undefined
  private drain: Drain | undefined
  private house: House | undefined
  private engine: Engine | undefined
  private serving: Serving | undefined

  constructor(log: Log, tracing?: Tracing) {
    this.log = log
    this.tracing = tracing
    this.metrics = createMetrics({
      now: Date.now,
      database: () => this.house?.database,
      listeners: () => this.serving?.hub.listeners ?? 0,
      ...(tracing !== undefined && { droppedSpans: tracing.dropped }),
    })
  }

  /** Returns the configuration with the port that was found where any free one was asked for. Throws `Refusal`. */
  async listen(config: Config): Promise<Config> {
    const { host, port } = config
    const app = await this.build(config)
    try {
      await app.listen({ host, port })
    } catch (error) {
      const message = listenProblem(error, host, port)
      if (message === undefined) throw error
      throw new Refusal('unavailable', message)
    }
    const address = app.server.address()
    if (port !== 0 || address === null || typeof address === 'string') return config
    const isDefault = config.url === `http://${host}:0`
    return { ...config, port: address.port, url: isDefault ? `http://${host}:${address.port}` : config.url }
  }

  /** Lets requests in. What it returns serves them. */
  async open(house: House, engine: Engine): Promise<Serving> {
    const serving = await openServing(
      house,
      { log: this.log },
      createAddressReader(house.config.trustedProxies).addressOf,
    )
    this.serving = serving
    this.house = house
    this.engine = engine
    return serving
  }

  /** Resolves once the worker has looked for executions: who is told the address finds it ready. */
  async ready(): Promise<void> {
    while (this.engine !== undefined && this.engine.worker.lastClaimAt === undefined) await pause(readyEveryMs)
  }

  /** Says that it is not ready, and lets requests that are under way end; what is left after `mostMs` is cut off. */
  async close(mostMs = 0): Promise<void> {
    this.engine = undefined
    await this.drain?.close(mostMs)
    this.drain = undefined
    await this.serving?.close()
  }

  private async build(config: Config) {
    const { host, url, metricsToken, trustedProxies } = config
    const app = await createServer({
      metrics: { metrics: this.metrics, access: { host, url, token: metricsToken } },
      trustedProxies,
      ...(this.tracing !== undefined && { sendSpan: this.tracing.send }),
      report: this.log,
      readiness: this.readiness(),
      url: () => this.house?.config.url ?? config.url,
      version: packageFile.version,
      email: /<(.+)>/.exec(config.mailFrom)?.[1] ?? config.mailFrom,
      mostPerMinute: config.rateLimit,
      parts: () => this.serving?.parts,
      people: () => this.serving?.people,
      authenticate: (request) => this.serving?.authenticate(request) ?? Promise.resolve(starting),
      onClose: () => this.serving?.hub.close(),
      receivers: {
        webhook: (token, headers, body) => this.inside((house) => house.webhooks.receive(token, { headers, body })),
        callback: (token, body) => this.inside((house) => house.callbacks.receive(token, body)),
      },
    })
    this.drain = createDrain(app)
    return app
  }

  private readiness(): Readiness {
    return createReadiness({
      now: Date.now,
      pingTimeoutMs,
      ping: async () => {
        if (this.house !== undefined) await ping(this.house.database.engine)
      },
      worker: () => this.worker(),
      claimSilenceMs: () => (this.house?.config.pollMs ?? 0) * 3 + patienceMs,
    })
  }

  private worker() {
    if (this.house === undefined || this.engine === undefined) return undefined
    const { lastClaimAt, ownedCount } = this.engine.worker
    return { lastClaimAt, isFull: ownedCount >= this.house.config.capacity }
  }

  private async inside<T>(work: (house: House) => Promise<Result<T>>): Promise<Result<T>> {
    return this.house === undefined ? starting : work(this.house)
  }
}

const starting = failed({ code: 'unavailable', message: 'Countersign is starting. Send it again in a second.' })
