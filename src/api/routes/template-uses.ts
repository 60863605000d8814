// Templates in use: tried out, used, run at once; and how they become pre-approved, and no longer are.

import { z } from 'zod'
import { askPreApproval, revokePreApproval } from '../../governance/template-approval.ts'
import { draftFromTemplate } from '../../governance/draft-templates.ts'
import { prepareUse, previewUse, runTemplate } from '../../governance/template-runs.ts'
import { ok } from '../../kernel/problem.ts'
import { asJsonObject } from '../../packs/payload.ts'
import { pointInto } from '../problem-pointers.ts'
import { route } from '../route.ts'
import { jsonObject } from '../shapes/execution.ts'
import { id, label } from '../shapes/person.ts'
import { templateName, templateParams } from '../shapes/template.ts'
import { problemShape } from '../shapes/workflow.ts'
import { startAnswers } from './executions.ts'

const inputsBody = z.strictObject({ inputs: jsonObject.default({}) })
const bodyExample = { inputs: { who: 'Ana' } }

const preview = route({
  method: 'POST',
  path: '/templates/{name}/preview',
  operation: 'previewTemplate',
  tag: 'Templates',
  summary: 'Try out the inputs of a template',
  description: 'Says what a use with these inputs would be made of, and all that is wrong with them. Nothing is made.',
  access: 'templates:read',
  problems: ['not_found'],
  params: templateParams,
  body: inputsBody.default({ inputs: {} }),
  bodyExample,
  answers: {
    200: {
      description: 'What it would be made of.',
      schema: z
        .strictObject({
          template: templateName,
          ready: z.boolean().meta({ description: 'Nothing is missing, unknown or wrong.' }),
          runs_at_once: z.boolean().meta({ description: 'It is pre-approved.' }),
          inputs: jsonObject.meta({ description: 'The defaults with what was given, copy blocks filled in.' }),
          missing: z.array(z.string()).meta({ description: 'Required fields without a value: all of them.' }),
          unknown: z.array(z.string()).meta({ description: 'Fields that are not asked for.' }),
          problems: z.array(problemShape).meta({ description: 'With pointers into `inputs`.' }),
        })
        .meta({ id: 'TemplatePreview' }),
    },
  },
  async handle({ db, principal, params, body }) {
    const given = asJsonObject(body.inputs)
    const use = await previewUse(db, principal.tenantId, params.name, given)
    if (!use.ok) return use
    const { template, inputs, missing, unknown, problems } = use.value
    const lists = { missing: [...missing], unknown: [...unknown], problems: [...problems] }
    const facts = { ready: problems.length === 0, runs_at_once: template.isPreApproved, inputs: { ...inputs } }
    return ok({ status: 200, body: { template: template.name, ...facts, ...lists } } as const)
  },
})

const use = route({
  method: 'POST',
  path: '/templates/{name}/use',
  operation: 'useTemplate',
  tag: 'Templates',
  summary: 'Make a draft from a template',
  description: 'Merges what is given into its defaults. All that is missing, unknown or wrong is said at once.',
  access: 'templates:use',
  problems: ['not_found', 'invalid_input'],
  idempotency: 'stored',
  params: templateParams,
  body: z.strictObject({
    inputs: jsonObject.default({}),
    name: label(200).optional().meta({ description: "The draft's; the template's title when absent." }),
    purpose: z.string().max(4000).optional().meta({ description: 'What it is for.' }),
    council: z.string().min(1).max(60).optional().meta({ description: 'Who is to review it.' }),
  }),
  bodyExample: { ...bodyExample, purpose: 'A new colleague' },
  answers: {
    201: {
      description: 'The draft.',
      schema: z
        .strictObject({ draft_id: id, template: templateName, inputs: jsonObject })
        .meta({ id: 'TemplateDraft', description: 'A draft that was made from a template.' }),
    },
  },
  async handle({ parts, db, principal, params, body }) {
    const inputs = asJsonObject(body.inputs)
    const prepared = pointInto('/inputs', await prepareUse(db, principal.tenantId, params.name, inputs))
    if (!prepared.ok) return prepared
    const { name, purpose = null, council = null } = body
    const asked = { template: { name: params.name }, name, purpose, council, inputs }
    const made = await draftFromTemplate(parts, db, principal, asked)
    if (!made.ok) return made
    const facts = { draft_id: made.value.id, template: params.name, inputs: { ...prepared.value.inputs } }
    return ok({ status: 201, body: facts, headers: { location: `/api/v1/drafts/${made.value.id}` } } as const)
  },
})

const run = route({
  method: 'POST',
  path: '/templates/{name}/run',
  operation: 'runTemplate',
  tag: 'Templates',
  summary: 'Run a pre-approved template',
  description: 'At once and with no review: a council has approved what it does. Each run is written down and counted.',
  access: 'templates:use',
  problems: ['not_found', 'conflict', 'invalid_input', 'payload_too_large', 'expression_failed'],
  idempotency: 'stored',
  params: templateParams,
  body: inputsBody.default({ inputs: {} }),
  bodyExample,
  answers: startAnswers,
  async handle({ parts, db, principal, params, body, request }) {
    const { traceparent } = request
    const given = {
      name: params.name,
      inputs: asJsonObject(body.inputs),
      ...(traceparent !== undefined && { traceparent }),
    }
    const started = pointInto('/inputs', await runTemplate(parts, db, principal, given))
    if (!started.ok) return started
    const { executionId, workflow, createdAt } = started.value
    const headers = { location: `/api/v1/executions/${executionId}` }
    return ok({
      status: 201,
      body: { id: executionId, workflow, created_at: createdAt.toISOString() },
      headers,
    } as const)
  },
})

const ask = route({
  method: 'POST',
  path: '/templates/{name}/pre-approval',
  operation: 'askPreApproval',
  tag: 'Templates',
  summary: 'Ask a council for the pre-approval of a template',
  description:
    'The council votes on its workflow, inputs, fields and copy blocks as they are now. Who asked, made or edited it may not.',
  access: 'approvals:ask',
  problems: ['not_found', 'conflict', 'unreachable_quorum'],
  idempotency: 'stored',
  params: templateParams,
  body: z.strictObject({ council: z.string().min(1).max(60) }),
  bodyExample: { council: 'finance' },
  answers: {
    201: {
      description: 'The approval that the council votes on.',
      schema: z.strictObject({ approval_id: id }).meta({ id: 'PreApprovalAsked' }),
    },
  },
  async handle({ parts, db, principal, params, body }) {
    const asked = await askPreApproval(parts, db, principal, { name: params.name, council: body.council })
    return asked.ok ? ok({ status: 201, body: { approval_id: asked.value.approvalId } } as const) : asked
  },
})

const revoke = route({
  method: 'POST',
  path: '/templates/{name}/revoke',
  operation: 'revokePreApproval',
  tag: 'Templates',
  summary: 'Revoke the pre-approval of a template',
  description:
    'By an owner, an admin, or a member of its council. It takes effect at once: nothing starts, and what is under way does ' +
    'nothing critical any more.',
  access: 'approvals:decide',
  problems: ['not_found', 'conflict'],
  params: templateParams,
  body: z.strictObject({ reason: z.string().trim().min(1).max(1000) }),
  bodyExample: { reason: 'The refund limit has changed.' },
  answers: { 204: { description: 'Revoked.' } },
  async handle({ parts, db, principal, params, body }) {
    const revoked = await revokePreApproval(parts, db, principal, { name: params.name, reason: body.reason })
    return revoked.ok ? ok({ status: 204 } as const) : revoked
  },
})

export const templateUseRoutes = [preview, use, run, ask, revoke]
