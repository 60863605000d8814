// Councils: groups of members that decide by vote.

import { z } from 'zod'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import { noCouncil } from '../../governance/audience.ts'
import { createCouncil, deleteCouncil, updateCouncil } from '../../governance/councils.ts'
import { viewerOf } from '../../governance/draft-access.ts'
import { approvalKinds, approvalStatuses } from '../../record/approval-row.ts'
import { type CouncilDecision, pageOfCouncilDecisions } from '../../record/council-decisions.ts'
import { type Council, findCouncil, listCouncils } from '../../record/councils.ts'
import { checkIfMatch, etagOf } from '../edit.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { etag, id, label, time } from '../shapes/person.ts'

const name = z
  .string()
  .regex(/^[a-z0-9]+([_-][a-z0-9]+)*$/, 'must be a name such as media')
  .max(60)
  .meta({ description: 'What approvals call it.', examples: ['media'] })

const threshold = z
  .union([z.enum(['majority', 'unanimous']), z.number().int().min(1).max(1000)])
  .meta({ description: '`majority` is more than half of the seats; a number is that many votes.' })

const memberIds = z
  .array(id)
  .min(1)
  .max(200)
  .refine((ids) => new Set(ids).size === ids.length, 'must name each member once')

const fields = {
  title: label(100),
  domain: label(60).meta({ examples: ['media', 'finance'] }),
  threshold,
  members: memberIds,
}

const councilShape = z
  .strictObject({ id, name, ...fields, members: z.array(id), created_at: time })
  .meta({ id: 'Council', description: 'Members who review a domain by vote.' })

const params = z.strictObject({ name })

function councilBody(council: Council): z.input<typeof councilShape> {
  return {
    id: council.id,
    name: council.name,
    title: council.title,
    domain: council.domain,
    threshold: council.threshold,
    members: [...council.memberIds],
    created_at: council.createdAt.toISOString(),
  }
}

const list = route({
  method: 'GET',
  path: '/councils',
  operation: 'listCouncils',
  tag: 'Councils',
  summary: 'List councils',
  access: 'councils:read',
  problems: [],
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of councils.', schema: pageOf(councilShape) } },
  async handle({ db, principal, query }) {
    const { councils, counted } = await listCouncils(db, principal.tenantId, query)
    return ok({ status: 200, body: { items: councils.map(councilBody), ...pageFacts(counted, query) } } as const)
  },
})

const create = route({
  method: 'POST',
  path: '/councils',
  operation: 'createCouncil',
  tag: 'Councils',
  summary: 'Create a council',
  description: 'A threshold that its members cannot reach is refused with the reason.',
  access: 'councils:write',
  problems: ['conflict', 'invalid_input', 'not_found', 'unreachable_quorum'],
  idempotency: 'stored',
  body: z.strictObject({ name, ...fields, threshold: threshold.default('majority') }),
  bodyExample: {
    name: 'media',
    title: 'Media council',
    domain: 'media',
    threshold: 'majority',
    members: ['0199f3a0-0000-7000-8000-000000000001'],
  },
  answers: { 201: { description: 'The council.', schema: councilShape, headers: etag } },
  async handle({ parts, db, principal, body: { members, ...given } }) {
    const made = await createCouncil(parts, db, principal, { ...given, memberIds: members })
    return made.ok ? ok({ ...councilReply(made.value), status: 201 } as const) : made
  },
})

const get = route({
  method: 'GET',
  path: '/councils/{name}',
  operation: 'getCouncil',
  tag: 'Councils',
  summary: 'Get a council',
  access: 'councils:read',
  problems: ['not_found'],
  params,
  answers: { 200: { description: 'The council.', schema: councilShape, headers: etag } },
  async handle({ db, principal, params: given }) {
    const council = await findCouncil(db, principal.tenantId, given.name)
    return council === undefined ? failed(noCouncil(given.name)) : ok(councilReply(council))
  },
})

