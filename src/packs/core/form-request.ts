// form.request: a person fills in a typed form.

import { z } from 'zod'
import { anyJson, asJsonObject, audience, defineAction, duration, inputSchema } from '../kit.ts'

export const formRequest = defineAction({
  name: 'form.request',
  title: 'Ask with a form',
  description:
    'Asks people to fill in a form; the first submission counts. Without an answer in time the step settles as expired.',
  config: z.strictObject({
    title: z.string().min(1).max(200).describe('What the form is about'),
    instructions: z.string().max(10_000).optional().describe('What to fill in, and why'),
    fields: z
      .record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), inputSchema)
      .describe('The fields, written like the inputs of a workflow'),
    audience: audience.describe('Who may answer: a role, a council, or members'),
    expires_in: duration.optional().describe('How long to wait; without limit when absent'),
  }),
  output: z.strictObject({
    data: z.record(z.string(), anyJson).describe('The fields as filled in; empty when nobody answered'),
    by: z.string().nullable().describe('Who answered; null when nobody did'),
  }),
  impact: 'A',
  effect: 'pure',
  outcomes: ['submitted', 'expired'],
  examples: [
    {
      title: 'Collect delivery details',
      config: {
        title: 'Delivery of order {{ trigger.order_id }}',
        fields: { street: { type: 'string' }, day: { type: 'string', format: 'date' } },
        audience: { role: 'operator' },
        expires_in: '3d',
      },
    },
  ],
  async run({ config: { title, instructions, fields, audience: asked, expires_in: expiresIn }, now }) {
    const request = {
      title,
      fields: asJsonObject(fields),
      audience: asked,
      ...(instructions !== undefined && { instructions }),
    }
    return { wait: { on: 'form', request, ...(expiresIn !== undefined && { until: now + expiresIn }) } }
  },
  async resume(_context, signal) {
    if (signal.kind === 'expired') return { outcome: 'expired', output: { data: {}, by: null } }
    return signal.kind === 'form'
      ? { outcome: 'submitted', output: { data: signal.data, by: signal.by } }
      : 'keep waiting'
  },
})
