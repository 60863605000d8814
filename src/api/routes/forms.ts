// Forms: what waits for people to fill in, and what they send.

import { z } from 'zod'
import { formRequest, submissionProblem, submitForm } from '../../governance/forms.ts'
import { failed, ok } from '../../kernel/problem.ts'
import { countForms, findForm, pageOfForms } from '../../record/form-lists.ts'
import { membersOfAudience } from '../../record/members.ts'
import { pageOf } from '../page.ts'
import { pointInto } from '../problem-pointers.ts'
import { route } from '../route.ts'
import { permitBody, personBody } from '../shapes/approval.ts'
import { idParams, jsonObject } from '../shapes/execution.ts'
import { formBody, formDetail, formSummary, submissionShape } from '../shapes/form.ts'
import { fieldsJsonSchema } from '../shapes/input-schema.ts'
import { waitingPage, waitingQuery } from '../waiting-page.ts'
import { roleProblem } from '../approval-detail.ts'

const list = route({
  method: 'GET',
  path: '/forms',
  operation: 'listForms',
  tag: 'Forms',
  summary: 'List forms',
  description: 'Pending ones by when they expire; others the newest first.',
  access: 'forms:read',
  problems: ['not_found'],
  query: z.strictObject({
    status: z
      .enum(['pending', 'closed', 'all'])
      .default('pending')
      .meta({ description: '`closed`: submitted, expired or cancelled.' }),
    ...waitingQuery,
  }),
  answers: { 200: { description: 'A page of forms.', schema: pageOf(formSummary) } },
  async handle(call) {
    const found = await waitingPage(call, { name: 'forms', page: pageOfForms, count: countForms })
    if (!found.ok) return found
    const items = found.value.rows.map((form) => formBody(form, formRequest(form)))
    return ok({ status: 200 as const, body: { items, ...found.value.facts } })
  },
})

const get = route({
  method: 'GET',
  path: '/forms/{id}',
  operation: 'getForm',
  tag: 'Forms',
  summary: 'Get a form',
  description: 'With its fields, who is asked, and whether I am.',
  access: 'forms:read',
  problems: ['not_found'],
  params: idParams,
  answers: { 200: { description: 'The form.', schema: formDetail } },
  async handle({ db, parts, principal, params: { id } }) {
    const { tenantId } = principal
    const form = await findForm(db, tenantId, id)
    if (form === undefined) return failed({ code: 'not_found', message: `There is no form ${id}.` })
    const asks = formRequest(form)
    const members = await membersOfAudience(db, tenantId, asks.audience)
    const refused =
      roleProblem(principal, 'forms:submit') ?? submissionProblem(form, members, principal.id, new Date(parts.now()))
    const body = {
      ...formBody(form, asks),
      instructions: asks.instructions ?? null,
      fields: asks.fields,
      schema: { ...fieldsJsonSchema(asks.fields) },
      asked: members.map(personBody),
      may_i_submit: permitBody(refused),
    }
    return ok({ status: 200 as const, body })
  },
})

const submit = route({
  method: 'POST',
  path: '/forms/{id}/submission',
  operation: 'submitForm',
  tag: 'Forms',
  summary: 'Fill in a form',
  description: 'The first submission counts. What does not fit is told all at once.',
  access: 'forms:submit',
  problems: ['not_found', 'conflict'],
  params: idParams,
  body: z.strictObject({ data: jsonObject }),
  bodyExample: { data: { street: 'Main Street 1', day: '2026-12-01' } },
  idempotency: 'stored',
  answers: { 200: { description: 'It is submitted.', schema: submissionShape } },
  async handle({ db, parts, principal, params, body: { data } }) {
    const submission = { formId: params.id, memberId: principal.id, data }
    const submitted = pointInto('/data', await submitForm(parts, db, principal, submission))
    if (!submitted.ok) return submitted
    return ok({ status: 200 as const, body: { status: 'submitted' as const, data: { ...submitted.value } } })
  },
})

export const formsRoutes = [list, get, submit]
