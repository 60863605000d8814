// webhook.send: an event posted to a receiver, signed as Standard Webhooks asks (standardwebhooks.com).

import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { impactOfCall } from './call-impact.ts'
import { ActionError, anyJson, defineAction } from '../kit.ts'
import type { ActionContext } from '../kit.ts'
import { requireStatus, showUrl } from './http-answer.ts'

const secret = z.string().min(1)

const config = z.strictObject({
  url: z.string().min(1).max(8000).describe('The receiver, an http or https address'),
  event: z.string().min(1).max(200).describe('The event type, such as order.approved'),
  data: anyJson.optional().describe('What the event says'),
  secret: z
    .union([secret, z.array(secret).min(1).max(2)])
    .describe(
      'The signing secret (whsec_ and base64), as {{ secrets.NAME }}; two of them while one replaces the other',
    ),
})

export const webhookSend = defineAction({
  name: 'webhook.send',
  title: 'Send webhook',
  description:
    'Posts a signed event (Standard Webhooks). The webhook-id is the same for each attempt. 410 means that the receiver wants no more.',
  config,
  output: z.strictObject({
    status: z.int().describe('The HTTP status'),
    id: z.string().describe('The webhook-id header'),
  }),
  impact: ({ url }, surroundings) => impactOfCall('webhook.send', url, surroundings),
  effect: 'external',
  examples: [
    {
      title: 'Tell the warehouse',
      config: {
        url: 'https://warehouse.example.com/hooks',
        event: 'order.approved',
        data: { order_id: '{{ trigger.order_id }}' },
        secret: '{{ secrets.WAREHOUSE_HOOK }}',
      },
    },
  ],
  async run(context) {
    const { config: given, doors, signal, idempotencyKey: id } = context
    const body = JSON.stringify({
      type: given.event,
      timestamp: new Date(context.now).toISOString(),
      data: given.data ?? null,
    })
    const response = await doors.http({ method: 'POST', url: given.url, headers: sign(context, body), body }, signal)
    const target = showUrl(given.url)
    if (response.status === 410)
      throw new ActionError('http_refused', `${target} answered 410: it wants no more events. Remove this webhook.`, {
        detail: { status: 410 },
      })
    requireStatus(target, response)
    return { output: { status: response.status, id } }
  },
})

function sign(
  { config: given, now, idempotencyKey: id }: ActionContext<z.output<typeof config>>,
  body: string,
): Record<string, string> {
  const at = new Date(now)
  const secrets = typeof given.secret === 'string' ? [given.secret] : given.secret
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': secrets.map((one) => signerFor(one).sign(id, at, body)).join(' '),
  }
}

function signerFor(text: string): Webhook {
  try {
    return new Webhook(text)
  } catch {
    throw new ActionError(
      'action_config',
      'The config of webhook.send does not fit: secret: must be "whsec_" and base64. Make one with: openssl rand -base64 24',
    )
  }
}
