// Executions: listed, looked at, started, run again.

import { z } from 'zod'
import { asJsonObject } from '../../packs/payload.ts'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import { findExecutionDetail, hasExecution } from '../../record/execution-details.ts'
import {
  countExecutions,
  type ExecutionListFilter,
  isKnownReference,
  pageOfExecutions,
} from '../../record/execution-lists.ts'
import { totalOf } from '../counted-totals.ts'
import { readExecution } from '../execution-reading.ts'
import { mostCounted, pageFacts, pageOf, pageQuery } from '../page.ts'
import { pointInto } from '../problem-pointers.ts'
import { type CallContext, route } from '../route.ts'
import {
  executionStatus,
  executionSummary,
  givenId,
  idParams,
  jsonObject,
  summaryBody,
  uuid,
} from '../shapes/execution.ts'
import { executionDetail, parts as detailParts } from '../shapes/execution-detail.ts'
import { moment, workflowName } from '../shapes/workflow.ts'
import { startExecution } from '../start-execution.ts'
import { readShared } from '../tenant-reads.ts'

export const noExecution = (id: string) => ({ code: 'not_found', message: `There is no execution ${id}.` }) as const

const givenMoment = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-21T12:00:00Z' })

const listQuery = z.strictObject({
  status: executionStatus.optional(),
  workflow: workflowName.optional(),
  agent_id: givenId.optional().meta({ description: 'Those that this agent started.' }),
  started_by: z
    .string()
    .regex(/^(member|agent):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be "member:<id>" or "agent:<id>"')
    .optional()
    .meta({ description: 'Those that this member or agent started: `member:<id>` or `agent:<id>`.' }),
  council: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Those with an approval that asks this council.' }),
  created_after: givenMoment.optional().meta({ description: 'Created at this moment or later.' }),
  created_before: givenMoment.optional().meta({ description: 'Created before this moment.' }),
  parent_id: givenId.optional().meta({ description: 'The children of this execution.' }),
  sort: z.enum(['-created_at', 'created_at']).default('-created_at').meta({ description: 'A minus sorts downwards.' }),
  ...pageQuery,
})

type ListQuery = z.output<typeof listQuery>

const list = route({
  method: 'GET',
  path: '/executions',
  operation: 'listExecutions',
  tag: 'Executions',
  summary: 'List executions',
  description:
    'Newest first, unless sorted otherwise. Filters add up. The total of a long list may be three seconds old.',
  access: 'executions:read',
  problems: ['not_found'],
  query: listQuery,
  answers: { 200: { description: 'A page of executions.', schema: pageOf(executionSummary) } },
  handle: (call) => readShared(call, `executions ${JSON.stringify(call.query)}`, (db) => listPage({ ...call, db })),
})

async function listPage(call: CallContext & { readonly query: ListQuery }) {
  const { db, principal, query } = call
  const { tenantId } = principal
  const filter = await filterOf(call, query)
  if (!filter.ok) return filter
  const { limit, offset } = query
  const order = query.sort === 'created_at' ? 'oldest' : 'newest'
  const rows = await pageOfExecutions(db, tenantId, { ...filter.value, order, limit, offset })
  const key = `executions ${tenantId} ${JSON.stringify(filter.value)}`
  const total = await totalOf({ limit, offset, seen: rows.length }, key, call.parts.now, () =>
    countExecutions(db, tenantId, filter.value, mostCounted + 1),
  )
  const body = { items: rows.map(summaryBody), ...pageFacts(total, query) }
  return ok({ status: 200 as const, body, isShared: true })
}

/** Ids that somebody gives are looked for first: nothing of another tenant can be told from nothing. */
async function filterOf(
  { db, principal: { tenantId } }: CallContext,
  query: ListQuery,
): Promise<Result<ExecutionListFilter>> {
  const { status, workflow, council, parent_id: parentId, agent_id: agentId, started_by: startedBy } = query
  if (agentId !== undefined && startedBy !== undefined) {
    return failed({ code: 'invalid_input', message: 'Give "agent_id" or "started_by", not both.' })
  }
  const reference = agentId === undefined ? startedBy : `agent:${agentId}`
  if (reference !== undefined && !(await isKnownReference(db, tenantId, reference))) {
    return failed({ code: 'not_found', message: `There is no ${reference.replace(':', ' ')}.` })
  }
  if (parentId !== undefined && !(await hasExecution(db, tenantId, parentId))) return failed(noExecution(parentId))
  return ok({
    status,
    workflow,
    council,
    parentId,
    startedBy: reference,
    createdAfter: dateOf(query.created_after),
    createdBefore: dateOf(query.created_before),
  })
}

const dateOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text))

