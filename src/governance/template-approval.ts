// Pre-approval of templates: asked of a council, given by its vote, taken back at once.

import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import { may } from '../kernel/access/permissions.ts'
import { parseDuration } from '../kernel/schedule/duration.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { contentHash } from '../engine/triggers/save-workflow.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import { type Council, findCouncil } from '../record/councils.ts'
import type { Queryable } from '../record/database.ts'
import { readGovernance } from '../record/policies.ts'
import { councilSeats } from '../record/template-uses.ts'
import {
  clearPreApproval,
  isWorkflowOfTemplate,
  lockTemplate,
  lockTemplateById,
  setAskedCouncil,
  setPreApproval,
  type Template,
} from '../record/templates.ts'
import { replaceTriggers } from '../record/triggers.ts'
import { lockWorkflowByName } from '../record/workflow-lists.ts'
import { insertVersion, type SavedVersion, updateWorkflowStatus } from '../record/workflows.ts'
import type { KindHandler, KindParts, Settled } from './approval-kinds.ts'
import { type Asked, requestApproval } from './approval-request.ts'
import { noCouncil } from './audience.ts'
import { actionsOf, checkDefinition } from './definition-check.ts'
import { revokeGrants } from './grants.ts'
import type { Officer } from './people-parts.ts'
import { instantName, missingTemplate, objectOf, sourceOf, templateContent, workflowOf } from './template-content.ts'
import { impactOf } from './workflow-impact.ts'

const livesMs = 7 * 24 * 3_600_000

/**
 * Asks a council. Problems: `not_found` (template or council), `conflict` (approved or asked for already, or the name of its
 * workflow is somebody's), `unreachable_quorum`, all of the definition's.
 */
export async function askPreApproval(
  parts: KindParts,
  client: Queryable,
  actor: Actor,
  asked: { readonly name: string; readonly council: string },
): Promise<Result<{ readonly approvalId: string }>> {
  const { tenantId } = actor
  const template = await lockTemplate(client, tenantId, asked.name)
  if (template === undefined) return missingTemplate(asked.name)
  const council = await findCouncil(client, tenantId, asked.council)
  if (council === undefined) return failed({ ...noCouncil(asked.council), pointer: '/council' })
  const refused = await refusal(parts, client, template)
  if (refused.length > 0) return failed(...refused)
  const request = await requestFor(parts, client, actor, template, council)
  if (!request.ok) return failed(...request.problems.map(withWayOut))
  const { approvalId, entry, hash } = request.value
  await setAskedCouncil(client, template, council.id)
  const after = { council: council.name, approval_id: approvalId, content_hash: hash }
  const told = { action: 'template.pre_approval_requested', object: objectOf(template), after, at: entry.at } as const
  await appendAudit(client, actor, [entry, told])
  return ok({ approvalId })
}

async function requestFor(
  parts: KindParts,
  client: Queryable,
  actor: Actor,
  template: Template,
  council: Council,
): Promise<Result<Asked & { readonly hash: string }>> {
  const { tenantId } = actor
  const { separation, reminders } = await readGovernance(client, tenantId)
  const { hash, content } = await templateContent(client, template)
  const actions = await actionsOf(parts, client, tenantId)
  const { impact } = await impactOf(client, tenantId, workflowOf(template), actions)
  const remindEveryMs = reminders === null ? undefined : parseDuration(reminders)
  const { createdBy: author, updatedBy: lastEditor, name, title, description } = template
  const asked = await requestApproval(parts, client, actor, {
    kind: 'template',
    subjectId: template.id,
    summary: `Pre-approve the template "${title}": from then on it runs at once, with no review`,
    details: { template: name, title, description, impact },
    impact,
    approvers: { council: council.name },
    quorum: council.threshold,
    expiresAt: new Date(parts.now() + livesMs),
    ...(remindEveryMs !== undefined && { remindEveryMs }),
    contentHash: hash,
    content,
    requestedBy: referenceTo(actor),
    author,
    lastEditor,
    excludes: separation,
  })
  return asked.ok ? ok({ ...asked.value, hash }) : asked
}

/** Why it cannot be asked for. */
async function refusal(parts: KindParts, client: Queryable, template: Template): Promise<readonly Problem[]> {
  const { tenantId, name, isPreApproved, approvedByCouncil } = template
  if (isPreApproved) {
    const by = approvedByCouncil === null ? '' : ` by council "${approvedByCouncil}"`
    return [{ code: 'conflict', message: `The template "${name}" is pre-approved already${by}.` }]
  }
  const occupied = await occupiedName(client, template)
  if (occupied !== undefined) return [occupied]
  return (await checkDefinition(parts, client, tenantId, sourceOf(workflowOf(template)))).problems
}

/** Instant runs run a workflow of a name of their own; one of people's is not touched. */
async function occupiedName(client: Queryable, { tenantId, name }: Template): Promise<Problem | undefined> {
  const workflow = instantName(name)
  const there = await lockWorkflowByName(client, tenantId, workflow)
  if (there === undefined || (await isWorkflowOfTemplate(client, tenantId, name, there.id))) return undefined
  const message = `There is a workflow "${workflow}" already, which instant runs of this template would need.`
  return { code: 'conflict', message, hint: 'Make a template of another name.' }
}

function withWayOut(problem: Problem): Problem {
  return problem.code === 'conflict' ? { ...problem, hint: 'Withdraw that one to ask for what it is now.' } : problem
}

