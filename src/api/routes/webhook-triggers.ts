// The addresses and signing secrets of webhooks that come in.

import { z } from 'zod'
import { ok } from '../../kernel/problem.ts'
import {
  changeWebhookSecret,
  changeWebhookToken,
  webhookSigning,
  type WebhookSigning,
} from '../../governance/webhook-triggers.ts'
import { route } from '../route.ts'

const params = z.strictObject({ id: z.uuid().toLowerCase().meta({ description: 'The id of the trigger.' }) })
const moment = z.string().meta({ format: 'date-time' })

const signingFields = {
  signature: z
    .enum(['standard', 'github', 'stripe'])
    .nullable()
    .meta({ description: 'How calls are signed, by the definition; null when the address is enough.' }),
  secret_set_at: moment
    .nullable()
    .meta({ description: 'Null while there is no secret: every signed call is refused.' }),
  previous_secret_until: moment.nullable().meta({ description: 'Until when the secret before is taken as well.' }),
}

const signingShape = z
  .strictObject(signingFields)
  .meta({ id: 'WebhookSigning', description: 'How a webhook that comes in is signed.' })

const keepPrevious = z
  .boolean()
  .default(true)
  .meta({ description: 'Whether the secret before is taken for another day; false when it has leaked.' })

const getSigning = route({
  method: 'GET',
  path: '/triggers/{id}/secret',
  operation: 'getWebhookSigning',
  tag: 'Triggers',
  summary: 'How a webhook is signed',
  description: 'Without the secret, which nobody is told again.',
  access: 'triggers:read',
  problems: ['not_found'],
  params,
  answers: { 200: { description: 'The scheme, and since when there is a secret.', schema: signingShape } },
  async handle({ db, principal, params: { id } }) {
    const signing = await webhookSigning(db, principal.tenantId, id)
    return signing.ok ? ok({ status: 200, body: signingBody(signing.value) } as const) : signing
  },
})

const setSecret = route({
  method: 'PUT',
  path: '/triggers/{id}/secret',
  operation: 'setWebhookSecret',
  tag: 'Triggers',
  summary: 'Set the signing secret of a webhook',
  description: 'For senders that make the secret themselves, such as Stripe. The one before is taken for another day.',
  access: 'triggers:write',
  problems: ['not_found', 'conflict'],
  params,
  body: z.strictObject({ value: z.string().min(1).max(500), keep_previous: keepPrevious }),
  bodyExample: { value: 'whsec_the-secret-that-the-sender-shows' },
  answers: { 200: { description: 'It is set.', schema: signingShape } },
  async handle({ parts, db, principal, params: { id }, body }) {
    const change = { id, value: body.value, keepsPrevious: body.keep_previous }
    const set = await changeWebhookSecret(parts, db, principal, change)
    return set.ok ? ok({ status: 200, body: signingBody(set.value) } as const) : set
  },
})

const rotateSecret = route({
  method: 'POST',
  path: '/triggers/{id}/rotate-secret',
  operation: 'rotateWebhookSecret',
  tag: 'Triggers',
  summary: 'Make a new signing secret for a webhook',
  description: 'The new secret is told once. The one before is taken for another day.',
  access: 'triggers:write',
  problems: ['not_found', 'conflict'],
  idempotency: 'sealed',
  params,
  body: z.strictObject({ keep_previous: keepPrevious }).default({ keep_previous: true }),
  bodyExample: { keep_previous: true },
  answers: {
    200: {
      description: 'The new secret.',
      schema: z.strictObject({ ...signingFields, secret: z.string() }).meta({ id: 'WebhookSecret' }),
    },
  },
  async handle({ parts, db, principal, params: { id }, body }) {
    const rotated = await changeWebhookSecret(parts, db, principal, { id, keepsPrevious: body.keep_previous })
    if (!rotated.ok) return rotated
    return ok({ status: 200, body: { ...signingBody(rotated.value), secret: rotated.value.secret } } as const)
  },
})

const rotateToken = route({
  method: 'POST',
  path: '/triggers/{id}/rotate-token',
  operation: 'rotateWebhookToken',
  tag: 'Triggers',
  summary: 'Give a webhook a new address',
  description: 'The address is told once; the one before is gone at once.',
  access: 'triggers:write',
  problems: ['not_found'],
  idempotency: 'sealed',
  params,
  answers: {
    200: {
      description: 'The new address.',
      schema: z.strictObject({ url: z.string().meta({ format: 'uri' }) }).meta({ id: 'WebhookAddress' }),
    },
  },
  async handle({ parts, db, principal, params: { id } }) {
    const changed = await changeWebhookToken(parts, db, principal, id)
    return changed.ok
      ? ok({ status: 200, body: { url: `${parts.url}/hooks/${changed.value.token}` } } as const)
      : changed
  },
})

export const webhookTriggerRoutes = [getSigning, setSecret, rotateSecret, rotateToken]

function signingBody({
  scheme = null,
  setAt,
  previousExpiresAt,
}: Omit<WebhookSigning, 'scheme'> & { scheme?: WebhookSigning['scheme'] | null }): z.input<typeof signingShape> {
  return {
    signature: scheme,
    secret_set_at: setAt?.toISOString() ?? null,
    previous_secret_until: previousExpiresAt?.toISOString() ?? null,
  }
}
