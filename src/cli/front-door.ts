// The HTTP server of `serve`: it listens from the first moment, and lets nobody in before the house is open.

import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { Engine } from '../engine/engine.ts'
import { createReadiness, type Readiness } from '../api/health.ts'
import { createServer, listenProblem } from '../api/server.ts'
import { failed, type Result } from '../kernel/problem.ts'
import type { House, Log } from '../main.ts'
import { ping } from '../record/diagnosis.ts'
import packageFile from '../../package.json' with { type: 'json' }
import { Refusal } from './refusal.ts'

const pingTimeoutMs = 2000
const readyEveryMs = 10
/** Beside the polls that a busy machine may delay. */
const patienceMs = 5000

export class FrontDoor {
  private readonly log: Log
  private app: Awaited<ReturnType<typeof createServer>> | undefined
  private house: House | undefined
  private engine: Engine | undefined

  constructor(log: Log) {
    this.log = log
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

  open(house: House, engine: Engine): void {
    this.house = house
    this.engine = engine
  }

  /** Resolves once the worker has looked for executions: who is told the address finds it ready. */
  async ready(): Promise<void> {
    while (this.engine !== undefined && this.engine.worker.lastClaimAt === undefined) await pause(readyEveryMs)
  }

  /** Lets requests that are under way end. */
  async close(): Promise<void> {
    this.engine = undefined
    await this.app?.close()
  }

  private async build(config: Config) {
    this.app = await createServer({
      report: this.log,
      readiness: this.readiness(),
      url: () => this.house?.config.url ?? config.url,
      version: packageFile.version,
      email: /<(.+)>/.exec(config.mailFrom)?.[1] ?? config.mailFrom,
      mostPerMinute: config.rateLimit,
      parts: () => (this.house === undefined ? undefined : { ...this.house, ...this.house.config }),
      authenticate: (request) => this.inside((house) => house.authenticate(request)),
      receivers: {
        webhook: (token, headers, body) => this.inside((house) => house.webhooks.receive(token, { headers, body })),
        callback: (token, body) => this.inside((house) => house.callbacks.receive(token, body)),
      },
    })
    return this.app
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
    if (this.house !== undefined) return work(this.house)
    return failed({ code: 'unavailable', message: 'Countersign is starting. Send it again in a second.' })
  }
}
