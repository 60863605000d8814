// The starter: starts executions of current versions of active workflows, many with one statement.

import type { JsonObject } from '../../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import { findByDedupeKey, type NewExecution, type Parent, startCurrentExecutions } from '../../record/executions.ts'
import { findWorkflows, type WorkflowRow } from '../../record/workflows.ts'
import { Admission, type AdmissionParts } from './admission.ts'
import { grouped } from './grouped.ts'

export interface StartRequest {
  readonly tenantId: string
  /** Its name. */
  readonly workflow: string
  readonly inputs: JsonObject
  /** Who: `member:<id>`, `execution:<id>`, `event:<type>` … */
  readonly startedBy: string
  /** A second start of the workflow with the same key starts nothing and names the first. */
  readonly dedupeKey?: string
  /** What expressions see as `trigger`; the checked inputs when absent. */
  readonly trigger?: JsonObject
  readonly parent?: Parent
  readonly depth?: number
}

export interface Started {
  readonly executionId: string
  /** False when the dedupe key had been used before. */
  readonly created: boolean
}

export interface Starter {
  /**
   * Starts the version that is current now: one saved before the call is never missed. Problems: `not_found`, `conflict`
   * (inactive, or too deep), `invalid_input`, `payload_too_large`, those of the concurrency key, `unavailable`.
   */
  start(request: StartRequest): Promise<Result<Started>>
  /** The row that `start` would insert, for whoever inserts it with a commit of their own. */
  prepare(request: StartRequest): Promise<Result<NewExecution>>
  readonly admission: Admission
}

/** More rows in one statement gain nothing. */
const groupSize = 500
/** A version that is replaced between look-up and insert, again and again. */
const mostTries = 5

export function createStarter(parts: AdmissionParts): Starter {
  const { engine } = parts.database
  const admission = new Admission(parts)
  const lookUp = grouped(async (names: readonly { tenantId: string; name: string }[]) => {
    const found = await findWorkflows(engine, names)
    const rows = new Map(found.map((row) => [`${row.tenantId} ${row.name}`, row]))
    return names.map(({ tenantId, name }) => rows.get(`${tenantId} ${name}`))
  }, groupSize)
  const insert = grouped(async (executions: readonly NewExecution[]) => {
    const outcomes = await startCurrentExecutions(engine, executions)
    return executions.map(({ id }) => outcomes.get(id))
  }, groupSize)

  const prepare = async (request: StartRequest): Promise<Result<NewExecution>> => {
    const { workflow, dedupeKey, ...rest } = request
    const row = await lookUp({ tenantId: request.tenantId, name: workflow })
    if (row?.status !== 'active') return failed(notStartable(workflow, row))
    const key = dedupeKey === undefined ? {} : { dedupeKey: `start:${workflow}:${dedupeKey}` }
    return admission.admit({ ...rest, ...key, workflowId: row.id, versionId: row.versionId })
  }

  const start = async (request: StartRequest): Promise<Result<Started>> => {
    for (let attempt = 0; attempt < mostTries; attempt++) {
      const prepared = await prepare(request)
      if (!prepared.ok) return prepared
      const { id, tenantId, dedupeKey = '' } = prepared.value
      const outcome = await insert(prepared.value)
      if (outcome === 'started') return ok({ executionId: id, created: true })
      const first = outcome === 'duplicate' ? await findByDedupeKey(engine, tenantId, dedupeKey) : undefined
      if (first !== undefined) return ok({ executionId: first, created: false })
    }
    const message = `"${request.workflow}" changes faster than it can be started. Try again.`
    return failed({ code: 'unavailable', message })
  }
  return { start, prepare, admission }
}

function notStartable(name: string, row: WorkflowRow | undefined): Problem {
  if (row === undefined) return { code: 'not_found', message: `There is no workflow "${name}".` }
  return { code: 'conflict', message: `The workflow "${name}" is inactive. Activate it, then start it.` }
}
