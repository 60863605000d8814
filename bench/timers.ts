// Timers that all fall due at one moment: how late they are, and how fast the crowd is worked off.

import type { Bench } from './bench.ts'
import { onStage } from './stage.ts'
import { median, percentile, perSecond } from './statistics.ts'
import { timed } from './workloads.ts'

/**
 * Time to park all of them before they fall due: at 1,000 a second, and some to spare. Half a second on top, because the
 * worker has looked once a second since just now: the moment lies in the middle between two looks.
 */
const parkingMs = (times: number): number => 5500 + Math.ceil(times / 1000) * 1000

export const timers: Bench = {
  name: 'timers',
  about: '10,000 parked executions whose timers fall due at the same moment: how late they settle',
  measure: async ({ server, scaled }) =>
    onStage(server, { engine: true }, async (stage) => {
      const times = scaled(10_000)
      await stage.save(timed)
      const due = Date.now() + parkingMs(times)
      const parked = stage.durable.next(times, { type: 'step.waiting' })
      const late: number[] = []
      const settled = stage.durable.next(times, { type: 'step.completed', step: 'wait' }, () => {
        late.push(Date.now() - due)
      })
      const at = new Date(due).toISOString()
      await stage.startMany(timed, times, () => ({ at }))
      await parked
      if (Date.now() >= due) throw new Error(`The ${times} executions were not parked before their timers fell due.`)
      await settled
      const last = percentile(late, 1)
      const values = { late_median_ms: median(late), late_last_ms: last, late_first_ms: percentile(late, 0) }
      return [{ bench: 'timers', values: { timers_per_s: perSecond(times, last), timers: times, ...values } }]
    }),
}