/**
 * Takes the pre-approval back. When this has committed, no instant run starts, and those under way do nothing of class C any
 * more. Problems: `not_found`, `forbidden` (neither an owner or admin, nor on the council), `conflict` (it is not pre-approved).
 */
export async function revokePreApproval(
  parts: Pick<KindParts, 'now' | 'newId'>,
  client: Queryable,
  officer: Officer,
  { name, reason }: { readonly name: string; readonly reason: string },
): Promise<Result<undefined>> {
  const template = await lockTemplate(client, officer.tenantId, name)
  if (template === undefined) return missingTemplate(name)
  const { approvedByCouncilId } = template
  const council = approvedByCouncilId ?? template.askedCouncilId
  const seats = council === null ? [] : await councilSeats(client, officer.tenantId, council)
  const isSeated = officer.kind === 'member' && officer.id !== null && seats.includes(officer.id)
  if (!isSeated && !may(officer.role, 'templates:govern', officer.scopes)) {
    const message = 'Only owners, admins and members of its council may revoke the pre-approval of a template.'
    return failed({ code: 'forbidden', message })
  }
  if (approvedByCouncilId === null) {
    return failed({ code: 'conflict', message: `The template "${name}" is not pre-approved.` })
  }
  await appendAudit(client, officer, await loseApproval(parts, client, template, reason))
  return ok(undefined)
}

/** An entry for each grant, unless there are so many that revoking would have to wait for them. */
const mostGrantEntries = 500

/** Takes the pre-approval and its grants away from a template that is locked. Returns the entries and appends nothing. */
export async function loseApproval(
  parts: Pick<KindParts, 'now'>,
  client: Queryable,
  template: Template,
  reason: string,
): Promise<AuditEntry[]> {
  const { tenantId, id, approvedByCouncil, approvalId } = template
  await clearPreApproval(client, template)
  const revoked = await revokeGrants(parts, client, { tenantId }, { templateId: id }, reason)
  const entry: AuditEntry = {
    action: 'template.pre_approval_revoked',
    object: objectOf(template),
    before: { is_pre_approved: true, council: approvedByCouncil, approval_id: approvalId },
    after: { is_pre_approved: false, reason, grants_revoked: revoked.length },
    at: new Date(parts.now()),
  }
  return revoked.length > mostGrantEntries ? [entry] : [entry, ...revoked]
}

export const settleTemplate: KindHandler = {
  settle: async (parts, client, actor, settled) => {
    const template = await lockTemplateById(client, actor.tenantId, settled.subjectId)
    if (template === undefined) return ok({ entries: [] })
    if (settled.decision === 'approved') return approve(parts, client, template, settled)
    await setAskedCouncil(client, template, null)
    const after = { approval_id: settled.approvalId, reason: settled.reason }
    const action = `template.pre_approval_${settled.decision}` as const
    return ok({ entries: [{ action, object: objectOf(template), after, at: new Date(parts.now()) }] })
  },
  contentNow: async (_parts, client, tenantId, subjectId) => {
    // Locked, so that nobody edits it between this look and what is decided.
    const template = await lockTemplateById(client, tenantId, subjectId)
    return template === undefined || template.deletedAt !== null ? undefined : templateContent(client, template)
  },
}

async function approve(parts: KindParts, client: Queryable, template: Template, settled: Settled) {
  const occupied = await occupiedName(client, template)
  if (occupied !== undefined) return failed(occupied)
  const { approvalId, contentHash: hash, content } = settled
  const { askedCouncilId: councilId } = template
  if (councilId === null) return failed({ code: 'conflict', message: 'No council is asked about this template.' })
  const saved = await saveInstantVersion(parts, client, template)
  const { workflowId, versionId } = saved.version
  await setPreApproval(client, template, { councilId, approvalId, hash, content, workflowId, versionId })
  const at = new Date(parts.now())
  const after = { is_pre_approved: true, council_id: councilId, approval_id: approvalId, content_hash: hash }
  const before = { is_pre_approved: false }
  const told: AuditEntry = { action: 'template.pre_approved', object: objectOf(template), before, after, at }
  return ok({ entries: [...saved.entries, told] })
}

/** The version that instant runs run. Its workflow is inactive and has no triggers: nothing else starts it. */
async function saveInstantVersion(
  parts: KindParts,
  client: Queryable,
  template: Template,
): Promise<{ readonly version: SavedVersion; readonly entries: readonly AuditEntry[] }> {
  const { tenantId } = template
  const workflow = workflowOf(template)
  const createdAt = new Date(parts.now())
  const hash = contentHash(workflow)
  const version = await insertVersion(client, {
    tenantId,
    status: 'inactive',
    definition: workflow,
    source: sourceOf(workflow),
    contentHash: hash,
    createdBy: template.updatedBy,
    createdAt,
    workflowId: parts.newId(),
    versionId: parts.newId(),
  })
  await updateWorkflowStatus(client, tenantId, workflow.name, 'inactive')
  await replaceTriggers(client, tenantId, version.workflowId, [])
  if (!version.isNew) return { version, entries: [] }
  const object = { type: 'workflow', id: version.workflowId, name: workflow.name }
  const after = { version: version.version, content_hash: hash, status: 'inactive' }
  const action = version.previous === null ? 'workflow.created' : 'workflow.version_saved'
  return { version, entries: [{ action, object, after, at: createdAt }] }
}