const partNames = detailParts.join('|')

const get = route({
  method: 'GET',
  path: '/executions/{id}',
  operation: 'getExecution',
  tag: 'Executions',
  summary: 'Get an execution',
  description: 'With what became of each step, and why it waits. Other parts come when `include` names them.',
  access: 'executions:read',
  problems: ['not_found'],
  params: idParams,
  query: z.strictObject({
    include: z
      .string()
      .regex(
        new RegExp(`^((${partNames})(,(${partNames}))*)?$`),
        `must name ${detailParts.join(', ')}, with commas between`,
      )
      .default('steps')
      .meta({ description: `Any of ${detailParts.join(', ')}, with commas between.`, examples: ['steps,metrics'] }),
  }),
  answers: { 200: { description: 'The execution.', schema: executionDetail } },
  async handle(call) {
    const { params, query, parts } = call
    const included = new Set(query.include.split(','))
    const answer = await readExecution(call, { id: params.id, included, now: parts.now() })
    return answer === undefined ? failed(noExecution(params.id)) : ok(answer)
  },
})

const startedExecution = z.strictObject({ id: uuid, workflow: workflowName, created_at: moment }).meta({
  id: 'StartedExecution',
  description: 'What never changes of it, so that a repeated request is answered the same.',
})

export const startAnswers = {
  201: {
    description: 'It was started, and is kept whatever happens now.',
    schema: startedExecution,
    headers: {
      Location: 'Where to look at it.',
      'Idempotency-Replayed': '`true` where an earlier request has started it.',
    },
  },
} as const

const start = route({
  method: 'POST',
  path: '/executions',
  operation: 'startExecution',
  tag: 'Executions',
  summary: 'Start an execution',
  description:
    'Of the current version of a workflow. The answer comes once the execution is safe; a worker then runs it.',
  access: 'executions:start',
  problems: ['not_found', 'conflict', 'payload_too_large', 'expression_failed', 'unavailable'],
  body: z.strictObject({ workflow: workflowName, inputs: jsonObject.default({}) }),
  bodyExample: { workflow: 'purchase-order-approval', inputs: { order_id: 'PO-1001', vendor: 'Acme', amount: 72000 } },
  idempotency: 'own',
  answers: startAnswers,
  async handle(call) {
    const { workflow, inputs } = call.body
    return pointInto('/inputs', await startExecution(call, { workflow, inputs: asJsonObject(inputs) }))
  },
})

const rerun = route({
  method: 'POST',
  path: '/executions/{id}/rerun',
  operation: 'rerunExecution',
  tag: 'Executions',
  summary: 'Run again from the start',
  description: 'A new execution with the same inputs, of the current version.',
  access: 'executions:start',
  problems: ['not_found', 'conflict', 'payload_too_large', 'expression_failed', 'unavailable'],
  params: idParams,
  idempotency: 'own',
  answers: startAnswers,
  async handle(call) {
    const { id } = call.params
    const before = await findExecutionDetail(call.db, call.principal.tenantId, id)
    if (before === undefined) return failed(noExecution(id))
    const { workflow, inputs, trigger } = before
    const started = await startExecution(call, { workflow, inputs, trigger })
    if (started.ok || started.problems[0]?.code !== 'not_found') return started
    return failed({ code: 'conflict', message: `The workflow "${workflow}" was deleted. Create it anew, then run it.` })
  },
})

export const executionsRoutes = [list, get, start, rerun]
