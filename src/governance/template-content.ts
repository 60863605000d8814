// What a template is as far as an approval goes: the workflow that its instant runs run, and what goes into it.

import { stringify } from 'yaml'
import { closureOf, hashOf } from '../engine/gate/closure.ts'
import { jsonCopy } from '../kernel/definition/canonical-json.ts'
import { type Workflow, workflowSchema } from '../kernel/definition/workflow.ts'
import type { JsonObject } from '../kernel/json.ts'
import { failed, type Problem } from '../kernel/problem.ts'
import type { TemplateFields } from '../kernel/template/template-inputs.ts'
import type { Queryable } from '../record/database.ts'
import type { Template } from '../record/templates.ts'

/** The workflow of a template, under the name that its instant runs have. */
export function workflowOf({ name, definition }: Pick<Template, 'name' | 'definition'>): Workflow {
  return { ...workflowSchema.parse(definition), name: instantName(name) }
}

/** Its own, so that no workflow of people's is touched. */
export const instantName = (template: string): string => `template-${template}`

/** The YAML that the version of instant runs is saved with. */
export function sourceOf(workflow: Workflow): string {
  return stringify(jsonCopy(workflow), { lineWidth: 0 })
}

export interface TemplateContent {
  /** What the council signs. */
  readonly hash: string
  readonly content: JsonObject
  /** Of the workflow alone: what its steps are held against when they run. */
  readonly closure: { readonly hash: string; readonly content: JsonObject }
}

/** As it is now, the current versions of the workflows that it starts included. */
export async function templateContent(client: Queryable, template: Template): Promise<TemplateContent> {
  const closure = await closureOf(client, template.tenantId, workflowOf(template))
  const content = { ...closure.content, closure_hash: closure.hash, ...fieldContent(template) }
  return { hash: hashOf(content), content, closure }
}

/** What an edit may not change without losing the approval. */
export function fieldContent(fields: TemplateFields): JsonObject {
  return {
    default_inputs: fields.defaultInputs,
    required_fields: [...fields.requiredFields],
    optional_fields: [...fields.optionalFields],
    approved_copy_blocks: { ...fields.copyBlocks },
  }
}

export function noTemplate(name: string): Problem {
  return { code: 'not_found', message: `There is no template "${name}".` }
}

export const missingTemplate = (name: string) => failed(noTemplate(name))

/** How the audit names it. */
export const objectOf = ({ id, name }: Pick<Template, 'id' | 'name'>) => ({ type: 'template', id, name })
