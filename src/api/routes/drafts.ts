// Drafts: proposed runs, listed and written, and what happened to each.

import { z } from 'zod'
import { failed, ok } from '../../kernel/problem.ts'
import { findSeenDraft, viewerOf } from '../../governance/draft-access.ts'
import { createDraft, editDraft } from '../../governance/draft-editing.ts'
import { draftFromTemplate } from '../../governance/draft-templates.ts'
import { previewSource } from '../../governance/preview.ts'
import { noWorkflow } from '../../governance/workflows.ts'
import { asJsonObject } from '../../packs/payload.ts'
import { pageOfDraftEvents } from '../../record/draft-history.ts'
import { findDraftTemplate, pageOfDrafts } from '../../record/draft-lists.ts'
import {
  draftAnswers as answers,
  draftReply as reply,
  matchingDraft as matching,
  replyWithDraft as replyWith,
} from '../draft-reply.ts'
import { storePreview } from '../../record/drafts.ts'
import { findWorkflowDetail } from '../../record/workflow-lists.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import {
  councilName,
  draftEvent,
  draftStatus,
  draftSummary,
  draftTotals,
  eventBody,
  givenFields,
  sayFrom,
  summaryBody,
  totalsBody,
} from '../shapes/draft.ts'
import { givenId, idParams } from '../shapes/execution.ts'
import { previewBody, previewShape } from '../shapes/preview.ts'

const list = route({
  method: 'GET',
  path: '/drafts',
  operation: 'listDrafts',
  tag: 'Drafts',
  summary: 'List drafts',
  description:
    'Those that I may see, the newest first: my own, those that wait for my vote, and for owners and admins all of them.',
  access: 'drafts:read',
  problems: ['not_found'],
  query: z.strictObject({
    status: draftStatus.optional().meta({ description: 'Those of this status.' }),
    mine: z
      .enum(['created', 'to_review'])
      .optional()
      .meta({ description: '`created`: those that I created. `to_review`: those that wait for my vote.' }),
    council: councilName.optional().meta({ description: 'Those that this council reviews or is to review.' }),
    search: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: "Part of the name, the purpose or the workflow's name." }),
    template_id: givenId.optional().meta({ description: 'Those of this template.' }),
    ...pageQuery,
  }),
  answers: {
    200: {
      description: 'A page of drafts, and how many the other filters find of each status.',
      schema: pageOf(draftSummary).extend({ totals: draftTotals }),
    },
  },
  async handle({ db, parts, principal, query: { template_id: templateId, ...query } }) {
    const { tenantId } = principal
    if (templateId !== undefined && (await findDraftTemplate(db, tenantId, templateId)) === undefined) {
      return failed({ code: 'not_found', message: `There is no template ${templateId}.` })
    }
    const viewer = { ...viewerOf(principal), now: new Date(parts.now()) }
    const { drafts, totals } = await pageOfDrafts(db, tenantId, viewer, { ...query, templateId })
    const counted = totalsBody(totals)
    const facts = pageFacts(counted[query.status ?? 'all'], query)
    return ok({ status: 200, body: { items: drafts.map(summaryBody), ...facts, totals: counted } } as const)
  },
})

const { name, purpose, source, workflow, inputs, schedule, council } = givenFields

const create = route({
  method: 'POST',
  path: '/drafts',
  operation: 'createDraft',
  tag: 'Drafts',
  summary: 'Create a draft',
  description:
    'Of a definition of its own (`source`), of a workflow that exists (`workflow`), or from a template (`template_id` or ' +
    '`template`, its name): then its inputs are merged into those of the template. Nothing runs before it is approved.',
  access: 'drafts:write',
  problems: ['not_found', 'invalid_input'],
  body: z
    .strictObject({
      name: name.optional(),
      purpose: purpose.default(null),
      source: source.optional(),
      workflow: workflow.optional(),
      template_id: givenId.optional(),
      template: z.string().min(1).max(100).optional(),
      inputs: inputs.default({}),
      schedule: schedule.default(null),
      council: council.default(null),
    })
    .refine(
      (given) =>
        [given.source, given.workflow, given.template_id, given.template].filter((one) => one !== undefined).length ===
        1,
      'must hold one of "source", "workflow", "template_id" and "template"',
    ),
  bodyExample: {
    name: 'Approve the order of the week',
    workflow: 'purchase-order-approval',
    inputs: { order_id: 'PO-1001', vendor: 'Acme', amount: 72000 },
  },
  idempotency: 'stored',
  answers: { 201: { ...answers[200], description: 'It was created.' } },
  async handle(call) {
    const { db, parts, principal, body } = call
    const { template_id: templateId, template, source: own = null, workflow: named = null } = body
    const given = { purpose: body.purpose, inputs: asJsonObject(body.inputs), council: body.council }
    const from = templateId !== undefined ? { id: templateId } : template !== undefined ? { name: template } : undefined
    const made =
      from === undefined
        ? await createDraft(parts, db, principal, {
            ...given,
            name: body.name ?? named ?? 'A draft',
            source: own,
            workflow: named,
            schedule: body.schedule,
          })
        : await draftFromTemplate(parts, db, principal, {
            ...given,
            name: body.name,
            template: from,
            schedule: body.schedule,
          })
    return made.ok ? ok({ ...(await reply(call, made.value)), status: 201 } as const) : made
  },
})

