// Workflows: created, validated, listed, given new versions, switched, deleted.

import { z } from 'zod'
import { ok, type Problem } from '../../kernel/problem.ts'
import { actionsOf, checkDefinition } from '../../governance/definition-check.ts'
import { impactOf } from '../../governance/workflow-impact.ts'
import { createWorkflow, replaceWorkflow, type Saved, switchOff } from '../../governance/workflows.ts'
import { contentHash } from '../../engine/triggers/save-workflow.ts'
import { pageOfWorkflows, workflowSorts } from '../../record/workflow-lists.ts'
import { asJsonObject } from '../../packs/payload.ts'
import { mostCounted, pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { jsonObject } from '../shapes/execution.ts'
import { triggerKind } from '../shapes/trigger.ts'
import {
  activationBody,
  definitionBody,
  definitionCheck,
  definitionExample,
  impactBody,
  newWorkflowBody,
  type SavedBody,
  savedWorkflow,
  summaryBody,
  workflowDetail,
  workflowEtag,
  workflowParams,
  workflowStatus,
  workflowSummary,
  yamlTypes,
} from '../shapes/workflow.ts'
import { startExecution } from '../start-execution.ts'
import { detailReply, ifUnchanged } from '../workflow-reply.ts'
import { startAnswers } from './executions.ts'
import { workflowActivationRoutes } from './workflow-activation.ts'

const etag = { ETag: 'For `If-Match` of an edit.' }

const create = route({
  method: 'POST',
  path: '/workflows',
  operation: 'createWorkflow',
  tag: 'Workflows',
  summary: 'Create a workflow',
  description:
    'From YAML or JSON. What is wrong with the definition is told all at once, each with its place and a hint. The same content ' +
    'again is answered with the workflow as it is; other content of a name that exists is a conflict. One that has to be ' +
    'countersigned is saved inactive, and `activation` names the approvals that wait. The addresses of webhooks are answered ' +
    'once.',
  access: 'workflows:write',
  problems: ['conflict'],
  bodyTypes: yamlTypes,
  body: newWorkflowBody,
  bodyExample: definitionExample,
  idempotency: 'sealed',
  answers: {
    201: { description: 'It was created.', schema: savedWorkflow, headers: etag },
    200: { description: 'It exists with this content.', schema: savedWorkflow, headers: etag },
  },
  async handle({ parts, db, principal, body }) {
    const { status } = body
    return savedReply(parts.url, await createWorkflow(parts, db, principal, { ...sourceOf(body), status }))
  },
})

const validate = route({
  method: 'POST',
  path: '/workflows/validate',
  operation: 'validateWorkflow',
  tag: 'Workflows',
  summary: 'Check a definition',
  description: 'Says what is wrong with a definition, and how much harm it could do. Nothing is saved.',
  access: 'workflows:read',
  problems: [],
  bodyTypes: yamlTypes,
  body: definitionBody,
  bodyExample: definitionExample,
  answers: { 200: { description: 'What was found.', schema: definitionCheck } },
  async handle({ parts, db, principal, body }) {
    const { tenantId } = principal
    const { source, hasLines } = sourceOf(body)
    const { workflow, problems } = await checkDefinition(parts, db, tenantId, source)
    const found = problems.map((problem) => (hasLines ? problem : withoutPlace(problem)))
    if (workflow === undefined) {
      const nothing = { name: null, content_hash: null, impact: null, definition: null }
      return ok({ status: 200, body: { valid: false, problems: found, ...nothing } } as const)
    }
    const impact = impactBody(await impactOf(db, tenantId, workflow, await actionsOf(parts, db, tenantId)))
    const facts = { name: workflow.name, content_hash: contentHash(workflow), impact, definition: workflow }
    return ok({ status: 200, body: { valid: true, problems: [], ...facts } } as const)
  },
})

const list = route({
  method: 'GET',
  path: '/workflows',
  operation: 'listWorkflows',
  tag: 'Workflows',
  summary: 'List workflows',
  access: 'workflows:read',
  problems: [],
  query: z.strictObject({
    status: workflowStatus.optional(),
    category: z.string().max(100).optional().meta({ description: 'Those of this category.' }),
    search: z.string().min(1).max(100).optional().meta({ description: 'Part of the name or the title.' }),
    trigger: triggerKind.optional().meta({ description: 'Those with a trigger of this kind.' }),
    sort: z.enum(workflowSorts).default('name').meta({ description: 'A minus sorts downwards.' }),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of workflows.', schema: pageOf(workflowSummary) } },
  async handle({ db, principal, query }) {
    const { rows, counted } = await pageOfWorkflows(db, principal.tenantId, { ...query, countTo: mostCounted })
    return ok({ status: 200, body: { items: rows.map(summaryBody), ...pageFacts(counted, query) } } as const)
  },
})

const get = route({
  method: 'GET',
  path: '/workflows/{name}',
  operation: 'getWorkflow',
  tag: 'Workflows',
  summary: 'Get a workflow',
  description: 'With its definition, its triggers, and how much harm it could do.',
  access: 'workflows:read',
  problems: ['not_found'],
  params: workflowParams,
  answers: { 200: { description: 'The workflow.', schema: workflowDetail, headers: etag } },
  handle: (call) => detailReply(call, call.params.name),
})

const replace = route({
  method: 'PUT',
  path: '/workflows/{name}',
  operation: 'replaceWorkflow',
  tag: 'Workflows',
  summary: 'Save a new version',
  description:
    'Executions that are under way keep the version they started with. Only what has changed becomes a new version. One that ' +
    'has to be countersigned makes the workflow inactive until it is; a draft changes a workflow without that break.',
  access: 'workflows:write',
  problems: ['not_found'],
  params: workflowParams,
  bodyTypes: yamlTypes,
  body: definitionBody,
  bodyExample: definitionExample,
  ifMatch: 'required',
  answers: { 200: { description: 'The current version.', schema: savedWorkflow, headers: etag } },
  async handle(call) {
    const { parts, db, principal, params, body } = call
    const { source } = sourceOf(body)
    const edit = { name: params.name, source, precondition: ifUnchanged(call, 'required') }
    const reply = savedReply(parts.url, await replaceWorkflow(parts, db, principal, edit))
    return reply.ok ? ok({ ...reply.value, status: 200 } as const) : reply
  },
})

const remove = route({
  method: 'DELETE',
  path: '/workflows/{name}',
  operation: 'deleteWorkflow',
  tag: 'Workflows',
  summary: 'Delete a workflow',
  description:
    'It is hidden and starts no more; its versions and executions are kept. Creating one of its name brings it back.',
  access: 'workflows:write',
  problems: ['not_found'],
  params: workflowParams,
  ifMatch: 'optional',
  answers: { 204: { description: 'It is deleted.' } },
  async handle(call) {
    const { parts, db, principal, params } = call
    const change = { name: params.name, status: 'deleted', precondition: ifUnchanged(call, 'optional') } as const
    const deleted = await switchOff(parts, db, principal, change)
    return deleted.ok ? ok({ status: 204 } as const) : deleted
  },
})

const run = route({
  method: 'POST',
  path: '/workflows/{name}/executions',
  operation: 'runWorkflow',
  tag: 'Workflows',
  summary: 'Run a workflow',
  description: 'Starts an execution of its current version, as `POST /executions` does.',
  access: 'executions:start',
  problems: ['not_found', 'conflict', 'payload_too_large', 'expression_failed', 'unavailable'],
  params: workflowParams,
  body: z.strictObject({ inputs: jsonObject.default({}) }).default({ inputs: {} }),
  bodyExample: { inputs: { who: 'Ana' } },
  idempotency: 'own',
  answers: startAnswers,
  handle: (call) => startExecution(call, { workflow: call.params.name, inputs: asJsonObject(call.body.inputs) }),
})

export const workflowRoutes = [list, create, validate, get, replace, ...workflowActivationRoutes, run, remove]

interface GivenDefinition {
  readonly source?: string | undefined
  readonly definition?: unknown
}

/** `hasLines`: whether the text is the caller's, so that its lines mean something to them. */
function sourceOf({ source, definition }: GivenDefinition): { readonly source: string; readonly hasLines: boolean } {
  return source === undefined
    ? { source: JSON.stringify(definition, null, 2), hasLines: false }
    : { source, hasLines: true }
}

function withoutPlace({ code, message, hint, pointer }: Problem): Problem {
  return { code, message, ...(hint !== undefined && { hint }), ...(pointer !== undefined && { pointer }) }
}

function savedReply(url: string, saved: Saved) {
  if (!saved.ok) return saved
  const { workflowId, versionId, version, status, isNew, tokens, workflow } = saved.value
  const body: SavedBody = {
    impact: impactBody(saved.value.impact),
    activation: activationBody(saved.value.activation),
    id: workflowId,
    name: workflow.name,
    status: status === 'active' ? 'active' : 'inactive',
    version,
    version_id: versionId,
    content_hash: saved.value.contentHash,
    is_new: isNew,
    webhooks: tokens.map(({ position, token }) => ({ position, url: `${url}/hooks/${token}` })),
  }
  const headers = { etag: workflowEtag(saved.value) }
  return isNew ? ok({ status: 201, body, headers } as const) : ok({ status: 200, body, headers } as const)
}
