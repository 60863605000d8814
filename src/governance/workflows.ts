// Workflows as people and programs keep them: created, given new versions, switched on and off, deleted.

import type { Actor } from '../kernel/access/actor.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { contentHash, switchStanding } from '../engine/triggers/save-workflow.ts'
import { lockApprovals } from '../record/approvals.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findPendingOfWorkflow } from '../record/subject-approvals.ts'
import { type LockedWorkflow, lockWorkflowByName } from '../record/workflow-lists.ts'
import { checkDefinition, type CheckParts } from './definition-check.ts'
import { closeAsks } from './closed-asks.ts'
import { type GovernedWorkflow, saveGoverned } from './save-governed.ts'
import { activateGoverned, type Activated } from './activate-governed.ts'

export interface WorkflowParts extends CheckParts {
  readonly now: () => number
  readonly newId: () => string
}

/** What a caller saw is compared with what is there while nobody else can change it. */
export type Precondition = (current: LockedWorkflow) => Result<unknown>

export interface Definition {
  /** YAML; JSON is YAML. */
  readonly source: string
  /** Of a workflow that is new. */
  readonly status?: 'active' | 'inactive'
}

export type Saved = Result<GovernedWorkflow>

/**
 * Creates a workflow, or brings a deleted one back. One that exists with the same content is returned as it is. Problems: all
 * of the definition's, `conflict` where one of this name has other content.
 */
export async function createWorkflow(
  parts: WorkflowParts,
  client: Queryable,
  actor: Actor,
  definition: Definition,
): Promise<Saved> {
  const checked = await checkDefinition(parts, client, actor.tenantId, definition.source)
  const { workflow } = checked
  if (workflow === undefined) return failed(...checked.problems)
  const before = await lockWithApprovals(client, actor.tenantId, workflow.name)
  const isThere = before !== undefined && before.status !== 'deleted'
  if (isThere && before.contentHash !== contentHash(workflow)) return failed(alreadyThere(workflow.name))
  const saved = await saveGoverned(parts, client, actor, { workflow, ...definition })
  // Somebody who created it at the same time was faster: nothing of theirs is replaced.
  if (before === undefined && saved.isNew && saved.version > 1) return failed(alreadyThere(workflow.name))
  return ok(saved)
}

/**
 * Makes a new version of a workflow, unless its content is that of the current one. Problems: all of the definition's,
 * `not_found`, those of the precondition.
 */
export async function replaceWorkflow(
  parts: WorkflowParts,
  client: Queryable,
  actor: Actor,
  edit: { readonly name: string; readonly source: string; readonly precondition: Precondition },
): Promise<Saved> {
  const { name, source, precondition } = edit
  const admitted = await admit(client, actor, name, precondition)
  if (!admitted.ok) return admitted
  const checked = await checkDefinition(parts, client, actor.tenantId, source)
  const { workflow } = checked
  if (workflow === undefined) return failed(...checked.problems)
  if (workflow.name !== name) return failed(otherName(name, workflow.name))
  return ok(await saveGoverned(parts, client, actor, { workflow, source }))
}

/**
 * Lets a workflow start and its triggers fire, or asks for the approval that it needs first. Problems: `not_found`, those of
 * the precondition, `conflict` (its tests have not passed), `unreachable_quorum` (nobody may approve it).
 */
export async function activateWorkflow(
  parts: WorkflowParts,
  client: Queryable,
  actor: Actor,
  { name, precondition }: { readonly name: string; readonly precondition: Precondition },
): Promise<Result<Activated>> {
  const admitted = await admit(client, actor, name, precondition)
  return admitted.ok ? activateGoverned(parts, client, actor, name) : admitted
}

/** Switches a workflow and its triggers off, or deletes it. Problems: `not_found`, those of the precondition. */
export async function switchOff(
  parts: WorkflowParts,
  client: Queryable,
  actor: Actor,
  change: { readonly name: string; readonly status: 'inactive' | 'deleted'; readonly precondition: Precondition },
): Promise<Result<undefined>> {
  const { name, status, precondition } = change
  const admitted = await admit(client, actor, name, precondition)
  if (!admitted.ok) return admitted
  const { tenantId } = actor
  const reason = status === 'deleted' ? 'The workflow was deleted.' : 'The workflow was switched off.'
  const asks = await findPendingOfWorkflow(client, tenantId, name)
  const closed = await closeAsks(parts, client, tenantId, asks, { status: 'withdrawn', reason })
  const switched = await switchStanding(parts, client, tenantId, name, { status, isScheduled: true })
  if (!switched.ok) return switched
  const entries = [...closed, ...switched.value]
  if (entries.length > 0) await appendAudit(client, actor, entries)
  return ok(undefined)
}

async function admit(
  client: Queryable,
  { tenantId }: Actor,
  name: string,
  precondition: Precondition,
): Promise<Result<unknown>> {
  const current = await lockWithApprovals(client, tenantId, name)
  if (current === undefined || current.status === 'deleted') return failed(noWorkflow(name))
  return precondition(current)
}

/** Whoever decides on an activation holds the approval first and the workflow second, and so does this. */
async function lockWithApprovals(
  client: Queryable,
  tenantId: string,
  name: string,
): Promise<LockedWorkflow | undefined> {
  await lockApprovals(client, tenantId, await findPendingOfWorkflow(client, tenantId, name))
  return lockWorkflowByName(client, tenantId, name)
}

export function noWorkflow(name: string): Problem {
  return { code: 'not_found', message: `There is no workflow "${name}".` }
}

function alreadyThere(name: string): Problem {
  return {
    code: 'conflict',
    message: `There is a workflow "${name}" already, with other content.`,
    hint: 'Read it, and PUT the new version with its ETag in If-Match.',
    pointer: '/name',
  }
}

function otherName(name: string, given: string): Problem {
  return {
    code: 'invalid_input',
    message: `The definition is named "${given}", but the workflow is "${name}".`,
    hint: 'Give it that name, or create a workflow of the new name. A workflow cannot be renamed.',
    pointer: '/name',
  }
}