const update = route({
  method: 'PATCH',
  path: '/councils/{name}',
  operation: 'updateCouncil',
  tag: 'Councils',
  summary: 'Change a council',
  description: 'What is left out stays; `members` names all of them.',
  access: 'councils:write',
  problems: ['not_found', 'invalid_input', 'unreachable_quorum'],
  ifMatch: 'required',
  params,
  body: z.strictObject(fields).partial(),
  bodyExample: { threshold: 'unanimous' },
  answers: { 200: { description: 'The council as changed.', schema: councilShape, headers: etag } },
  async handle({ parts, db, principal, params: given, body: { members, ...edit }, request }) {
    const check = (council: Council): Result<undefined> => checkIfMatch(request.ifMatch, etagOf(councilBody(council)))
    const whole = { ...edit, memberIds: members }
    const changed = await updateCouncil(parts, db, principal, given.name, whole, check)
    return changed.ok ? ok(councilReply(changed.value)) : changed
  },
})

const remove = route({
  method: 'DELETE',
  path: '/councils/{name}',
  operation: 'deleteCouncil',
  tag: 'Councils',
  summary: 'Delete a council',
  description: 'What still asks it asks those who hold its name as an approver role.',
  access: 'councils:write',
  problems: ['not_found'],
  params,
  answers: { 204: { description: 'Deleted.' } },
  async handle({ parts, db, principal, params: given }) {
    const deleted = await deleteCouncil(parts, db, principal, given.name)
    return deleted.ok ? ok({ status: 204 } as const) : deleted
  },
})

const decisionShape = z
  .strictObject({
    approval_id: id,
    kind: z.enum(approvalKinds).meta({ description: 'What it is about.' }),
    subject_id: id.nullable().meta({ description: 'The version, draft, template or change of policy.' }),
    execution_id: id.nullable(),
    summary: z.string(),
    impact: z.enum(['A', 'B', 'C']).nullable(),
    status: z.enum(approvalStatuses),
    approvals: z.number().int().min(0),
    rejections: z.number().int().min(0),
    reason: z.string().nullable().meta({ description: 'Why it was closed without a vote.' }),
    created_at: time,
    decided_at: time,
  })
  .meta({ id: 'CouncilDecision', description: 'Something that a council was asked, and how it ended.' })

const decisions = route({
  method: 'GET',
  path: '/councils/{name}/decisions',
  operation: 'listCouncilDecisions',
  tag: 'Councils',
  summary: 'List what a council has decided',
  description:
    'The newest first: drafts, workflows, templates, and steps of executions. Decisions on drafts are shown to those who see the ' +
    'draft, and to members of the council.',
  access: 'councils:read',
  problems: ['not_found'],
  params,
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of decisions.', schema: pageOf(decisionShape) } },
  async handle({ db, parts, principal, params: given, query }) {
    const council = await findCouncil(db, principal.tenantId, given.name)
    if (council === undefined) return failed(noCouncil(given.name))
    const asked = { ...query, viewer: viewerOf(principal), now: new Date(parts.now()) }
    const { decisions: rows, counted } = await pageOfCouncilDecisions(db, principal.tenantId, council, asked)
    return ok({ status: 200, body: { items: rows.map(decisionBody), ...pageFacts(counted, query) } } as const)
  },
})

function decisionBody(decision: CouncilDecision): z.input<typeof decisionShape> {
  const { approvalId, kind, subjectId, executionId, summary, impact, status, approvals, rejections, reason } = decision
  return {
    approval_id: approvalId,
    kind,
    subject_id: subjectId,
    execution_id: executionId,
    summary,
    impact,
    status,
    approvals,
    rejections,
    reason,
    created_at: decision.createdAt.toISOString(),
    decided_at: decision.decidedAt.toISOString(),
  }
}

function councilReply(council: Council) {
  const body = councilBody(council)
  return { status: 200, body, headers: { etag: etagOf(body) } } as const
}

export const councilRoutes = [list, create, get, update, remove, decisions]
