// Forms: a person fills one in, and what waits for it goes on.

import { z } from 'zod'
import type { Actor } from '../kernel/access/actor.ts'
import { checkInputs } from '../kernel/definition/inputs.ts'
import { inputSchema } from '../kernel/definition/workflow.ts'
import type { JsonObject } from '../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import type { PendingFilter } from '../record/approvals.ts'
import { appendAudit } from '../record/audit.ts'
import { asTenant, type Queryable } from '../record/database.ts'
import { closeForm, type Form, type FormStatus, listPendingForms, lockForm, type PendingForm } from '../record/forms.ts'
import { type Member, membersOfAudience } from '../record/members.ts'
import { sendSignals } from '../record/signals.ts'
import type { GovernanceParts } from './approvals.ts'
import { audienceSchema, sayOnly } from './audience.ts'
import { sayAgo } from './time-ago.ts'

export interface Submission {
  readonly formId: string
  /** Who fills it in: the actor, unless somebody at the machine does it for a member. */
  readonly memberId: string
  readonly data: unknown
}

const requestSchema = z.object({
  title: z.string().optional(),
  instructions: z.string().optional(),
  fields: z.record(z.string(), inputSchema),
  audience: audienceSchema,
})

/**
 * Submits a form once; the first submission counts. Returns the data as kept, with defaults. Problems: `not_found`;
 * `conflict` (closed or expired); `forbidden` (not asked); `invalid_input`, all at once, with pointers into `data`.
 */
export async function submitForm(
  parts: GovernanceParts,
  client: Queryable,
  actor: Actor,
  submission: Submission,
): Promise<Result<JsonObject>> {
  const { tenantId } = actor
  const { formId, memberId } = submission
  const form = await lockForm(client, tenantId, formId)
  if (form === undefined) return failed({ code: 'not_found', message: `There is no form ${formId}.` })
  const at = new Date(parts.now())
  const { title, fields, audience } = formRequest(form)
  const asked = await membersOfAudience(client, tenantId, audience)
  const refused = submissionProblem(form, asked, memberId, at)
  const member = asked.find(({ id }) => id === memberId)
  if (refused !== undefined || member === undefined) return failed(refused ?? notAsked(audience, asked))
  const checked = checkInputs({ inputs: fields }, submission.data)
  if (!checked.ok) return checked
  const { executionId, step, item } = form
  // By its `ref` the step knows whether this is what it asks for now.
  const data = { ref: formId, data: checked.value, by: member.email }
  const signal = { tenantId, executionId, id: parts.newId(), kind: 'form', step, data, createdAt: at } as const
  const sent = await sendSignals(client, [item === null ? signal : { ...signal, item }])
  const status = sent.size > 0 ? 'submitted' : 'cancelled'
  await closeForm(client, form, status, at)
  const object = { type: 'form', id: formId, name: title }
  // What was filled in stays out of what is kept for ever: the journal has it, and its digest comes into the chain.
  const filled =
    status === 'submitted' ? { member_id: memberId, member: member.name, fields: Object.keys(checked.value) } : {}
  const after = { status, ...filled, execution_id: executionId, step, item }
  await appendAudit(client, actor, { action: `form.${status}`, object, before: { status: 'pending' }, after, at })
  if (status === 'submitted') return ok(checked.value)
  return failed({ code: 'conflict', message: 'Nothing waits for this any more: its execution has ended.' })
}

/** The forms that wait now, with `memberId` those that ask this member; those that expire first in front. */
export async function pendingForms(
  { database, now }: GovernanceParts,
  tenantId: string,
  filter: PendingFilter,
): Promise<PendingForm[]> {
  return asTenant(database, tenantId, (client) => listPendingForms(client, tenantId, filter, new Date(now())))
}

export type FormRequest = z.output<typeof requestSchema>

/** What a form asks, and whom. */
export function formRequest({ request }: Pick<Form, 'request'>): FormRequest {
  return requestSchema.parse(request)
}

/** Why a member may not fill in a form; undefined when they may. */
export function submissionProblem(
  form: Form,
  asked: readonly Member[],
  memberId: string | null,
  now: Date,
): Problem | undefined {
  const closed = closedProblem(form, now)
  if (closed !== undefined) return closed
  return asked.some(({ id }) => id === memberId) ? undefined : notAsked(formRequest(form).audience, asked)
}

function notAsked(audience: FormRequest['audience'], members: readonly Member[]): Problem {
  const names = members.map(({ name }) => name)
  return { code: 'forbidden', message: sayOnly(audience, names, 'fill in') }
}

const ends: Readonly<Record<Exclude<FormStatus, 'pending'>, string>> = {
  submitted: 'Submitted',
  expired: 'Expired',
  cancelled: 'Cancelled with its execution',
}

function closedProblem({ status, closedAt, expiresAt }: Form, now: Date): Problem | undefined {
  const conflict = (message: string): Problem => ({ code: 'conflict', message })
  if (status !== 'pending') return conflict(`${ends[status]} ${sayAgo(closedAt, now.getTime())}.`)
  return expiresAt !== null && expiresAt <= now ? conflict(`Expired ${sayAgo(expiresAt, now.getTime())}.`) : undefined
}
