// Saving a workflow under the tenant's policy: what its class asks for decides whether it is active.

import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import type { Workflow } from '../kernel/definition/workflow.ts'
import type { Problem } from '../kernel/problem.ts'
import { type SavedWorkflow, type Standing, storeWorkflow } from '../engine/triggers/save-workflow.ts'
import { lockApprovals } from '../record/approvals.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findPendingOfWorkflow, listApprovalsOf } from '../record/subject-approvals.ts'
import { findWorkflow, type SavedVersion } from '../record/workflows.ts'
import { activatedVersion, askForActivation } from './activation-asks.ts'
import {
  type ActivatedVersion,
  activationNeeds,
  type Countersigned,
  countersigned,
  standingWithout,
} from './activation-needs.ts'
import { type ActivationState, activationOf } from './activation-state.ts'
import { type Act, acts as knownActs, type KindParts } from './approval-kinds.ts'
import { closeAsks } from './closed-asks.ts'
import { giveGrant } from './grants.ts'
import { testProblem } from './required-tests.ts'
import type { ImpactClass } from './workflow-impact.ts'

export interface GovernedWorkflow extends SavedWorkflow {
  readonly workflow: Workflow
  readonly impact: ImpactClass
  readonly activation: ActivationState
}

export interface GovernedRequest {
  /** Valid. */
  readonly workflow: Workflow
  readonly source: string
  /** Of a workflow that is new; `active` when absent. */
  readonly status?: 'active' | 'inactive' | undefined
}

/**
 * Saves a workflow by its name. A new version that needs to be countersigned makes the workflow inactive until it is, and is
 * asked for at once; one with content that is countersigned is active at once.
 */
export async function saveGoverned(
  parts: KindParts,
  client: Queryable,
  actor: Actor,
  { workflow, source, status = 'active' }: GovernedRequest,
): Promise<GovernedWorkflow> {
  const { tenantId } = actor
  // Whoever decides on an activation holds the approval first and the workflow second, and so does this.
  await lockApprovals(client, tenantId, await findPendingOfWorkflow(client, tenantId, workflow.name))
  const wanted = await isWanted(client, tenantId, workflow.name, status)
  const found: Found = { entries: [], problems: [] }
  const settleStanding = (saved: SavedVersion): Promise<Standing> =>
    standingOf(parts, client, actor, { saved, workflow, wanted, found })
  const { saved, entries } = await storeWorkflow(parts, client, actor, { workflow, source, status, settleStanding })
  const version = await versionFrom(client, tenantId, saved.versionId)
  const { impact, activation } = await activationOf(parts, client, tenantId, version)
  const all = [...entries, ...found.entries]
  if (all.length > 0) await appendAudit(client, actor, all)
  const problem = found.problems[0]?.message ?? activation.problem
  return { ...saved, workflow, impact, activation: { ...activation, problem } }
}

/** What settling a standing brings besides. */
interface Found {
  readonly entries: AuditEntry[]
  readonly problems: Problem[]
}

interface Saving {
  readonly saved: SavedVersion
  readonly workflow: Workflow
  readonly wanted: boolean
  readonly found: Found
}

async function standingOf(parts: KindParts, client: Queryable, actor: Actor, saving: Saving): Promise<Standing> {
  const { saved, workflow, wanted, found } = saving
  const { tenantId } = actor
  const version = await versionFrom(client, tenantId, saved.versionId)
  const needs = await activationNeeds(parts, client, tenantId, workflow)
  const facts = { impact: needs.impact.impact }
  const has = await countersigned(parts, client, tenantId, version, needs)
  // The same content again changes nothing: it waits, or it is off, or it is held by the gate, as before.
  if (!saved.isNew && saved.previous?.status !== 'deleted')
    return { status: saved.status, isScheduled: 'as before', facts }
  const reason = `Version ${saved.version} was saved.`
  const older = saved.isNew ? await findPendingOfWorkflow(client, tenantId, workflow.name) : []
  found.entries.push(...(await closeAsks(parts, client, tenantId, older, { status: 'void', reason })))
  if (!wanted) return { status: 'inactive', isScheduled: true, facts }
  const untested = await testProblem(client, tenantId, version, needs)
  if (untested !== undefined) {
    found.problems.push(untested)
    return { status: 'inactive', isScheduled: true, facts }
  }
  found.entries.push(...(await carryOver(parts, client, actor, version, has)))
  const given = { needs, has, requestedBy: referenceTo(actor) }
  const asked = await askForActivation(parts, client, tenantId, version, given)
  found.entries.push(...asked.entries)
  found.problems.push(...asked.problems)
  return { ...standingWithout(has.missing), facts }
}

async function versionFrom(client: Queryable, tenantId: string, versionId: string): Promise<ActivatedVersion> {
  const version = await activatedVersion(client, tenantId, versionId)
  if (version === undefined) throw new Error(`Workflow version ${versionId} was saved and is not there`)
  return version
}

/** What was countersigned for an older version with the same content holds for this one. */
async function carryOver(
  parts: KindParts,
  client: Queryable,
  actor: Actor,
  { workflowId, versionId }: ActivatedVersion,
  { valid }: Countersigned,
): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  const own = new Set(valid.filter((grant) => grant.versionId === versionId).flatMap(({ acts }) => acts))
  for (const { acts, contentHash, content, approvalId, expiresAt } of valid) {
    const carried = acts.filter(isAct).filter((act) => !own.has(act))
    if (carried.length === 0) continue
    for (const act of carried) own.add(act)
    const grant = { workflowId, versionId, acts: carried, contentHash, content, approvalId, expiresAt }
    entries.push(await giveGrant(parts, client, actor, { kind: 'activation', ...grant }))
  }
  return entries
}

const isAct = (text: string): text is Act => knownActs.some((act) => act === text)

/**
 * Whether it is to be active if it may: one that is new when it says so, one that is active, and one that waits for people or
 * was refused by them; but not one that somebody has switched off.
 */
async function isWanted(
  client: Queryable,
  tenantId: string,
  name: string,
  status: 'active' | 'inactive',
): Promise<boolean> {
  const before = await findWorkflow(client, tenantId, name)
  if (before === undefined) return status === 'active'
  if (before.status === 'active') return true
  const [last] = await listApprovalsOf(client, tenantId, 'activation', before.versionId)
  return last !== undefined && ['pending', 'rejected', 'expired', 'void'].includes(last.status)
}
