// Versions of a workflow, and what changed between two of them.

import { z } from 'zod'
import { failed, ok } from '../../kernel/problem.ts'
import { noWorkflow } from '../../governance/workflows.ts'
import { findVersions, pageOfVersions } from '../../record/workflow-lists.ts'
import { findWorkflow } from '../../record/workflows.ts'
import { mostCounted, pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { workflowName, workflowParams } from '../shapes/workflow.ts'
import {
  diffBody,
  versionBody,
  versionDetailBody,
  workflowDiff,
  workflowVersion,
  workflowVersionDetail,
} from '../shapes/workflow-diff.ts'

/** PostgreSQL's largest integer. */
const number = z.coerce.number().int().min(1).max(2_147_483_647)

const list = route({
  method: 'GET',
  path: '/workflows/{name}/versions',
  operation: 'listWorkflowVersions',
  tag: 'Workflows',
  summary: 'List the versions of a workflow',
  description: 'The newest first.',
  access: 'workflows:read',
  problems: ['not_found'],
  params: workflowParams,
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of versions.', schema: pageOf(workflowVersion) } },
  async handle({ db, principal, params, query }) {
    const { tenantId } = principal
    const workflow = await findWorkflow(db, tenantId, params.name)
    if (workflow === undefined) return failed(noWorkflow(params.name))
    const { rows, counted } = await pageOfVersions(db, tenantId, workflow.id, { ...query, countTo: mostCounted })
    const items = rows.map((row) => versionBody(row, workflow.version))
    return ok({ status: 200, body: { items, ...pageFacts(counted, query) } } as const)
  },
})

const get = route({
  method: 'GET',
  path: '/workflows/{name}/versions/{version}',
  operation: 'getWorkflowVersion',
  tag: 'Workflows',
  summary: 'Get a version of a workflow',
  access: 'workflows:read',
  problems: ['not_found'],
  params: z.strictObject({ name: workflowName, version: number.meta({ description: 'Its number, from 1.' }) }),
  answers: { 200: { description: 'The version.', schema: workflowVersionDetail } },
  async handle({ db, principal, params }) {
    const { name, version } = params
    const workflow = await findWorkflow(db, principal.tenantId, name)
    const [found] = workflow === undefined ? [] : await findVersions(db, principal.tenantId, name, [version])
    if (workflow === undefined || found === undefined) return failed(noVersion(name, version))
    return ok({ status: 200, body: versionDetailBody(found, workflow.version) } as const)
  },
})

const diff = route({
  method: 'GET',
  path: '/workflows/{name}/diff',
  operation: 'diffWorkflowVersions',
  tag: 'Workflows',
  summary: 'Compare two versions of a workflow',
  description:
    'By meaning, part by part: each step, input, trigger, setting, secret and child workflow with the fields that changed; and line by line.',
  access: 'workflows:read',
  problems: ['not_found'],
  params: workflowParams,
  query: z.strictObject({
    from: number.optional().meta({ description: 'The version before `to` when absent.' }),
    to: number.optional().meta({ description: 'The current version when absent.' }),
  }),
  answers: { 200: { description: 'What changed.', schema: workflowDiff } },
  async handle({ db, principal, params: { name }, query }) {
    const workflow = await findWorkflow(db, principal.tenantId, name)
    if (workflow === undefined) return failed(noWorkflow(name))
    const to = query.to ?? workflow.version
    const from = query.from ?? Math.max(1, to - 1)
    const found = await findVersions(db, principal.tenantId, name, [from, to])
    const before = found.find(({ version }) => version === from)
    const after = found.find(({ version }) => version === to)
    if (before === undefined) return failed(noVersion(name, from))
    if (after === undefined) return failed(noVersion(name, to))
    return ok({ status: 200, body: diffBody({ before, after }) } as const)
  },
})

export const workflowVersionRoutes = [list, get, diff]

const noVersion = (name: string, version: number) =>
  ({ code: 'not_found', message: `The workflow "${name}" has no version ${version}.` }) as const
