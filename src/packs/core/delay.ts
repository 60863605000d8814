// delay: waits for a duration or until a point in time, without holding memory.

import { z } from 'zod'
import { defineAction, duration, timestamp } from '../kit.ts'

const config = z
  .strictObject({
    for: duration.optional().describe('How long to wait: 30s, 5m, 48h, 2d, or ISO 8601 (PT5M)'),
    until: timestamp.optional(),
  })
  .refine((given) => (given.for === undefined) !== (given.until === undefined), 'give exactly one of for and until')

export const delay = defineAction({
  name: 'delay',
  title: 'Delay',
  description: 'Waits for a duration or until a point in time. A time that has passed does not wait.',
  config,
  output: z.strictObject({ until: z.iso.datetime().describe('The time waited for') }),
  impact: 'A',
  effect: 'pure',
  examples: [
    { title: 'Two days', config: { for: '2d' } },
    { title: 'Until the due date', config: { until: '{{ trigger.due_at }}' } },
  ],
  async run({ config: given, now }) {
    const until = given.until ?? now + (given.for ?? 0)
    return until <= now ? { output: toOutput(until) } : { wait: { on: 'timer', until }, memo: until }
  },
  async resume({ now }, signal, memo) {
    return signal.kind === 'due' ? { output: toOutput(typeof memo === 'number' ? memo : now) } : 'keep waiting'
  },
})

function toOutput(until: number): { until: string } {
  return { until: new Date(until).toISOString() }
}
