// Templates as people keep them: created, edited, deleted, brought back, and made from an execution that went well.

import { hashOf } from '../engine/gate/closure.ts'
import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import { jsonCopy } from '../kernel/definition/canonical-json.ts'
import { workflowSchema } from '../kernel/definition/workflow.ts'
import type { JsonObject } from '../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { fieldProblems } from '../kernel/template/field-problems.ts'
import { keptInputs } from '../kernel/template/kept-inputs.ts'
import type { TemplateFields } from '../kernel/template/template-inputs.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findExecutionDetail } from '../record/execution-details.ts'
import {
  deleteTemplate as deleteRow,
  findTemplate,
  insertTemplate,
  lockTemplate,
  restoreTemplate as restoreRow,
  type Template,
  type TemplateText,
  updateTemplate as updateRow,
} from '../record/templates.ts'
import { findVersion } from '../record/workflows.ts'
import { type CheckParts, validateAsTenant } from './definition-check.ts'
import { loseApproval } from './template-approval.ts'
import { fieldContent, missingTemplate, noTemplate, objectOf } from './template-content.ts'

export interface TemplateParts extends CheckParts {
  readonly now: () => number
  readonly newId: () => string
}

export interface TemplateGiven extends TemplateFields {
  readonly title: string
  readonly description: string
  readonly category: string
  readonly tags: readonly string[]
  readonly source: string
}

/** Problems: all of the definition's and of the fields', `conflict` (the name is taken). */
export async function createTemplate(
  parts: TemplateParts,
  client: Queryable,
  actor: Actor,
  given: TemplateGiven & { readonly name: string; readonly originExecutionId?: string },
): Promise<Result<Template>> {
  const text = await checkedText(parts, client, actor, given)
  if (!text.ok) return text
  const { tenantId } = actor
  const { name, originExecutionId = null } = given
  const at = new Date(parts.now())
  const who = { createdBy: referenceTo(actor), createdAt: at }
  const row = { ...text.value, tenantId, name, id: parts.newId(), originExecutionId, ...who }
  if (!(await insertTemplate(client, row))) return failed(taken(name))
  const after = { ...shown(row), origin_execution_id: originExecutionId }
  await appendAudit(client, actor, { action: 'template.created', object: objectOf(row), after, at })
  return found(client, tenantId, name)
}

export type TemplateEdit = { readonly [Field in keyof TemplateGiven]?: TemplateGiven[Field] | undefined }

/**
 * What is left out stays. An edit of the workflow, of an input, a field or a copy block takes a pre-approval away in the same
 * transaction. Problems: as above, `not_found`, those of `check`.
 */
export async function updateTemplate(
  parts: TemplateParts,
  client: Queryable,
  actor: Actor,
  name: string,
  edit: TemplateEdit,
  check: (current: Template) => Result<unknown>,
): Promise<Result<Template>> {
  const before = await lockTemplate(client, actor.tenantId, name)
  if (before === undefined) return missingTemplate(name)
  const may = check(before)
  if (!may.ok) return may
  const given = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined))
  const text = await checkedText(parts, client, actor, { ...before, ...given })
  if (!text.ok) return text
  const at = new Date(parts.now())
  await updateRow(client, before, text.value, { updatedBy: referenceTo(actor), updatedAt: at })
  const entries: AuditEntry[] = [
    {
      action: 'template.updated',
      object: objectOf(before),
      before: shown(before),
      after: shown(text.value),
      at,
    },
  ]
  const isOther = hashOf(contentOf(before)) !== hashOf(contentOf(text.value))
  if (isOther && before.isPreApproved) entries.push(...(await loseApproval(parts, client, before, 'It was edited.')))
  await appendAudit(client, actor, entries)
  return found(client, actor.tenantId, name)
}

/** Nothing runs from it any more, and what has run under its approval stops before its next effect. Problems: `not_found`. */
export async function deleteTemplate(
  parts: TemplateParts,
  client: Queryable,
  actor: Actor,
  name: string,
  check: (current: Template) => Result<unknown>,
): Promise<Result<undefined>> {
  const template = await lockTemplate(client, actor.tenantId, name)
  if (template === undefined) return missingTemplate(name)
  const may = check(template)
  if (!may.ok) return may
  const at = new Date(parts.now())
  const lost = template.isPreApproved ? await loseApproval(parts, client, template, 'The template was deleted.') : []
  await deleteRow(client, template, at)
  const deleted = { action: 'template.deleted', object: objectOf(template), before: shown(template), at } as const
  await appendAudit(client, actor, [...lost, deleted])
  return ok(undefined)
}

