// The closure of a workflow: everything that an approval of it countersigns, and what a change of it looks like.

import { createHash } from 'node:crypto'
import { canonicalJson, jsonCopy } from '../../kernel/definition/canonical-json.ts'
import { diffWorkflows, type WorkflowChange } from '../../kernel/definition/workflow-diff.ts'
import { type Workflow, workflowSchema } from '../../kernel/definition/workflow.ts'
import { childNamesOf } from '../../kernel/impact/child-names.ts'
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import type { Queryable } from '../../record/database.ts'
import { type Child, findChildren } from '../../record/grants.ts'

export interface Closure {
  /** Hexadecimal SHA-256. */
  readonly hash: string
  /** `definition`, and `children` by name with their `version` and `content_hash`. */
  readonly content: JsonObject
}

/** The closure as it is now: the definition with its settings, schedule and secret references, and all that it starts. */
export async function closureOf(client: Queryable, tenantId: string, workflow: Workflow): Promise<Closure> {
  const children = await findChildren(client, tenantId, childNamesOf(workflow))
  return { hash: closureHash(hashOf(workflow), children), content: closureContent(workflow, children) }
}

/** `definitionHash` is the version's content hash. */
export function closureHash(definitionHash: string, children: readonly Child[]): string {
  return hashOf({ definition: definitionHash, children: versionsOf(children) })
}

export function closureContent(workflow: Workflow, children: readonly Child[]): JsonObject {
  return { definition: jsonCopy(workflow), children: versionsOf(children) }
}

/** Hexadecimal SHA-256 of canonical JSON. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function versionsOf(children: readonly Child[]): JsonObject {
  return Object.fromEntries(
    children.map(({ name, version, contentHash }) => [name, { version, content_hash: contentHash }]),
  )
}

/** What changed between the contents of two closures, in a sentence or two. */
export function differenceOf(before: Json, after: Json): string {
  const changes = [...new Set([...definitionChanges(before, after), ...childChanges(before, after)])]
  if (changes.length === 0) return 'Nothing that can be seen has changed.'
  const shown = changes.slice(0, mostShown)
  const more = changes.length - shown.length
  const text = more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`
  return `Since then: ${text}.`
}

const mostShown = 6

function definitionChanges(before: Json, after: Json): string[] {
  const [old, young] = [definitionOf(before), definitionOf(after)]
  // What it starts is said with the versions.
  if (old !== undefined && young !== undefined)
    return diffWorkflows(old, young).flatMap((change) => (change.subject === 'child' ? [] : sayChange(change)))
  const isSame = canonicalJson(fieldOf(before, 'definition')) === canonicalJson(fieldOf(after, 'definition'))
  return isSame ? [] : ['the definition was changed']
}

function sayChange({ kind, subject, name, path }: WorkflowChange): string {
  const field = path === '' ? '' : ` (${path})`
  if (subject === 'workflow') return `${path === '' ? 'the workflow' : `its ${path}`} was ${kind}`
  if (subject === 'settings') return `the settings${field} were ${kind}`
  if (subject === 'trigger') return `the trigger ${name}${field} was ${kind}`
  return `the ${subject}${name === '' ? '' : ` ${name}`}${field} was ${kind}`
}

function childChanges(before: Json, after: Json): string[] {
  const [old, young] = [fieldOf(before, 'children'), fieldOf(after, 'children')]
  if (!isJsonObject(old) || !isJsonObject(young)) return []
  const [started, starts] = [startedIn(before), startedIn(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(young)])]
  return names.flatMap((name) => {
    const [was, is] = [old[name], young[name]]
    const child = `the workflow "${name}"`
    if (canonicalJson(was) === canonicalJson(is)) return []
    if (was === undefined) return [started.has(name) ? `${child} that it starts was created` : `it now starts ${child}`]
    if (is === undefined)
      return [starts.has(name) ? `${child} that it starts was deleted` : `it no longer starts ${child}`]
    return [`${child} that it starts went from version ${sayVersion(was)} to version ${sayVersion(is)}`]
  })
}

/** The names that its own steps give. */
function startedIn(content: Json): ReadonlySet<string> {
  const definition = definitionOf(content)
  return new Set(definition === undefined ? [] : childNamesOf(definition))
}

function definitionOf(content: Json): Workflow | undefined {
  return workflowSchema.safeParse(fieldOf(content, 'definition')).data
}

function fieldOf(content: Json, field: string): Json | undefined {
  return isJsonObject(content) ? content[field] : undefined
}

export function sayVersion(child: Json): string {
  const version = fieldOf(child, 'version')
  return typeof version === 'number' ? `${version}` : '?'
}
