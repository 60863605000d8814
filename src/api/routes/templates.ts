// Templates: listed, created, edited, deleted, brought back.

import { z } from 'zod'
import {
  createTemplate,
  deleteTemplate,
  restoreTemplate,
  saveAsTemplate,
  updateTemplate,
} from '../../governance/templates.ts'
import { noTemplate } from '../../governance/template-content.ts'
import { asJsonObject } from '../../packs/payload.ts'
import { failed, ok } from '../../kernel/problem.ts'
import { listFlags } from '../../record/template-uses.ts'
import { findTemplate, pageOfTemplates, type Template } from '../../record/templates.ts'
import { checkIfMatch } from '../edit.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { type CallContext, route } from '../route.ts'
import { idParams } from '../shapes/execution.ts'
import { etag } from '../shapes/person.ts'
import {
  aboutFields,
  category,
  detailBody,
  givenFields,
  newTemplate,
  summaryBody,
  tag,
  templateDetail,
  templateEdit,
  templateEtag,
  templateName,
  templateParams,
  templateSummary,
} from '../shapes/template.ts'

const example = {
  name: 'say-hello',
  title: 'Say hello',
  category: 'operations',
  source:
    'name: say-hello\ninputs:\n  who: { type: string }\n  words: { type: string }\nsteps:\n  - id: greet\n    action: log\n    config: { message: "{{ inputs.words }}" }\n',
  default_inputs: { words: '{{ copy.greeting }}' },
  required_fields: ['who'],
  approved_copy_blocks: { greeting: 'Hello {who}, and welcome.' },
}

