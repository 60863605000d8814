// The load of the soak: all workloads mixed, as much as the engine takes, and approvals that park and are resumed.

import { setTimeout as pause } from 'node:timers/promises'
import type { Workflow } from '../src/kernel/definition/workflow.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import { type Counter, hasFailed } from './durable.ts'
import { approve } from './latency.ts'
import type { Stage } from './stage.ts'
import { fan, gated, linear, mixed, mixedInputs } from './workloads.ts'

/** One helping of each; what is started together. */
const mix: readonly { readonly workflow: Workflow; readonly times: number; readonly inputs?: JsonObject }[] = [
  { workflow: linear, times: 100 },
  { workflow: fan, times: 10 },
  { workflow: mixed, times: 80, inputs: mixedInputs },
  { workflow: gated, times: 10 },
]
/** Approvals that stay parked; the oldest beyond are decided. */
const keptParked = 500
/** Started and not ended: what is parked, and twice what a worker holds, so that it is never without work. */
const mostLiving = 2000 + keptParked
/** People who vote at once. */
const voters = 8
const lookMs = 5

export class SoakLoad {
  private readonly stage: Stage
  private readonly over = new AbortController()
  private readonly stepCounter: Counter
  private readonly endCounter: Counter
  private readonly gateCounter: Counter
  private readonly gates: string[] = []
  private readonly all: Promise<unknown>
  private started = 0
  /** Ended otherwise than well. */
  failed = 0

  static async start(stage: Stage): Promise<SoakLoad> {
    for (const { workflow } of mix) await stage.save(workflow)
    return new SoakLoad(stage)
  }

  private constructor(stage: Stage) {
    this.stage = stage
    this.stepCounter = stage.durable.counter({ type: 'step.completed' })
    this.endCounter = stage.durable.counter({ type: 'execution.ended' }, ({ event }) => {
      if (hasFailed(event)) this.failed++
    })
    this.gateCounter = stage.durable.counter({ type: 'step.waiting', step: 'gate' }, ({ event }) => {
      if (event.type === 'step.waiting' && event.wait.ref !== undefined) this.gates.push(event.wait.ref)
    })
    this.all = Promise.all([this.keepStarting(), ...Array.from({ length: voters }, () => this.keepDeciding())])
    // `stop` tells of a failure; until then it must not end the process.
    this.all.catch(() => undefined)
  }

  get steps(): number {
    return this.stepCounter.count
  }

  get ended(): number {
    return this.endCounter.count
  }

  get parked(): number {
    return this.gates.length
  }

  /** Lets what is under way end; what is parked stays. Rejects when the load failed. */
  async stop(): Promise<void> {
    this.over.abort()
    await this.all
    while (this.started - this.ended > this.parked) await pause(lookMs)
    for (const counter of [this.stepCounter, this.endCounter, this.gateCounter]) counter.stop()
  }

  private async keepStarting(): Promise<void> {
    const { stage, over } = this
    while (!over.signal.aborted) {
      if (this.started - this.ended >= mostLiving) {
        await pause(lookMs)
        continue
      }
      await Promise.all(
        mix.map(async ({ workflow, times, inputs = {} }) => stage.startMany(workflow, times, () => inputs)),
      )
      this.started += mix.reduce((sum, { times }) => sum + times, 0)
    }
  }

  private async keepDeciding(): Promise<void> {
    while (!this.over.signal.aborted) {
      const oldest = this.parked > keptParked ? this.gates.shift() : undefined
      if (oldest === undefined) await pause(lookMs)
      else await approve(this.stage, oldest)
    }
  }
}
