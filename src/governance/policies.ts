// Policies: for how long a tenant keeps what is not kept for ever, and what it wants to be countersigned.

import type { Actor } from '../kernel/access/actor.ts'
import { jsonCopy } from '../kernel/definition/canonical-json.ts'
import { changedGovernance, type Governance, type GovernanceChange } from '../kernel/policy/governance-policy.ts'
import { loweredBy } from '../kernel/policy/lowering.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findPolicies, lockPolicies, type Policies, readGovernance, updatePolicies } from '../record/policies.ts'
import { findPendingChange, type PolicyChange } from '../record/policy-changes.ts'
import type { KindParts } from './approval-kinds.ts'
import { applyGovernance, askToLower, lockPendingChange, outdate } from './policy-changes.ts'
import { unreachableRules } from './policy-rules.ts'

interface PolicyParts extends KindParts {
  /** How long the installation keeps executions at most. */
  readonly retentionMs?: number | undefined
}

/** All that is settled, and the change that waits for a second person. */
export interface TenantPolicies {
  readonly kept: Policies
  readonly governance: Governance
  readonly pending: PolicyChange | undefined
}

export interface PolicyEdit {
  readonly kept: Partial<Policies>
  readonly governance: GovernanceChange
}

export type Precondition = (current: TenantPolicies) => Result<undefined>

const dayMs = 86_400_000

/** Days that the installation keeps executions at most; undefined when for ever. */
export function mostExecutionDays({ retentionMs }: Pick<PolicyParts, 'now' | 'retentionMs'>): number | undefined {
  return retentionMs === undefined ? undefined : Math.floor(retentionMs / dayMs)
}

export async function readPolicies(client: Queryable, tenantId: string): Promise<TenantPolicies> {
  return {
    kept: await findPolicies(client, tenantId),
    governance: await readGovernance(client, tenantId),
    pending: await findPendingChange(client, tenantId),
  }
}

/**
 * Changes what is given, and leaves the rest. What raises takes effect at once; a change that lowers anything waits, as a
 * whole, for another owner or admin. Problems: those of the precondition, `invalid_input`, `unreachable_quorum` (a rule that
 * nobody can meet, or nobody who could agree to lower one), `conflict` (another change waits).
 */
export async function changePolicies(
  parts: PolicyParts,
  client: Queryable,
  actor: Actor,
  edit: PolicyEdit,
  precondition: Precondition,
): Promise<Result<TenantPolicies>> {
  const { tenantId } = actor
  const at = new Date(parts.now())
  // Whoever decides on the change that waits holds it first and the policies second, and so does this.
  await lockPendingChange(client, tenantId)
  const kept = await lockPolicies(client, tenantId, at)
  const governance = await readGovernance(client, tenantId)
  const current = { kept, governance, pending: await findPendingChange(client, tenantId) }
  const may = precondition(current)
  if (!may.ok) return may
  const keeping = await changeKept(parts, client, tenantId, kept, edit.kept)
  if (!keeping.ok) return keeping
  const governing = await changeGovernance(parts, client, actor, current, edit.governance)
  if (!governing.ok) return governing
  const entries = [...keeping.value, ...governing.value]
  const after = await readPolicies(client, tenantId)
  if (entries.length > 0) await appendAudit(client, actor, entries)
  return ok(after)
}

async function changeKept(
  parts: PolicyParts,
  client: Queryable,
  tenantId: string,
  before: Policies,
  changes: Partial<Policies>,
): Promise<Result<AuditEntry[]>> {
  if (Object.keys(changes).length === 0) return ok([])
  const most = mostExecutionDays(parts)
  if (most !== undefined && (changes.executionsDays ?? 0) > most) {
    const message = `This installation keeps executions for ${most} days at most.`
    return failed({ code: 'invalid_input', message, pointer: '/executions_days', hint: 'Ask for fewer, or for null.' })
  }
  const at = new Date(parts.now())
  const after = { ...before, ...changes }
  await updatePolicies(client, tenantId, after, at)
  const object = { type: 'policies', id: tenantId }
  return ok([{ action: 'policies.changed', object, before: { ...before }, after: { ...after }, at }])
}

async function changeGovernance(
  parts: KindParts,
  client: Queryable,
  actor: Actor,
  { governance: before, pending }: TenantPolicies,
  change: GovernanceChange,
): Promise<Result<AuditEntry[]>> {
  const after = changedGovernance(before, change)
  const unchanged = JSON.stringify(jsonCopy(before)) === JSON.stringify(jsonCopy(after))
  if (unchanged) return ok([])
  const unreachable = await unreachableRules(client, actor.tenantId, before, after)
  if (unreachable.length > 0) return failed(...unreachable)
  const lowered = loweredBy(before, after)
  if (lowered.length > 0) return askToLower(parts, client, actor, { before, after, lowered, pending })
  const outdated = pending === undefined ? [] : await outdate(parts, client, pending)
  return ok([...outdated, ...(await applyGovernance(parts, client, actor.tenantId, { before, after }))])
}
