// Policies: for how long the tenant keeps what.

import { z } from 'zod'
import { ok } from '../../kernel/problem.ts'
import { changePolicies, mostExecutionDays, readPolicies } from '../../governance/policies.ts'
import type { Policies } from '../../record/policies.ts'
import { checkIfMatch, etagOf } from '../edit.ts'
import { type CallContext, route } from '../route.ts'

const days = z.number().int().min(1).max(36_500)
const fields = {
  executions_days: days
    .nullable()
    .meta({ description: 'After their end. Null: as long as the installation keeps them, which is also the most.' }),
  event_receipts_days: days.meta({
    description: 'How long the ids of events are remembered, so that each is taken once.',
  }),
  deliveries_days: days.meta({ description: 'Deliveries to subscriptions, after they were settled.' }),
  notifications_days: days.nullable().meta({ description: 'Null: as long as their execution.' }),
}
const shape = z.strictObject({
  ...fields,
  most_executions_days: days.nullable().meta({ description: 'What the installation keeps at most; null: for ever.' }),
  audit_days: z.null().meta({ description: 'The audit is kept for ever.' }),
})
const example = {
  executions_days: 90,
  event_receipts_days: 30,
  deliveries_days: 7,
  notifications_days: null,
  most_executions_days: 365,
  audit_days: null,
}
const answers = {
  200: { description: 'The policies.', schema: shape, example, headers: { ETag: 'For `If-Match` of an edit.' } },
} as const

const read = route({
  method: 'GET',
  path: '/policies',
  operation: 'getPolicies',
  tag: 'Settings',
  summary: 'Get the policies',
  description: 'For how long the tenant keeps what, in days. What is older is deleted within an hour or two.',
  access: 'settings:read',
  problems: [],
  answers,
  async handle({ parts, db, principal }) {
    return reply(parts, await readPolicies(db, principal.tenantId))
  },
})

const change = route({
  method: 'PATCH',
  path: '/policies',
  operation: 'changePolicies',
  tag: 'Settings',
  summary: 'Change the policies',
  description:
    'Changes the fields that are given. Executions cannot be kept for longer than the installation keeps them.',
  access: 'settings:write',
  problems: ['invalid_input'],
  ifMatch: 'required',
  body: z.strictObject(fields).partial(),
  bodyExample: { executions_days: 90 },
  answers,
  async handle({ parts, db, principal, body, request }) {
    const changed = await changePolicies(parts, db, principal, changesOf(body), (current) =>
      checkIfMatch(request.ifMatch, etagOf(current)),
    )
    return changed.ok ? reply(parts, changed.value) : changed
  },
})

export const policyRoutes = [read, change]

type Body = Partial<Record<'event_receipts_days' | 'deliveries_days', number | undefined>> &
  Partial<Record<'executions_days' | 'notifications_days', number | null | undefined>>

function changesOf(body: Body): Partial<Policies> {
  const { executions_days, event_receipts_days, deliveries_days, notifications_days } = body
  return {
    ...(executions_days !== undefined && { executionsDays: executions_days }),
    ...(event_receipts_days !== undefined && { eventReceiptsDays: event_receipts_days }),
    ...(deliveries_days !== undefined && { deliveriesDays: deliveries_days }),
    ...(notifications_days !== undefined && { notificationsDays: notifications_days }),
  }
}

function reply(parts: CallContext['parts'], policies: Policies) {
  const body = {
    executions_days: policies.executionsDays,
    event_receipts_days: policies.eventReceiptsDays,
    deliveries_days: policies.deliveriesDays,
    notifications_days: policies.notificationsDays,
    most_executions_days: mostExecutionDays(parts) ?? null,
    audit_days: null,
  }
  return ok({ status: 200, body, headers: { etag: etagOf(policies) } } as const)
}
