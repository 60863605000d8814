// Executions steered: cancelled, paused, resumed, retried.

import { z } from 'zod'
import { controlExecution } from '../../governance/executions.ts'
import { workflowSchema } from '../../kernel/definition/workflow.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { versionIdOf } from '../../kernel/plan/journal.ts'
import { type ExecutionMove, executionMoves } from '../../kernel/plan/moves.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import { findExecutionDetail, findVersionOf } from '../../record/execution-details.ts'
import { readJournal } from '../../record/journal.ts'
import { type CallContext, route } from '../route.ts'
import { idParams, uuid } from '../shapes/execution.ts'
import { version } from '../shapes/workflow.ts'
import { graphOfVersion } from '../version-graphs.ts'
import { executionMigrationRoutes } from './execution-migration.ts'
import { noExecution } from './executions.ts'

const reason = z.string().min(1).max(2000).optional().meta({ description: 'Why; the audit keeps it.' })

const requested = z
  .strictObject({ id: uuid, requested: z.enum(['cancel', 'pause', 'resume', 'retry']) })
  .meta({ id: 'RequestedMove', description: 'Its worker makes the move; the status follows.' })

const answers = { 202: { description: 'It is told to do so.', schema: requested } } as const

const sayStatuses = (move: ExecutionMove): string =>
  executionMoves[move].from.map((status) => `\`${status}\``).join(', ')

/** Tells it to make a move. */
async function request(call: CallContext, id: string, move: Exclude<ExecutionMove, 'migrate'>, data: JsonObject) {
  const told = await controlExecution(call.parts, call.db, call.principal, id, move, data)
  return told.ok ? ok({ status: 202, body: { id, requested: move } } as const) : told
}

/** A move that takes no more than a reason. */
function moveRoute(move: Exclude<ExecutionMove, 'retry' | 'migrate'>, summary: string, effect: string) {
  return route({
    method: 'POST',
    path: `/executions/{id}/${move}`,
    operation: `${move}Execution`,
    tag: 'Executions',
    summary,
    description: `${effect} Its status must be ${sayStatuses(move)}.`,
    access: 'executions:control',
    problems: ['not_found', 'conflict'],
    params: idParams,
    body: z.strictObject({ reason }).default({}),
    bodyExample: { reason: 'The order was withdrawn.' },
    idempotency: 'stored',
    answers,
    handle: (call) => request(call, call.params.id, move, dataOf(call.body)),
  })
}

const dataOf = ({ reason: why }: { readonly reason?: string | undefined }): JsonObject =>
  why === undefined ? {} : { reason: why }

const retry = route({
  method: 'POST',
  path: '/executions/{id}/retry',
  operation: 'retryExecution',
  tag: 'Executions',
  summary: 'Retry from the failed steps',
  description:
    'Steps that have completed keep their outputs; those that failed run again, and everything behind them. With `version` it goes ' +
    `on with another version of its workflow. Its status must be ${sayStatuses('retry')}.`,
  access: 'executions:control',
  problems: ['not_found', 'conflict', 'unknown_step'],
  params: idParams,
  body: z
    .strictObject({
      steps: z
        .array(z.string().min(1).max(100))
        .min(1)
        .max(1000)
        .optional()
        .meta({ description: 'Steps to run again besides those that made it fail, with everything behind them.' }),
      version: z
        .union([version, z.literal('current')])
        .optional()
        .meta({ description: 'A version of its workflow, or `current`; the one it has when absent.' }),
      reason,
    })
    .default({}),
  bodyExample: { steps: ['send'], version: 'current', reason: 'The address is mended.' },
  idempotency: 'stored',
  answers,
  async handle(call) {
    const { steps, version: asked } = call.body
    const chosen = await chooseVersion(call, call.params.id, asked)
    if (!chosen.ok) return chosen
    const { id, stepIds } = chosen.value
    const unknown = (steps ?? []).filter((step) => !stepIds.has(step))
    if (unknown.length > 0) return failed(...unknown.map((step) => noStep(step, steps ?? [])))
    return request(call, call.params.id, 'retry', {
      ...dataOf(call.body),
      steps: steps ?? [],
      ...(asked !== undefined && { versionId: id }),
    })
  },
})

function noStep(step: string, steps: readonly string[]): Problem {
  const message = `The version has no step "${step.slice(0, 60)}".`
  return { code: 'unknown_step', message, pointer: `/steps/${steps.indexOf(step)}` }
}

interface ChosenVersion {
  readonly id: string
  readonly stepIds: ReadonlySet<string>
}

/** The version that is asked for, or the one that the execution has now. */
async function chooseVersion(
  { db, principal: { tenantId } }: CallContext,
  executionId: string,
  asked: number | 'current' | undefined,
): Promise<Result<ChosenVersion>> {
  const execution = await findExecutionDetail(db, tenantId, executionId)
  if (execution === undefined) return failed(noExecution(executionId))
  const { workflow, workflowId, versionId } = execution
  if (asked !== undefined) {
    const found = await findVersionOf(db, tenantId, workflowId, asked)
    if (found === undefined) {
      const message = `The workflow "${workflow}" has no version ${asked}.`
      return failed({ code: 'not_found', message, pointer: '/version' })
    }
    const { steps } = workflowSchema.parse(found.definition)
    return ok({ id: found.id, stepIds: new Set(steps.map(({ id }) => id)) })
  }
  const events = await readJournal(db, { tenantId, executionId })
  const current = events.map(({ event }) => versionIdOf(event)).findLast((id) => id !== undefined) ?? versionId
  const { graph } = await graphOfVersion(db, tenantId, current)
  return ok({ id: current, stepIds: new Set(graph.indexOf.keys()) })
}

export const executionMovesRoutes = [
  moveRoute('cancel', 'Cancel an execution', 'Nothing new starts, and what it has done is compensated.'),
  moveRoute('pause', 'Pause an execution', 'What is under way ends; nothing new starts until it is resumed.'),
  moveRoute('resume', 'Resume an execution', 'It goes on where it was paused.'),
  retry,
  ...executionMigrationRoutes,
]
