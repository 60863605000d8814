// Executions under people's hands: cancelled, paused, resumed, retried.

import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import type { JsonObject } from '../kernel/json.ts'
import { type ExecutionMove, executionMoves } from '../kernel/plan/moves.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findExecution } from '../record/executions.ts'
import { sendSignals } from '../record/signals.ts'
import type { GovernanceParts } from './approvals.ts'

const participles: Readonly<Record<ExecutionMove, string>> = {
  cancel: 'cancelled',
  pause: 'paused',
  resume: 'resumed',
  retry: 'retried',
  migrate: 'migrated',
}

/**
 * Tells an execution to make a move, which its worker then makes. `data` is what the move takes: `reason` of a cancellation or
 * a pause, `steps` (and perhaps `versionId`) of a retry. Problems: `not_found`; `conflict` (its status does not allow it).
 */
export async function controlExecution(
  parts: Pick<GovernanceParts, 'now' | 'newId'>,
  client: Queryable,
  actor: Actor,
  executionId: string,
  move: ExecutionMove,
  data: JsonObject,
): Promise<Result<undefined>> {
  const { tenantId } = actor
  const before = await findExecution(client, tenantId, executionId)
  if (before === undefined) return failed({ code: 'not_found', message: `There is no execution ${executionId}.` })
  const at = new Date(parts.now())
  const told = { ...data, by: referenceTo(actor) }
  const signal = { tenantId, executionId, id: parts.newId(), kind: move, data: told, createdAt: at }
  const stored = await sendSignals(client, [signal])
  if (stored.size === 0) {
    const current = await findExecution(client, tenantId, executionId)
    const from = executionMoves[move].from.join(' or ')
    const message = `The execution ${executionId} is ${current?.status ?? 'gone'}: it cannot be ${participles[move]}. It would have to be ${from}.`
    return failed({ code: 'conflict', message })
  }
  const { workflow: name, status } = before
  const object = { type: 'execution', id: executionId, name }
  await appendAudit(client, actor, {
    action: `execution.${move}_requested`,
    object,
    before: { status },
    after: data,
    at,
  })
  return ok(undefined)
}
