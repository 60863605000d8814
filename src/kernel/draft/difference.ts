// What is different between two revisions of a draft, in sentences.

import { canonicalJson } from '../definition/canonical-json.ts'
import { sayCount, shorten } from '../definition/wording.ts'
import { diffWorkflows, type WorkflowChange } from '../definition/workflow-diff.ts'
import { type Workflow, workflowSchema } from '../definition/workflow.ts'
import { parseWorkflow } from '../definition/yaml-source.ts'
import type { Json, JsonObject } from '../json.ts'
import type { DraftSchedule } from './schedule.ts'

/** What people edit of a draft: it holds a definition of its own, or names a workflow. */
export interface DraftContent {
  readonly name: string
  readonly purpose: string | null
  readonly source: string | null
  readonly workflow: string | null
  readonly inputs: JsonObject
  readonly schedule: DraftSchedule | null
  readonly council: string | null
}

const mostSentences = 100

/** One sentence for each difference, none when there is none; at most 101, of which the last says how many are left out. */
export function sayDraftDifference(before: DraftContent, after: DraftContent): string[] {
  const said = [
    ...fieldDifference('name', before.name, after.name),
    ...fieldDifference('purpose', before.purpose, after.purpose),
    ...definitionDifference(before, after),
    ...inputDifference(before.inputs, after.inputs),
    ...fieldDifference('schedule', before.schedule, after.schedule),
    ...fieldDifference('council', before.council, after.council),
  ]
  const rest = said.length - mostSentences
  return rest <= 0 ? said : [...said.slice(0, mostSentences), `${rest} more ${sayCount(rest, 'difference')}.`]
}

/** The workflow that a source says, as far as its shape is right; no tenant is asked. */
export function workflowOf(source: string): Workflow | undefined {
  return workflowSchema.safeParse(parseWorkflow(source).value).data
}

function fieldDifference(field: string, before: Json | object, after: Json | object): string[] {
  if (canonicalJson(before) === canonicalJson(after)) return []
  if (before === null) return [`The ${field} is now ${say(after)}.`]
  return [
    after === null ? `The ${field} was taken away: ${say(before)}.` : `The ${field}: ${say(before)} → ${say(after)}.`,
  ]
}

const say = (value: unknown): string => shorten(canonicalJson(value), 200)

function definitionDifference(before: DraftContent, after: DraftContent): string[] {
  if (before.source === after.source && before.workflow === after.workflow) return []
  if (before.source === null || after.source === null) return [`It runs ${sayRun(after)} instead of ${sayRun(before)}.`]
  const [old, young] = [workflowOf(before.source), workflowOf(after.source)]
  if (old === undefined || young === undefined) return [lineDifference(before.source, after.source)]
  const changes = diffWorkflows(old, young)
  return changes.length === 0 ? ['The definition says the same, written otherwise.'] : changes.map(sayChange)
}

const sayRun = ({ workflow }: DraftContent): string =>
  workflow === null ? 'a definition of its own' : `the workflow "${workflow}"`

function sayChange({ kind, subject, name, path }: WorkflowChange): string {
  const what = `The ${subject}${name === '' ? '' : ` "${name}"`}`
  return kind === 'changed' ? `${what}: ${path} was changed.` : `${what} was ${kind}.`
}

/** Counts lines, each as often as it stands there. */
function lineDifference(before: string, after: string): string {
  const counts = new Map<string, number>()
  const add = (source: string, by: number) => {
    for (const line of source.split('\n')) counts.set(line, (counts.get(line) ?? 0) + by)
  }
  add(before, -1)
  add(after, 1)
  const sum = (sign: 1 | -1) => [...counts.values()].reduce((total, count) => total + Math.max(0, sign * count), 0)
  const added = sum(1)
  return `The definition: ${added} ${sayCount(added, 'line')} added, ${sum(-1)} removed.`
}

function inputDifference(before: JsonObject, after: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => fieldDifference(`input "${name}"`, valueOf(before, name), valueOf(after, name)))
}

/** An input that is absent and one that is null are alike to whoever reads a difference. */
const valueOf = (inputs: JsonObject, name: string): Json =>
  Object.hasOwn(inputs, name) ? (inputs[name] ?? null) : null