const list = route({
  method: 'GET',
  path: '/templates',
  operation: 'listTemplates',
  tag: 'Templates',
  summary: 'List templates',
  description: 'Those that are used most in front.',
  access: 'templates:read',
  problems: [],
  query: z.strictObject({
    category: category.optional().meta({ description: 'Those of this category.' }),
    tag: tag.optional().meta({ description: 'Those with this tag.' }),
    search: z.string().min(1).max(100).optional().meta({ description: 'Part of the name, a text or a tag.' }),
    pre_approved: z.enum(['true', 'false']).optional().meta({ description: '`true`: those that run at once.' }),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of templates.', schema: pageOf(templateSummary) } },
  async handle({ db, principal, query: { pre_approved: chosen, ...query } }) {
    const preApproved = chosen === undefined ? undefined : chosen === 'true'
    const { templates, counted } = await pageOfTemplates(db, principal.tenantId, { ...query, preApproved })
    return ok({ status: 200, body: { items: templates.map(summaryBody), ...pageFacts(counted, query) } } as const)
  },
})

const create = route({
  method: 'POST',
  path: '/templates',
  operation: 'createTemplate',
  tag: 'Templates',
  summary: 'Create a template',
  description: 'What is wrong with its workflow or with its fields is told all at once. It is not pre-approved.',
  access: 'templates:write',
  problems: ['conflict', 'invalid_input'],
  idempotency: 'stored',
  body: newTemplate,
  bodyExample: example,
  answers: { 201: { description: 'The template.', schema: templateDetail, headers: etag } },
  async handle(call) {
    const { name, title, description, category: kind, tags, source, ...rest } = call.body
    const whole = {
      name,
      title,
      description,
      category: kind,
      tags,
      source,
      defaultInputs: asJsonObject(rest.default_inputs),
      copyBlocks: rest.approved_copy_blocks,
      requiredFields: rest.required_fields,
      optionalFields: rest.optional_fields,
    }
    const made = await createTemplate(call.parts, call.db, call.principal, whole)
    return made.ok ? ok({ ...(await detailReply(call, made.value)), status: 201 } as const) : made
  },
})

const get = route({
  method: 'GET',
  path: '/templates/{name}',
  operation: 'getTemplate',
  tag: 'Templates',
  summary: 'Get a template',
  description: 'With its workflow, its fields, its copy blocks, and what was flagged of its use.',
  access: 'templates:read',
  problems: ['not_found'],
  params: templateParams,
  answers: { 200: { description: 'The template.', schema: templateDetail, headers: etag } },
  async handle(call) {
    const template = await findTemplate(call.db, call.principal.tenantId, call.params.name)
    return template === undefined ? failed(noTemplate(call.params.name)) : ok(await detailReply(call, template))
  },
})

const update = route({
  method: 'PATCH',
  path: '/templates/{name}',
  operation: 'updateTemplate',
  tag: 'Templates',
  summary: 'Edit a template',
  description:
    'What is left out stays. Another workflow, other inputs, fields or copy blocks take the pre-approval away at once.',
  access: 'templates:write',
  problems: ['not_found', 'invalid_input'],
  ifMatch: 'required',
  params: templateParams,
  body: templateEdit,
  bodyExample: { title: 'Say hello to everybody' },
  answers: { 200: { description: 'The template as edited.', schema: templateDetail, headers: etag } },
  async handle(call) {
    const { parts, db, principal, params, body, request } = call
    const check = (current: Template) => checkIfMatch(request.ifMatch, templateEtag(current))
    const edited = await updateTemplate(parts, db, principal, params.name, givenFields(body), check)
    return edited.ok ? ok(await detailReply(call, edited.value)) : edited
  },
})

const remove = route({
  method: 'DELETE',
  path: '/templates/{name}',
  operation: 'deleteTemplate',
  tag: 'Templates',
  summary: 'Delete a template',
  description: 'It is hidden and can be brought back. A pre-approval ends at once.',
  access: 'templates:write',
  problems: ['not_found'],
  ifMatch: 'optional',
  params: templateParams,
  answers: { 204: { description: 'Deleted.' } },
  async handle({ parts, db, principal, params, request }) {
    const check = (current: Template) => checkIfMatch(request.ifMatch, templateEtag(current), 'optional')
    const deleted = await deleteTemplate(parts, db, principal, params.name, check)
    return deleted.ok ? ok({ status: 204 } as const) : deleted
  },
})

const restore = route({
  method: 'POST',
  path: '/templates/{name}/restore',
  operation: 'restoreTemplate',
  tag: 'Templates',
  summary: 'Bring back a deleted template',
  description: 'The one of this name that was deleted last. It is not pre-approved.',
  access: 'templates:write',
  problems: ['not_found', 'conflict'],
  idempotency: 'stored',
  params: templateParams,
  answers: { 200: { description: 'The template.', schema: templateDetail, headers: etag } },
  async handle(call) {
    const restored = await restoreTemplate(call.parts, call.db, call.principal, call.params.name)
    return restored.ok ? ok(await detailReply(call, restored.value)) : restored
  },
})

const leftOut = z.array(z.string()).meta({ description: 'Inputs whose values were not copied.' })

const saveAs = route({
  method: 'POST',
  path: '/executions/{id}/template',
  operation: 'saveAsTemplate',
  tag: 'Templates',
  summary: 'Save an execution as a template',
  description:
    'Of one that has completed: its workflow, with its inputs as defaults. Inputs that are named, and those that look like ' +
    'personal data, are not copied; they have to be given.',
  access: 'templates:write',
  problems: ['not_found', 'conflict', 'invalid_input'],
  idempotency: 'stored',
  params: idParams,
  body: z.strictObject({
    name: templateName,
    ...aboutFields,
    description: aboutFields.description.default(''),
    tags: aboutFields.tags.default([]),
    leave_out: z.array(z.string().max(63)).max(200).default([]),
  }),
  bodyExample: { name: 'say-hello', title: 'Say hello', category: 'operations', leave_out: ['who'] },
  answers: {
    201: {
      description: 'The template.',
      schema: z.strictObject({ template: templateDetail, left_out: leftOut }).meta({ id: 'SavedTemplate' }),
      headers: etag,
    },
  },
  async handle(call) {
    const { leave_out: leaveOut, ...given } = call.body
    const asked = { ...given, leaveOut, executionId: call.params.id }
    const saved = await saveAsTemplate(call.parts, call.db, call.principal, asked)
    if (!saved.ok) return saved
    const { body: template, headers } = await detailReply(call, saved.value.template)
    return ok({ status: 201 as const, body: { template, left_out: [...saved.value.leftOut] }, headers })
  },
})

export const templateRoutes = [list, create, get, update, remove, restore, saveAs]

async function detailReply({ db }: CallContext, template: Template) {
  const flags = await listFlags(db, template.tenantId, template.id)
  return { status: 200, body: detailBody(template, flags), headers: { etag: templateEtag(template) } } as const
}
