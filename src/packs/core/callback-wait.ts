// callback.wait: hands out an address and goes on when somebody posts to it.

import { z } from 'zod'
import { impactOfCall } from './call-impact.ts'
import { anyJson, defineAction, duration } from '../kit.ts'
import type { ActionContext } from '../kit.ts'
import { requireStatus, showUrl } from './http-answer.ts'

const config = z.strictObject({
  expires_in: duration.optional().describe('How long to wait; without limit when absent'),
  request: z
    .strictObject({
      method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
      url: z.string().min(1).max(8000).describe('Who is asked, an http or https address'),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.record(z.string(), anyJson).optional().describe('Sent as JSON, with callback_url added'),
    })
    .optional()
    .describe('Sent before the wait, with the address to answer to as callback_url'),
})

export const callbackWait = defineAction({
  name: 'callback.wait',
  title: 'Wait for a callback',
  description:
    'Asks another system to work and waits until it posts its answer to callback_url. Without an answer in time the step settles as expired.',
  config,
  output: z.strictObject({ data: anyJson.describe('What was posted; null when nothing came') }),
  impact: ({ request }, surroundings) =>
    request === undefined ? 'A' : impactOfCall('callback.wait', request.url, surroundings),
  effect: 'external',
  outcomes: ['completed', 'expired'],
  examples: [
    {
      title: 'Have a document rendered',
      config: {
        request: { url: 'https://render.example.com/jobs', body: { document: '{{ trigger.document_id }}' } },
        expires_in: '1h',
      },
    },
  ],
  async run(context) {
    const { request, expires_in: expiresIn } = context.config
    if (request !== undefined) await ask(context, request)
    return { wait: { on: 'callback', ...(expiresIn !== undefined && { until: context.now + expiresIn }) } }
  },
  async resume(_context, signal) {
    if (signal.kind === 'expired') return { outcome: 'expired', output: { data: null } }
    return signal.kind === 'callback' ? { output: { data: signal.data } } : 'keep waiting'
  },
})

type Config = z.output<typeof config>

async function ask(
  { doors, callbackUrl, idempotencyKey, signal }: ActionContext<Config>,
  request: NonNullable<Config['request']>,
): Promise<void> {
  const { method, url, headers = {}, body = {} } = request
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const response = await doors.http(
    {
      method,
      url,
      headers: { 'idempotency-key': idempotencyKey, ...given, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, callback_url: callbackUrl() }),
    },
    signal,
  )
  requireStatus(showUrl(url), response)
}
