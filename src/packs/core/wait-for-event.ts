// wait_for_event: goes on when an event of a type, with matching data, comes in.

import { z } from 'zod'
import { anyJson, defineAction, duration } from '../kit.ts'

export const waitForEvent = defineAction({
  name: 'wait_for_event',
  title: 'Wait for an event',
  description: 'Waits for the next event of a type. Without an answer in time the step settles as expired.',
  config: z.strictObject({
    event: z.string().min(1).max(200).describe('The event type, such as invoice.paid'),
    match: z
      .record(z.string(), anyJson)
      .optional()
      .describe('Members that the data of the event must have, with exactly these values'),
    where: z
      .string()
      .optional()
      .describe('An expression over `event` (its data) that must be true, such as {{ event.amount >= inputs.amount }}'),
    expires_in: duration.optional().describe('How long to wait; without limit when absent'),
  }),
  output: z.strictObject({
    event: z.string(),
    id: z.string().nullable().describe('The id of the event; null when none came'),
    data: anyJson.describe('The data of the event; null when none came'),
  }),
  impact: 'A',
  effect: 'pure',
  ownExpressions: { where: ['event'] },
  outcomes: ['completed', 'expired'],
  examples: [
    {
      title: 'Until the invoice is paid',
      config: { event: 'invoice.paid', match: { invoice_id: '{{ trigger.invoice_id }}' }, expires_in: '30d' },
    },
  ],
  async run({ config: { event, match, expires_in: expiresIn }, now }) {
    return {
      wait: {
        on: 'event',
        event,
        ...(match !== undefined && { match }),
        ...(expiresIn !== undefined && { until: now + expiresIn }),
      },
    }
  },
  async resume({ config: { event, where }, evaluateOwn }, signal) {
    if (signal.kind === 'expired') return { outcome: 'expired', output: { event, id: null, data: null } }
    if (signal.kind !== 'event') return 'keep waiting'
    if (where !== undefined && (await evaluateOwn(where, { event: signal.data })) !== true) return 'keep waiting'
    return { output: { event: signal.event, id: signal.id, data: signal.data } }
  },
})