/** Brings back the one that was deleted last; it is not pre-approved. Problems: `not_found`, `conflict` (the name is taken). */
export async function restoreTemplate(
  parts: TemplateParts,
  client: Queryable,
  actor: Actor,
  name: string,
): Promise<Result<Template>> {
  if ((await lockTemplate(client, actor.tenantId, name)) !== undefined) return failed(taken(name))
  const id = await restoreRow(client, actor.tenantId, name)
  if (id === undefined) return failed({ ...noTemplate(name), message: `No template "${name}" was deleted.` })
  const at = new Date(parts.now())
  await appendAudit(client, actor, { action: 'template.restored', object: objectOf({ id, name }), at })
  return found(client, actor.tenantId, name)
}

export interface SaveAs {
  readonly executionId: string
  readonly name: string
  readonly title: string
  readonly description: string
  readonly category: string
  readonly tags: readonly string[]
  /** Inputs whose values are not copied, besides those that look like personal data. */
  readonly leaveOut: readonly string[]
}

/**
 * A template of what has run: its workflow, with the inputs as defaults that anybody may change. An input whose value is not
 * copied has to be given. Problems: `not_found`, `conflict` (it did not complete), `invalid_input`, those of `createTemplate`.
 */
export async function saveAsTemplate(
  parts: TemplateParts,
  client: Queryable,
  actor: Actor,
  { executionId, leaveOut, ...given }: SaveAs,
): Promise<Result<{ readonly template: Template; readonly leftOut: readonly string[] }>> {
  const { tenantId } = actor
  const execution = await findExecutionDetail(client, tenantId, executionId)
  const version = execution && (await findVersion(client, tenantId, execution.versionId))
  if (execution === undefined || version === undefined) {
    return failed({ code: 'not_found', message: `There is no execution ${executionId}.` })
  }
  if (execution.status !== 'completed') {
    const message = `The execution ${executionId} is ${execution.status}. A template is made of one that has completed.`
    return failed({ code: 'conflict', message })
  }
  const { inputs = {} } = workflowSchema.parse(version.definition)
  const strangers = leaveOut.filter((name) => !Object.hasOwn(inputs, name))
  if (strangers.length > 0) return failed(...strangers.map(noInput))
  const declared = Object.entries(execution.inputs).filter(([name]) => Object.hasOwn(inputs, name))
  const { kept, leftOut } = keptInputs(Object.fromEntries(declared), leaveOut)
  const requiredFields = leftOut.filter((name) => inputs[name]?.required !== false)
  const optionalFields = Object.keys(inputs).filter((name) => !requiredFields.includes(name))
  const fields = { defaultInputs: kept, requiredFields, optionalFields, copyBlocks: {} }
  const whole = { ...given, ...fields, source: version.source, originExecutionId: executionId }
  const created = await createTemplate(parts, client, actor, whole)
  return created.ok ? ok({ template: created.value, leftOut }) : created
}

const noInput = (name: string): Problem => ({
  code: 'invalid_input',
  pointer: '/leave_out',
  message: `The workflow has no input \`${name}\` that could be left out.`,
})

/** Checked as its tenant sees it. Whether anybody could approve its steps is asked when it is to be used: members come and go. */
async function checkedText(
  parts: TemplateParts,
  client: Queryable,
  { tenantId }: Actor,
  given: TemplateGiven,
): Promise<Result<TemplateText>> {
  const { source } = given
  const { workflow, problems } = await validateAsTenant(parts, client, tenantId, source)
  if (workflow === undefined) return failed(...problems)
  const wrong = fieldProblems(workflow, given)
  if (wrong.length > 0) return failed(...wrong)
  const { title, description, category, tags, defaultInputs, requiredFields, optionalFields, copyBlocks } = given
  const definition = jsonCopy(workflow)
  return ok({
    title,
    description,
    category,
    tags,
    source,
    definition,
    definitionHash: hashOf(definition),
    defaultInputs,
    requiredFields,
    optionalFields,
    copyBlocks,
  })
}

function contentOf(text: TemplateText): JsonObject {
  return { definition: text.definitionHash, ...fieldContent(text) }
}

/** As the audit shows it. */
function shown(text: TemplateText): JsonObject {
  const { title, description, category, tags, definitionHash } = text
  return { title, description, category, tags: [...tags], content_hash: definitionHash, ...fieldContent(text) }
}

function taken(name: string): Problem {
  const message = `There is a template "${name}" already.`
  return { code: 'conflict', message, hint: 'Choose another name, or edit that one.', pointer: '/name' }
}

async function found(client: Queryable, tenantId: string, name: string): Promise<Result<Template>> {
  const template = await findTemplate(client, tenantId, name)
  return template === undefined ? missingTemplate(name) : ok(template)
}