const get = route({
  method: 'GET',
  path: '/drafts/{id}',
  operation: 'getDraft',
  tag: 'Drafts',
  summary: 'Get a draft',
  description: 'With its votes, and what I may do with it now.',
  access: 'drafts:read',
  problems: ['not_found'],
  params: idParams,
  answers,
  async handle(call) {
    return replyWith(call, await findSeenDraft(call.parts, call.db, call.principal, call.params.id))
  },
})

const update = route({
  method: 'PATCH',
  path: '/drafts/{id}',
  operation: 'updateDraft',
  tag: 'Drafts',
  summary: 'Change a draft',
  description: `What is left out stays. Each change is a revision. Its status must be ${sayFrom('edit')}.`,
  access: 'drafts:write',
  problems: ['not_found', 'conflict', 'invalid_input'],
  ifMatch: 'required',
  params: idParams,
  body: z
    .strictObject({ name, purpose, source, workflow, inputs, schedule, council })
    .partial()
    .refine((given) => given.source === undefined || given.workflow === undefined, {
      message: 'must hold either "source" or "workflow"',
    }),
  bodyExample: { inputs: { order_id: 'PO-1001', vendor: 'Acme', amount: 71000 } },
  answers,
  async handle(call) {
    const {
      db,
      parts,
      principal,
      params: { id },
      body,
    } = call
    const { inputs: given, ...rest } = body
    const edit = { ...rest, ...(given !== undefined && { inputs: asJsonObject(given) }) }
    return replyWith(call, await editDraft(parts, db, principal, { id, edit, check: matching(call, 'required') }))
  },
})

const history = route({
  method: 'GET',
  path: '/drafts/{id}/history',
  operation: 'listDraftHistory',
  tag: 'Drafts',
  summary: 'List what happened to a draft',
  description: 'The newest first: each revision with who, when and what is different, and each move.',
  access: 'drafts:read',
  problems: ['not_found'],
  params: idParams,
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of the history.', schema: pageOf(draftEvent) } },
  async handle({ db, parts, principal, params: { id }, query }) {
    const draft = await findSeenDraft(parts, db, principal, id)
    if (!draft.ok) return draft
    const { events, counted } = await pageOfDraftEvents(db, principal.tenantId, id, query)
    return ok({ status: 200, body: { items: events.map(eventBody), ...pageFacts(counted, query) } } as const)
  },
})

const preview = route({
  method: 'POST',
  path: '/drafts/{id}/preview',
  operation: 'previewDraft',
  tag: 'Drafts',
  summary: 'Preview a draft',
  description:
    'Says what each step would do with the inputs of the draft, what would leave the company, who would have to agree, and how long ' +
    'it would take. It has no effect, but that the draft shows it as `preview_data` until its next revision.',
  access: 'drafts:read',
  problems: ['not_found', 'invalid_input'],
  params: idParams,
  mostPerMinute: 60,
  answers: { 200: { description: 'The preview.', schema: previewShape } },
  async handle({ db, parts, principal, params: { id } }) {
    const draft = await findSeenDraft(parts, db, principal, id)
    if (!draft.ok) return draft
    const { tenantId, revision, workflow: named, source: own, inputs: given } = draft.value
    const saved = named === null ? undefined : await findWorkflowDetail(db, tenantId, named)
    const text = own ?? saved?.source
    if (text === undefined) return failed(noWorkflow(named ?? ''))
    const previewed = await previewSource(parts, db, principal, text, { inputs: given })
    if (!previewed.ok) return previewed
    const body = previewBody(previewed.value)
    await storePreview(db, draft.value, revision, asJsonObject(body))
    return ok({ status: 200, body } as const)
  },
})

export const draftRoutes = [list, create, get, update, history, preview]
