// Forms as the API shows them.

import { z } from 'zod'
import type { FormRequest } from '../../governance/forms.ts'
import { inputSchema } from '../../kernel/definition/workflow.ts'
import type { ListedForm } from '../../record/form-lists.ts'
import { audienceBody, audienceShape, permitShape, personShape } from './approval.ts'
import { iso, jsonObject, uuid } from './execution.ts'
import { moment, workflowName } from './workflow.ts'

const summaryFields = {
  id: uuid,
  status: z.enum(['pending', 'submitted', 'expired', 'cancelled']),
  title: z.string().nullable(),
  execution_id: uuid,
  workflow: workflowName,
  step: z.string(),
  item: z.number().int().nullable().meta({ description: 'Position in a `for_each`, from 0.' }),
  audience: audienceShape,
  expires_at: moment.nullable(),
  created_at: moment,
  closed_at: moment.nullable(),
}

export const formSummary = z.strictObject(summaryFields).meta({ id: 'FormSummary', description: 'A form in a list.' })

export const formDetail = z
  .strictObject({
    ...summaryFields,
    instructions: z.string().nullable(),
    fields: z
      .record(z.string(), inputSchema)
      .meta({ description: 'As they are declared, in the order in which they are asked.' }),
    schema: jsonObject.meta({ description: 'JSON Schema 2020-12 of the data.' }),
    asked: z.array(personShape).meta({ description: 'Who they are now.' }),
    may_i_submit: permitShape,
  })
  .meta({ id: 'Form' })

export const submissionShape = z
  .strictObject({
    status: z.literal('submitted'),
    data: jsonObject.meta({ description: 'As it is kept, with defaults filled in.' }),
  })
  .meta({ id: 'Submission' })

export function formBody(form: ListedForm, { title, audience }: FormRequest): z.input<typeof formSummary> {
  const { id, status, executionId, workflow, step, item, expiresAt, createdAt, closedAt } = form
  return {
    id,
    status,
    title: title ?? null,
    execution_id: executionId,
    workflow,
    step,
    item,
    audience: audienceBody(audience),
    expires_at: iso(expiresAt),
    created_at: createdAt.toISOString(),
    closed_at: iso(closedAt),
  }
}
