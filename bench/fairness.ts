// Fairness: how long a tenant with one execution waits while another tenant's long queue is worked on.

import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { countQueued } from './filling.ts'
import { onStage } from './stage.ts'
import { median, percentile } from './statistics.ts'
import { linear, single } from './workloads.ts'

const repetitions = 20
/** Between two starts: prime, so that it falls into step with no timer. */
const pauseMs = 211

export const fairness: Bench = {
  name: 'fairness',
  about: '100,000 queued of one tenant: from the start of another tenant until its first step is durable',
  measure: async ({ server, scaled }) =>
    onStage(server, { engine: false }, async (stage) => {
      const queued = scaled(100_000)
      const small = await stage.addTenant('small')
      await stage.save(linear)
      await stage.save(single, small)
      await stage.startMany(linear, queued)
      await stage.startEngine()
      const all: number[] = []
      let left = queued
      for (let turn = 0; turn < repetitions && left > 0; turn++) {
        await pause(pauseMs)
        const first = stage.durable.next(1, { type: 'step.completed', tenantId: small })
        const before = performance.now()
        await stage.start(single, {}, small)
        await first
        const ms = performance.now() - before
        left = await countQueued(stage.house.database.engine, stage.tenantId)
        // Once the long queue is empty, nobody is in the way.
        if (left > 0) all.push(ms)
      }
      if (all.length === 0) throw new Error('The long queue was worked off before another tenant started anything.')
      const values = { p50_ms: median(all), longest_ms: percentile(all, 1), repetitions: all.length }
      return [{ bench: 'fairness', values: { ...values, queued, still_queued: left } }]
    }),
}
