// Policies: for how long the tenant keeps what, and what it wants to be countersigned.

import { z } from 'zod'
import { ok } from '../../kernel/problem.ts'
import { defaultGovernance, governanceChange, governanceFields } from '../../kernel/policy/governance-policy.ts'
import { loweredBy } from '../../kernel/policy/lowering.ts'
import {
  changePolicies,
  mostExecutionDays,
  type PolicyEdit,
  readPolicies,
  type TenantPolicies,
} from '../../governance/policies.ts'
import { checkIfMatch, etagOf } from '../edit.ts'
import { type CallContext, route } from '../route.ts'
import { moment } from '../shapes/workflow.ts'

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
const pendingShape = z
  .strictObject({
    id: z.string().meta({ format: 'uuid' }),
    approval_id: z.string().nullable().meta({ format: 'uuid' }),
    requested_by: z.string(),
    created_at: moment,
    lowers: z.array(z.string()).meta({ description: 'What it lowers, a phrase each.' }),
    after: z.strictObject(governanceFields).meta({ description: 'The policy as it would be.' }),
  })
  .meta({ id: 'PolicyChange', description: 'A change that lowers something: it waits for another owner or admin.' })

const shape = z.strictObject({
  ...fields,
  ...governanceFields,
  pending_change: pendingShape.nullable().meta({ description: 'Null when none waits.' }),
  most_executions_days: days.nullable().meta({ description: 'What the installation keeps at most; null: for ever.' }),
  audit_days: z.null().meta({ description: 'The audit is kept for ever.' }),
})
const example = {
  ...defaultGovernance,
  pending_change: null,
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
  description:
    'For how long the tenant keeps what, in days (what is older is deleted within an hour or two), and what has to be ' +
    'countersigned before it runs.',
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
    'Changes the fields that are given; of `classes` and `raised`, what is given within them. What raises takes effect at ' +
    'once. What lowers anything waits, as a whole, for another owner or admin: see `pending_change`. A rule that nobody can ' +
    'meet is refused. Executions cannot be kept for longer than the installation keeps them.',
  access: 'settings:write',
  problems: ['invalid_input', 'unreachable_quorum', 'conflict'],
  ifMatch: 'required',
  body: z.strictObject({ ...fields, ...governanceChange.shape }).partial(),
  bodyExample: { executions_days: 90, raised: { 'http.request': 'C' } },
  answers,
  async handle({ parts, db, principal, body, request }) {
    const changed = await changePolicies(parts, db, principal, editOf(body), (current) =>
      checkIfMatch(request.ifMatch, versionOf(current)),
    )
    return changed.ok ? reply(parts, changed.value) : changed
  },
})

export const policyRoutes = [read, change]

type Body = Partial<Record<'event_receipts_days' | 'deliveries_days', number | undefined>> &
  Partial<Record<'executions_days' | 'notifications_days', number | null | undefined>> &
  PolicyEdit['governance']

function editOf(body: Body): PolicyEdit {
  const { executions_days, event_receipts_days, deliveries_days, notifications_days, ...governance } = body
  const kept = {
    ...(executions_days !== undefined && { executionsDays: executions_days }),
    ...(event_receipts_days !== undefined && { eventReceiptsDays: event_receipts_days }),
    ...(deliveries_days !== undefined && { deliveriesDays: deliveries_days }),
    ...(notifications_days !== undefined && { notificationsDays: notifications_days }),
  }
  return { kept, governance }
}

const versionOf = ({ kept, governance, pending }: TenantPolicies): string =>
  etagOf([kept, governance, pending?.id ?? null])

function reply(parts: CallContext['parts'], policies: TenantPolicies) {
  const { kept, governance, pending } = policies
  const body = {
    executions_days: kept.executionsDays,
    event_receipts_days: kept.eventReceiptsDays,
    deliveries_days: kept.deliveriesDays,
    notifications_days: kept.notificationsDays,
    most_executions_days: mostExecutionDays(parts) ?? null,
    audit_days: null,
    ...governance,
    pending_change: pending === undefined ? null : pendingBody(pending),
  }
  return ok({ status: 200, body, headers: { etag: versionOf(policies) } } as const)
}

function pendingBody({
  id,
  approvalId,
  requestedBy,
  createdAt,
  before,
  after,
}: NonNullable<TenantPolicies['pending']>) {
  return {
    id,
    approval_id: approvalId,
    requested_by: requestedBy,
    created_at: createdAt.toISOString(),
    lowers: loweredBy(before, after),
    after,
  }
}
