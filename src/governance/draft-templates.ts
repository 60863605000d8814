// Drafts of templates: made from one, and run at once while a council's pre-approval stands and covers what they say.

import { canonicalJson } from '../kernel/definition/canonical-json.ts'
import { workflowOf as readWorkflow } from '../kernel/draft/difference.ts'
import type { DraftSchedule } from '../kernel/draft/schedule.ts'
import type { JsonObject } from '../kernel/json.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { templateUse } from '../kernel/template/template-inputs.ts'
import { contentHash } from '../engine/triggers/save-workflow.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import type { Draft, Hand, SeenDraft } from '../record/drafts.ts'
import { lockTemplate, lockTemplateById, type Template } from '../record/templates.ts'
import type { KindParts } from './approval-kinds.ts'
import { type ConversionParts, finish } from './draft-ending.ts'
import { createDraft } from './draft-editing.ts'
import type { Officer } from './people-parts.ts'
import { countDraft, runTemplate } from './template-runs.ts'
import { missingTemplate, noTemplate, workflowOf } from './template-content.ts'

export interface TemplateDraft {
  readonly template: { readonly id: string } | { readonly name: string }
  readonly name?: string | undefined
  readonly purpose: string | null
  /** Merged into the template's own; what is missing or does not fit is said when the draft is submitted. */
  readonly inputs: JsonObject
  readonly schedule?: DraftSchedule | null
  readonly council: string | null
}

/** Problems: `not_found`. */
export async function draftFromTemplate(
  parts: KindParts,
  client: Queryable,
  officer: Officer,
  { template: asked, inputs: given, schedule = null, ...rest }: TemplateDraft,
): Promise<Result<SeenDraft>> {
  const { tenantId } = officer
  // Locked before the audit's chain is, as everybody who uses it does.
  const found =
    'id' in asked
      ? await lockTemplateById(client, tenantId, asked.id)
      : await lockTemplate(client, tenantId, asked.name)
  if (found === undefined || found.deletedAt !== null) {
    return 'id' in asked ? failed({ ...noTemplate(asked.id), pointer: '/template_id' }) : missingTemplate(asked.name)
  }
  const { inputs } = templateUse(workflowOf(found), found, given)
  const { source, title, id: templateId } = found
  const made = await createDraft(parts, client, officer, {
    ...rest,
    schedule,
    name: rest.name ?? title,
    source,
    workflow: null,
    templateId,
    inputs: {
      ...given,
      ...inputs,
    },
  })
  if (made.ok) await countDraft(parts, client, officer, { templateId, draftId: made.value.id })
  return made
}

/** Whether the draft is what a template says that a council has approved in advance, with no more than it asks for filled in. */
export async function isPreApproved(client: Queryable, draft: Draft): Promise<boolean> {
  return (await preApprovedTemplate(client, draft)) !== undefined
}

async function preApprovedTemplate(
  client: Queryable,
  { tenantId, templateId, source, inputs, schedule }: Draft,
): Promise<Template | undefined> {
  if (templateId === null || source === null || schedule !== null) return undefined
  const template = await lockTemplateById(client, tenantId, templateId)
  if (template === undefined || !template.isPreApproved) return undefined
  const workflow = readWorkflow(source)
  if (workflow === undefined || contentHash(workflow) !== template.definitionHash) return undefined
  const use = templateUse(workflowOf(template), template, askedOf(template, inputs))
  const isSame = use.problems.length === 0 && canonicalJson(use.inputs) === canonicalJson(inputs)
  return isSame ? template : undefined
}

function askedOf({ requiredFields, optionalFields }: Template, inputs: JsonObject): JsonObject {
  const asked = new Set([...requiredFields, ...optionalFields])
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => asked.has(name)))
}

/** As an instant run of its template. Problems: those of an instant run. */
export async function convertPreApproved(
  parts: ConversionParts,
  client: Queryable,
  officer: Officer,
  draft: Draft,
  hand: Hand,
): Promise<Result<undefined>> {
  const template = await preApprovedTemplate(client, draft)
  if (template === undefined) return failed({ code: 'conflict', message: 'The draft has to be submitted first.' })
  const { name, workflowId, versionId } = template
  if (workflowId === null || versionId === null) throw new Error(`Template ${name} is pre-approved without a version`)
  const ran = await runTemplate(parts, client, officer, { name, inputs: askedOf(template, draft.inputs) })
  if (!ran.ok) return ran
  const entry = await finish(client, draft, { workflowId, versionId, executionId: ran.value.executionId }, hand)
  // The run has appended what it did; the chain is locked by this transaction already, as is the draft.
  await appendAudit(client, officer, entry)
  return ok(undefined)
}
