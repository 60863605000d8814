// Policies: for how long a tenant keeps what is not kept for ever. What the installation keeps at most bounds executions.

import type { Actor } from '../kernel/access/actor.ts'
import type { JsonObject } from '../kernel/json.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findPolicies, lockPolicies, type Policies, updatePolicies } from '../record/policies.ts'

interface PolicyParts {
  readonly now: () => number
  /** How long the installation keeps executions at most. */
  readonly retentionMs?: number | undefined
}

export type Precondition = (current: Policies) => Result<undefined>

const dayMs = 86_400_000

/** Days that the installation keeps executions at most; undefined when for ever. */
export function mostExecutionDays({ retentionMs }: PolicyParts): number | undefined {
  return retentionMs === undefined ? undefined : Math.floor(retentionMs / dayMs)
}

export function readPolicies(client: Queryable, tenantId: string): Promise<Policies> {
  return findPolicies(client, tenantId)
}

/** Changes what is given, and leaves the rest. Problems: those of the precondition, `invalid_input`. */
export async function changePolicies(
  parts: PolicyParts,
  client: Queryable,
  actor: Actor,
  changes: Partial<Policies>,
  precondition: Precondition,
): Promise<Result<Policies>> {
  const at = new Date(parts.now())
  const before = await lockPolicies(client, actor.tenantId, at)
  const may = precondition(before)
  if (!may.ok) return may
  const after = { ...before, ...changes }
  const most = mostExecutionDays(parts)
  if (most !== undefined && (changes.executionsDays ?? 0) > most) {
    const message = `This installation keeps executions for ${most} days at most.`
    return failed({ code: 'invalid_input', message, pointer: '/executions_days', hint: 'Ask for fewer, or for null.' })
  }
  await updatePolicies(client, actor.tenantId, after, at)
  await appendAudit(client, actor, {
    action: 'policies.changed',
    object: { type: 'policies', id: actor.tenantId },
    before: asJson(before),
    after: asJson(after),
    at,
  })
  return ok(after)
}

const asJson = (policies: Policies): JsonObject => ({ ...policies })
