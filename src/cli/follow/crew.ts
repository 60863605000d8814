// Whoever works on executions: other processes if there are any, else an engine in this one.

import type { Engine } from '../../engine/engine.ts'
import { buildEngine } from '../../main/build-engine.ts'
import type { House, HouseOptions } from '../../main.ts'
import { countLiveWorkers } from '../../record/workers.ts'

export class Crew {
  private readonly house: House
  private readonly options: HouseOptions
  private engine: Engine | undefined
  private lookedAt = Number.NEGATIVE_INFINITY

  constructor(house: House, options: HouseOptions) {
    this.house = house
    this.options = options
  }

  /**
   * Starts an engine here unless a live worker exists. A worker that was killed counts as alive until its lease has run
   * out, so this looks again and again.
   */
  async ensure(): Promise<void> {
    const { now, config, database } = this.house
    if (this.engine !== undefined || now() - this.lookedAt < config.leaseMs / 4) return
    this.lookedAt = now()
    if ((await countLiveWorkers(database.engine, config.leaseMs)) > 0) return
    this.engine = buildEngine(this.house, this.options)
    await this.engine.start()
  }

  /** Gives what is under way back, for the next worker to go on with. */
  async leave(): Promise<void> {
    await this.engine?.stop()
  }
}
