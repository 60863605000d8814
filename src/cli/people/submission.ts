// Forms filled in from the terminal, in the name of a member who is asked.

import { z } from 'zod'
import { audienceSchema } from '../../governance/audience.ts'
import { submitForm } from '../../governance/forms.ts'
import { operatorOf } from '../../kernel/access/actor.ts'
import { type InputSchema, inputSchema } from '../../kernel/definition/workflow.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Result } from '../../kernel/problem.ts'
import { asTenant } from '../../record/database.ts'
import type { PendingForm } from '../../record/forms.ts'
import { membersOfAudience } from '../../record/members.ts'
import type { Office } from '../command-line.ts'
import { Refusal } from '../refusal.ts'
import { requireMember, sayAudience } from './votes.ts'

const requestSchema = z.object({
  title: z.string(),
  instructions: z.string().optional(),
  fields: z.record(z.string(), inputSchema),
  audience: audienceSchema,
})

export type FormRequest = z.infer<typeof requestSchema>
export type Fields = Readonly<Record<string, InputSchema>>

export function requestOf({ request }: PendingForm): FormRequest {
  return requestSchema.parse(request)
}

/** Returns who it was submitted as, or the problems of the data. Throws `Refusal` when nobody may. */
export async function submitAs(
  office: Office,
  form: PendingForm,
  data: JsonObject,
  email: string | undefined,
): Promise<Result<{ readonly by: string }>> {
  const member = email === undefined ? await firstAsked(office, form) : await requireMember(office, email)
  const { house, tenant } = office
  const given = { formId: form.id, memberId: member.id, data }
  const result = await asTenant(house.database, tenant.id, (client) =>
    submitForm(house, client, operatorOf(tenant.id), given),
  )
  return result.ok ? { ok: true, value: { by: member.name } } : result
}

async function firstAsked({ house, tenant }: Office, form: PendingForm) {
  const { audience } = requestOf(form)
  const [member] = await membersOfAudience(house.database.engine, tenant.id, audience)
  if (member !== undefined) return member
  throw new Refusal(
    'failed',
    `This form asks ${sayAudience(audience)}, and nobody is that now.`,
    'Give a member that role.',
  )
}
