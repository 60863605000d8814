// Activating a workflow by hand: at once, or by asking those who have to countersign it.

import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { switchStanding } from '../engine/triggers/save-workflow.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findPendingOfSubject } from '../record/approvals.ts'
import { findWorkflow } from '../record/workflows.ts'
import { activatedVersion, askForActivation, type PendingAsk } from './activation-asks.ts'
import { activationNeeds, countersigned, standingWithout } from './activation-needs.ts'
import type { KindParts } from './approval-kinds.ts'
import { closeAsks } from './closed-asks.ts'
import { testProblem } from './required-tests.ts'

export interface Activated {
  readonly status: 'active' | 'inactive'
  /** What still waits to be countersigned; the workflow is inactive where that is its activation itself. */
  readonly approvals: readonly PendingAsk[]
}

/** The workflow is there, and locked. Problems: `conflict` (tests), `unreachable_quorum` (nobody may approve it). */
export async function activateGoverned(
  parts: KindParts,
  client: Queryable,
  actor: Actor,
  name: string,
): Promise<Result<Activated>> {
  const { tenantId } = actor
  const row = await findWorkflow(client, tenantId, name)
  const version = row && (await activatedVersion(client, tenantId, row.versionId))
  if (row === undefined || version === undefined) return failed(noWorkflow(name))
  const needs = await activationNeeds(parts, client, tenantId, version.workflow)
  const untested = await testProblem(client, tenantId, version, needs)
  if (untested !== undefined) return failed(untested)
  const has = await countersigned(parts, client, tenantId, version, needs)
  const asked = await askForActivation(parts, client, tenantId, version, {
    needs,
    has,
    requestedBy: referenceTo(actor),
  })
  const standing = standingWithout(has.missing)
  const [problem] = asked.problems
  // What cannot be asked for is told; what is asked for besides waits.
  if (problem !== undefined && asked.approvals.length === 0) return failed(...asked.problems)
  const entries: AuditEntry[] = [...asked.entries]
  if (standing.status === 'active' || row.status === 'active') {
    const facts = { impact: needs.impact.impact }
    const isScheduled = row.status === 'active' ? standing.isScheduled || 'as before' : standing.isScheduled
    const switched = await switchStanding(parts, client, tenantId, name, { status: 'active', isScheduled, facts })
    if (!switched.ok) return switched
    entries.push(...switched.value)
  }
  if (has.missing.length === 0) {
    const pending = await findPendingOfSubject(client, tenantId, 'activation', version.versionId)
    const reason = 'It needs no approval any more.'
    entries.push(...(await closeAsks(parts, client, tenantId, pending, { status: 'void', reason })))
  }
  if (entries.length > 0) await appendAudit(client, actor, entries)
  const status = standing.status === 'active' || row.status === 'active' ? 'active' : 'inactive'
  return ok({ status, approvals: has.missing.length === 0 ? [] : asked.approvals })
}

function noWorkflow(name: string): Problem {
  return { code: 'not_found', message: `There is no workflow "${name}".` }
}
