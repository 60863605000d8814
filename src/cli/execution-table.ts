// Executions as rows of a table, and as JSON.

import type { JsonObject } from '../kernel/json.ts'
import type { ListedExecution } from './site.ts'
import { sayElapsed, sayMoment, shortId } from './elapsed.ts'
import { asJsonObject } from '../packs/payload.ts'
import { tableLines } from './table.ts'

export function executionTable(executions: readonly ListedExecution[], now: number): string[] {
  const heads = ['ID', 'WORKFLOW', 'STATUS', 'STARTED', 'TOOK', 'WHY']
  return tableLines(
    heads,
    executions.map((execution) => rowOf(execution, now)),
  )
}

function rowOf(
  { id, workflow, version, status, createdAt, startedAt, endedAt, failure }: ListedExecution,
  now: number,
): string[] {
  const from = startedAt ?? createdAt
  const took = startedAt === null ? '' : sayElapsed((endedAt?.getTime() ?? now) - from.getTime())
  const why = failure === null ? '' : failure.message.split('\n', 1)[0]?.slice(0, 100)
  return [shortId(id), `${workflow} v${version}`, status, sayMoment(from.getTime()), took, why ?? '']
}

/** As the API will say it. */
export function executionJson(execution: ListedExecution): JsonObject {
  const iso = (date: Date | null): string | null => date?.toISOString() ?? null
  const { failure } = execution
  return {
    id: execution.id,
    workflow: execution.workflow,
    version: execution.version,
    status: execution.status,
    ...(execution.inputs !== undefined && { inputs: execution.inputs }),
    ...(execution.trigger !== undefined && { trigger: execution.trigger }),
    started_by: execution.startedBy,
    created_at: execution.createdAt.toISOString(),
    started_at: iso(execution.startedAt),
    ended_at: iso(execution.endedAt),
    ...(execution.output !== undefined && { output: execution.output }),
    error: failure === null ? null : asJsonObject(failure),
    parent_execution_id: execution.parentExecutionId,
  }
}
