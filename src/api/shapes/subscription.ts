// Subscriptions and deliveries as the API shows them.

import { z } from 'zod'
import { lifecycleTypes } from '../../kernel/plan/lifecycle.ts'
import type { Delivery, DeliveryAttempt } from '../../record/deliveries.ts'
import type { Subscription } from '../../record/subscriptions.ts'
import { etagOf } from '../edit.ts'

const id = z.string().meta({ format: 'uuid' })
const moment = z.string().meta({ format: 'date-time' })

export const eventTypes = z
  .array(z.enum([...lifecycleTypes, '*', 'workflow.*']))
  .min(1)
  .max(30)
  .meta({
    description: 'Lifecycle events by name; `*` stands for all.',
    examples: [['workflow.completed', 'workflow.failed']],
  })
export const subscriptionStatus = z.enum(['active', 'disabled'])
export const receiverUrl = z
  .string()
  .min(1)
  .max(2000)
  .meta({ description: 'Where events are posted, over http or https.', examples: ['https://example.com/countersign'] })
export const subscriptionDescription = z.string().max(500)

const fields = {
  id,
  url: receiverUrl,
  description: subscriptionDescription.nullable(),
  event_types: eventTypes,
  workflow: z.string().nullable().meta({ description: 'The only workflow it is about; null for all.' }),
  status: subscriptionStatus,
  disabled_reason: z.string().nullable().meta({ description: 'Why, where it was not disabled by hand.' }),
  failing_since: moment.nullable().meta({ description: 'Since when nothing has arrived.' }),
  previous_secret_until: moment.nullable().meta({ description: 'Until when the secret before signs as well.' }),
  created_by: z.string(),
  created_at: moment,
  updated_at: moment,
}

export const subscriptionShape = z
  .strictObject(fields)
  .meta({ id: 'Subscription', description: 'A receiver that is told what happens.' })

const secret = z.string().meta({
  description: 'Signs what is sent (Standard Webhooks). It is told here and never again.',
  examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
})

export const subscriptionWithSecret = z
  .strictObject({ ...fields, secret })
  .meta({ id: 'SubscriptionWithSecret', description: 'A subscription and its new secret.' })

export function subscriptionBody(row: Subscription): z.input<typeof subscriptionShape> {
  const { url, description, workflow, status } = row
  return {
    id: row.id,
    url,
    description,
    // The column holds what this schema let in.
    event_types: eventTypes.parse(row.eventTypes),
    workflow,
    status,
    disabled_reason: row.disabledReason,
    failing_since: row.failingSince?.toISOString() ?? null,
    previous_secret_until: row.previousExpiresAt?.toISOString() ?? null,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

/** Of what people edit: how its deliveries fare is no edit. */
export function subscriptionEtag({
  id: of,
  url,
  description,
  eventTypes: types,
  workflow,
  status,
  updatedAt,
}: Subscription) {
  return etagOf({ of, url, description, types, workflow, status, updatedAt })
}

export const deliveryStatus = z.enum(['pending', 'delivered', 'failed', 'dropped'])

const attemptShape = z
  .strictObject({
    attempt: z.number().int(),
    at: moment,
    ms: z.number().int().meta({ description: 'How long it took.' }),
    status: z.number().int().nullable().meta({ description: 'The HTTP status; null when there was no answer.' }),
    answer: z.string().nullable().meta({ description: 'The beginning of the answer, up to 1 kB.' }),
    error: z.string().nullable().meta({ description: 'What was wrong; null when it arrived.' }),
  })
  .meta({ id: 'DeliveryAttempt' })

const deliveryFields = {
  id,
  subscription_id: id,
  webhook_id: z.string().meta({ description: 'The header webhook-id: the same for every attempt.' }),
  type: z.string(),
  execution_id: id.nullable(),
  status: deliveryStatus,
  created_at: moment,
  next_attempt_at: moment.nullable(),
  settled_at: moment.nullable(),
  attempts: z.array(attemptShape),
}

export const deliveryShape = z
  .strictObject(deliveryFields)
  .meta({ id: 'Delivery', description: 'One event for one receiver, and what became of it.' })
export const deliveryDetail = z
  .strictObject({ ...deliveryFields, body: z.string().meta({ description: 'What is sent, byte for byte.' }) })
  .meta({ id: 'DeliveryDetail', description: 'A delivery with what it sends.' })

export function deliveryBody(row: Delivery, attempts: readonly DeliveryAttempt[]): z.input<typeof deliveryShape> {
  return {
    id: row.id,
    subscription_id: row.subscriptionId,
    webhook_id: row.eventId,
    type: row.type,
    execution_id: row.executionId,
    status: row.status,
    created_at: row.createdAt.toISOString(),
    next_attempt_at: row.dueAt?.toISOString() ?? null,
    settled_at: row.settledAt?.toISOString() ?? null,
    attempts: attempts.map(({ attempt, at, ms, status, answer, error }) => {
      return { attempt, at: at.toISOString(), ms, status, answer, error }
    }),
  }
}
