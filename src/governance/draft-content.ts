// What a draft would run, as far as an approval goes: the workflow with all that it starts, the inputs, the schedule, what it replaces.

import { z } from 'zod'
import { differenceOf, closureOf, type Closure, hashOf } from '../engine/gate/closure.ts'
import { contentHash } from '../engine/triggers/save-workflow.ts'
import { canonicalJson } from '../kernel/definition/canonical-json.ts'
import { type Workflow, workflowSchema } from '../kernel/definition/workflow.ts'
import { parseWorkflow } from '../kernel/definition/yaml-source.ts'
import { type DraftContent, workflowOf } from '../kernel/draft/difference.ts'
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts'
import type { Queryable } from '../record/database.ts'
import type { DraftType } from '../record/drafts.ts'
import { findWorkflowDetail } from '../record/workflow-lists.ts'
import { findWorkflow } from '../record/workflows.ts'
import type { Content } from './approval-kinds.ts'

export interface DraftSubject extends Content {
  readonly workflow: Workflow
  /** Of the workflow alone: what its steps are held against when they run. */
  readonly closure: Closure
  readonly content: JsonObject
}

type Runs = Pick<DraftContent, 'source' | 'workflow' | 'inputs' | 'schedule'>

/** As it is now; undefined when there is no workflow that could be read. */
export async function subjectOf(client: Queryable, tenantId: string, draft: Runs): Promise<DraftSubject | undefined> {
  const workflow = await definitionOf(client, tenantId, draft)
  if (workflow === undefined) return undefined
  const closure = await closureOf(client, tenantId, workflow)
  const content: JsonObject = {
    ...closure.content,
    closure_hash: closure.hash,
    inputs: draft.inputs,
    schedule: draft.schedule,
    replaces: draft.source === null ? null : await replacedBy(client, tenantId, workflow),
  }
  return { workflow, closure, content, hash: hashOf(content) }
}

/** The definition of its own, or that of the workflow that it names. */
export async function definitionOf(
  client: Queryable,
  tenantId: string,
  { source, workflow: name }: Pick<Runs, 'source' | 'workflow'>,
): Promise<Workflow | undefined> {
  if (source !== null) return workflowOf(source)
  const found = name === null ? undefined : await findWorkflowDetail(client, tenantId, name)
  return found === undefined ? undefined : workflowSchema.parse(found.definition)
}

/** The version that would be replaced by another content: whoever approves, approves that it goes. */
async function replacedBy(client: Queryable, tenantId: string, workflow: Workflow): Promise<JsonObject | null> {
  const current = await findWorkflow(client, tenantId, workflow.name)
  if (current === undefined || current.contentHash === contentHash(workflow)) return null
  return { version: current.version, content_hash: current.contentHash }
}

/** What has changed between what was approved and what there is now. */
export function sayContentDifference(before: Json, after: Json): string {
  const [old, young] = [isJsonObject(before) ? before : {}, isJsonObject(after) ? after : {}]
  const differs = (field: string): boolean => canonicalJson(old[field]) !== canonicalJson(young[field])
  const said = [
    ...(differs('closure_hash') ? [differenceOf(before, after)] : []),
    ...['inputs', 'schedule'].filter(differs).map((field) => `The ${field} changed.`),
    ...(differs('replaces') ? [`The workflow that it replaces is now ${sayReplaced(young['replaces'])}.`] : []),
  ]
  return said.length === 0 ? 'Nothing that can be seen has changed.' : said.join(' ')
}

const sayReplaced = (replaced: Json | undefined): string =>
  isJsonObject(replaced) ? `version ${canonicalJson(replaced['version'])}` : 'none'

/** The name and the category of what it runs, as far as they can be read while somebody still writes it. */
export async function typeOf(client: Queryable, tenantId: string, draft: Runs): Promise<DraftType> {
  const read = draft.source === null ? await definitionOf(client, tenantId, draft) : parseWorkflow(draft.source).value
  const fields = typeSchema.safeParse(read).data ?? {}
  return { workflowTypeId: fields.name ?? draft.workflow, category: fields.category ?? null }
}

const label = z.string().max(100).optional().catch(undefined)
const typeSchema = z.object({ name: label, category: label })
