// Templates in use: what a use would be made of, and instant runs of those that a council has pre-approved.

import { differenceOf } from '../engine/gate/closure.ts'
import type { Starter } from '../engine/triggers/starter.ts'
import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import type { JsonObject } from '../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { type TemplateUse, templateUse } from '../kernel/template/template-inputs.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import type { NewExecution } from '../record/executions.ts'
import { recordUse, startInstantRun } from '../record/template-uses.ts'
import { findTemplate, lockTemplate, type Template } from '../record/templates.ts'
import type { KindParts } from './approval-kinds.ts'
import { giveGrant } from './grants.ts'
import {
  instantName,
  missingTemplate,
  objectOf,
  templateContent,
  type TemplateContent,
  workflowOf,
} from './template-content.ts'
import { watchRun } from './template-watch.ts'

export interface PreparedUse extends TemplateUse {
  readonly template: Template
}

/** What a use with these inputs would be: nothing is refused, all that is wrong is said. Problems: `not_found`. */
export async function previewUse(
  client: Queryable,
  tenantId: string,
  name: string,
  given: JsonObject,
): Promise<Result<PreparedUse>> {
  const template = await findTemplate(client, tenantId, name)
  if (template === undefined) return missingTemplate(name)
  return ok({ template, ...templateUse(workflowOf(template), template, given) })
}

/** The same, refused with every problem at once. Problems: `not_found`, `invalid_input`. */
export async function prepareUse(
  client: Queryable,
  tenantId: string,
  name: string,
  given: JsonObject,
): Promise<Result<PreparedUse>> {
  const use = await previewUse(client, tenantId, name, given)
  return use.ok && use.value.problems.length > 0 ? failed(...use.value.problems) : use
}

/** Counts a draft that was made from a template. In the transaction that makes it. */
export async function countDraft(
  { now, newId }: Pick<KindParts, 'now' | 'newId'>,
  client: Queryable,
  actor: Actor,
  made: { readonly templateId: string; readonly draftId: string },
): Promise<void> {
  const { templateId, draftId } = made
  const use = { tenantId: actor.tenantId, id: newId(), templateId, usedBy: referenceTo(actor) }
  await recordUse(client, { ...use, createdAt: new Date(now()) }, { draftId })
}

interface RunParts extends Pick<KindParts, 'now' | 'newId'> {
  readonly starter: Pick<Starter, 'admission'>
}

export interface RunGiven {
  readonly name: string
  readonly inputs: JsonObject
  /** W3C Trace Context. */
  readonly traceparent?: string
}

export interface InstantRun {
  readonly executionId: string
  readonly workflow: string
  readonly createdAt: Date
}

/** What an instant run may do: it starts, and it sends. Its workflow fires by no schedule. */
const acts = ['activate_workflow', 'send_emails'] as const

/**
 * Starts a pre-approved template with no review. Execution, grant, count and audit are one transaction, under the lock that a
 * revocation takes: either the run is there when it is revoked, and stops, or it never starts. Problems: `not_found`;
 * `conflict` (not pre-approved, or no longer what the council has approved); `invalid_input`; those of admission.
 */
export async function runTemplate(
  parts: RunParts,
  client: Queryable,
  actor: Actor,
  { name, inputs: given, traceparent }: RunGiven,
): Promise<Result<InstantRun>> {
  const template = await lockTemplate(client, actor.tenantId, name)
  if (template === undefined) return missingTemplate(name)
  const { workflowId, versionId } = template
  if (!template.isPreApproved || workflowId === null || versionId === null) return failed(notPreApproved(template))
  const content = await templateContent(client, template)
  if (content.hash !== template.approvedHash) return failed(changedSince(template, content))
  const workflow = workflowOf(template)
  const { inputs, problems } = templateUse(workflow, template, given)
  if (problems.length > 0) return failed(...problems)
  const startedBy = referenceTo(actor)
  const trace = traceparent === undefined ? {} : { traceparent }
  const applicant = { tenantId: actor.tenantId, workflowId, versionId, inputs, startedBy, ...trace }
  const admitted = await parts.starter.admission.admit(applicant)
  if (!admitted.ok) return admitted
  await begin(parts, client, actor, template, admitted.value, content)
  const { id: executionId, createdAt } = admitted.value
  return ok({ executionId, workflow: workflow.name, createdAt })
}

/** Everything that an instant run writes. */
async function begin(
  parts: RunParts,
  client: Queryable,
  actor: Actor,
  template: Template,
  execution: NewExecution,
  { closure }: TemplateContent,
): Promise<void> {
  const { tenantId, id: executionId, workflowId, versionId, startedBy: usedBy } = execution
  const { id: templateId, approvalId } = template
  const at = new Date(parts.now())
  await startInstantRun(client, execution)
  const granted = await giveGrant(parts, client, actor, {
    kind: 'template',
    workflowId,
    versionId,
    executionId,
    templateId,
    acts,
    contentHash: closure.hash,
    content: closure.content,
    approvalId,
  })
  await recordUse(client, { tenantId, id: parts.newId(), templateId, usedBy, createdAt: at }, { executionId })
  const flagged = await watchRun(parts, client, { template, executionId, usedBy, userName: actor.name, at })
  const after = { execution_id: executionId, workflow: instantName(template.name), approval_id: approvalId }
  const ran: AuditEntry = { action: 'template.run', object: objectOf(template), after, at }
  await appendAudit(client, actor, [ran, granted, ...flagged])
}

function notPreApproved({ name }: Template): Problem {
  return {
    code: 'conflict',
    message: `The template "${name}" is not pre-approved, so it does not run at once.`,
    hint: 'Use it to make a draft, or ask a council for its pre-approval.',
  }
}

/** Only what it starts can have changed: an edit takes the pre-approval away. */
function changedSince({ name, approvedContent }: Template, { content }: TemplateContent): Problem {
  return {
    code: 'conflict',
    message: `The template "${name}" is not what its council approved. ${differenceOf(approvedContent, content)}`,
    hint: 'Revoke its pre-approval and ask the council for it anew, or use it to make a draft.',
  }
}
