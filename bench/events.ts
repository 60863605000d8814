// Events in: how fast they start executions, and how fast they find the steps that wait for them.

import type { JsonObject } from '../src/kernel/json.ts'
import type { Bench } from './bench.ts'
import { inLanes } from './lanes.ts'
import { onStage, type Stage } from './stage.ts'
import { perSecond } from './statistics.ts'
import { awaiting, listening } from './workloads.ts'

/** As many senders as events that are under way at once. */
const lanes = 64

const starting: Bench = {
  name: 'events',
  about: 'events in, 64 at once, each of which starts an execution of one step',
  measure: async ({ server, scaled }) =>
    onStage(server, { engine: true }, async (stage) => {
      const times = scaled(5000)
      await stage.save(listening)
      await send(stage, 'bench.order', scaled(500), (index) => ({ amount: index + 1 }), 'warm')
      const ended = stage.durable.next(times, { type: 'execution.ended' })
      const before = performance.now()
      const receipts = await send(stage, 'bench.order', times, (index) => ({ amount: index + 1 }), 'shop')
      const taken = performance.now() - before
      if (receipts.fired !== times) throw new Error(`${times} events started ${receipts.fired} executions.`)
      await ended
      const values = {
        events_per_s: perSecond(times, taken),
        executions_ended_per_s: perSecond(times, performance.now() - before),
      }
      return [{ bench: 'events', values }]
    }),
}

const matching: Bench = {
  name: 'event-waits',
  about: '2,000 executions that each wait for an event of their own: events in until all have gone on',
  measure: async ({ server, scaled }) =>
    onStage(server, { engine: true }, async (stage) => {
      const times = scaled(2000)
      await stage.save(awaiting)
      const parked = stage.durable.next(times, { type: 'step.waiting' })
      await stage.startMany(awaiting, times, (number) => ({ number }))
      await parked
      const ended = stage.durable.next(times, { type: 'execution.ended' })
      const before = performance.now()
      const receipts = await send(stage, 'bench.paid', times, (number) => ({ number }), 'bank')
      if (receipts.signalled !== times) throw new Error(`${times} events reached ${receipts.signalled} steps.`)
      await ended
      return [
        { bench: 'event-waits', values: { events_per_s: perSecond(times, performance.now() - before), waits: times } },
      ]
    }),
}

/** Resolves when all have been received, with what came of them. */
async function send(
  { house, tenantId }: Stage,
  type: string,
  times: number,
  data: (index: number) => JsonObject,
  source: string,
): Promise<{ fired: number; signalled: number }> {
  let [fired, signalled] = [0, 0]
  await inLanes(lanes, times, async (index) => {
    const received = await house.events.receive({ tenantId, type, source, id: String(index), data: data(index) })
    if (!received.ok) throw new Error(received.problems.map(({ message }) => message).join(' '))
    fired += received.value.fired.filter(({ outcome }) => outcome === 'started').length
    signalled += received.value.signalled
  })
  return { fired, signalled }
}

export const eventBenches: readonly Bench[] = [starting, matching]
