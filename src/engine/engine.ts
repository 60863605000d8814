// The engine of one process: a worker that runs executions, a keeper that keeps time, and an ear for the database.

import type { Database } from '../record/database.ts'
import { Keeper, type KeeperParts } from './keeper/keeper.ts'
import { Listener } from './listener.ts'
import type { EngineParts } from './worker/host.ts'
import { Worker, type WorkerOptions } from './worker/worker.ts'

export interface EngineOptions extends WorkerOptions {
  readonly drainMs: number
  /** The starter of this process, which wakes the worker itself. */
  readonly origin?: string
}

export class Engine {
  readonly worker: Worker
  private readonly keeper: Keeper
  private readonly listener: Listener
  private readonly drainMs: number

  constructor(
    database: Database,
    parts: EngineParts,
    keeping: Omit<KeeperParts, 'now' | 'leaseMs' | 'pollMs' | 'report' | 'tookOver'>,
    options: EngineOptions,
  ) {
    const { now, log } = parts
    const { leaseMs, pollMs } = options
    this.drainMs = options.drainMs
    this.worker = new Worker(database, parts, options)
    this.keeper = new Keeper(database, {
      ...keeping,
      now,
      leaseMs,
      pollMs,
      report: log,
      tookOver: (executions) => parts.watch?.tookOver(executions),
    })
    const fetchSignals = () => void this.worker.fetchSignals().catch(() => undefined)
    this.listener = new Listener(
      database,
      (channel, payload) => {
        // What this process has started woke the worker already.
        if (channel === 'countersign_runnable') {
          if (payload !== options.origin) this.worker.wake()
        } else if (channel === 'countersign_secrets') parts.forgetSecrets?.(payload)
        else if (payload === this.worker.id) fetchSignals()
      },
      (error) =>
        log('warn', 'The connection for notifications broke; it is made anew, and polling goes on.', {
          error: error.message,
        }),
      () => {
        this.worker.wake()
        fetchSignals()
      },
    )
  }

  async start(): Promise<void> {
    await this.keeper.start()
    await this.listener.start()
    await this.worker.start()
  }

  /** Ends gracefully: nothing new starts, what is under way may end, the rest is given back at once. */
  async stop(): Promise<void> {
    this.keeper.stop()
    await this.worker.drain(this.drainMs)
    await this.listener.stop()
  }
}
