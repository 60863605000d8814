// What changed between two versions of a workflow, by its meaning: order of steps and of dependencies does not count.

import { isJsonObject, type Json } from '../json.ts'
import { canonicalJson, jsonCopy } from './canonical-json.ts'
import { pointerTo, type Path } from './finding.ts'
import { childNamesOf } from '../impact/child-names.ts'
import { secretNamesOf } from './secret-references.ts'
import { type Step, triggersOf, type Trigger, type Workflow } from './workflow.ts'

export const changeSubjects = [
  'workflow',
  'trigger',
  'input',
  'var',
  'settings',
  'step',
  'output',
  'secret',
  'child',
] as const
export type ChangeSubject = (typeof changeSubjects)[number]

/** One change. A part that was added or removed is one change; within a part that both have, each field is one. */
export interface WorkflowChange {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly subject: ChangeSubject
  /** The step's id, the input's or the constant's name, the trigger's kind, the secret's or the child workflow's name; empty where there is only one. */
  readonly name: string
  /** The field within the subject, such as `retry.attempts`; empty for the subject as a whole. */
  readonly path: string
  readonly before?: Json
  readonly after?: Json
  /** JSON Pointers into the two definitions, present on the sides that have the part. */
  readonly pointerBefore?: string
  readonly pointerAfter?: string
}

interface Part {
  readonly subject: ChangeSubject
  readonly name: string
  readonly value: Json
  readonly pointer: string
}

type Parts = ReadonlyMap<string, Part>

/** All changes, in the order of the old definition, then what the new one adds. */
export function diffWorkflows(before: Workflow, after: Workflow): WorkflowChange[] {
  const [old, young] = [partsOf(before, after), partsOf(after, before)]
  const kept = [...old].flatMap(([key, part]) => partChanges(part, young.get(key)))
  const added = [...young].filter(([key]) => !old.has(key)).map(([, part]) => wholeChange('added', part))
  return [...kept, ...added]
}

export function countChanges(changes: readonly WorkflowChange[]): Readonly<Record<WorkflowChange['kind'], number>> {
  const counts = { added: 0, removed: 0, changed: 0 }
  for (const { kind } of changes) counts[kind]++
  return counts
}

/** The parts of a workflow under keys that its other version shares where they are the same part. */
function partsOf(workflow: Workflow, other: Workflow): Parts {
  const { inputs = {}, vars = {}, settings = {}, steps, output, trigger: _, ...heading } = workflow
  const parts: Part[] = [
    { subject: 'workflow', name: '', value: jsonCopy(heading), pointer: '' },
    ...triggerParts(workflow, other),
    ...Object.entries(inputs).map(
      ([name, value]) =>
        ({ subject: 'input', name, value: jsonCopy(value), pointer: pointerTo('/inputs', name) }) as const,
    ),
    ...Object.entries(vars).map(
      ([name, value]) => ({ subject: 'var', name, value, pointer: pointerTo('/vars', name) }) as const,
    ),
    { subject: 'settings', name: '', value: jsonCopy(settings), pointer: '/settings' },
    ...steps.map(
      (step, index) =>
        ({ subject: 'step', name: step.id, value: jsonCopy(step), pointer: pointerTo('/steps', index) }) as const,
    ),
    ...(output === undefined ? [] : [{ subject: 'output', name: '', value: output, pointer: '/output' } as const]),
    ...secretNamesOf(workflow).map((name) => usedBy('secret', name, workflow, usesSecret)),
    ...childNamesOf(workflow).map((name) => usedBy('child', name, workflow, starts)),
  ]
  return new Map(parts.map((part) => [`${part.subject} ${part.name}`, part]))
}

/** What steps refer to by name. The pointer leads to the first that does; that another does as well is a change of that step. */
function usedBy(
  subject: 'secret' | 'child',
  name: string,
  { steps }: Workflow,
  uses: (step: Step, name: string) => boolean,
): Part {
  return {
    subject,
    name,
    value: name,
    pointer: pointerTo(
      '/steps',
      steps.findIndex((step) => uses(step, name)),
    ),
  }
}

const usesSecret = (step: Step, name: string): boolean => secretNamesOf({ steps: [step] }).includes(name)
const starts = (step: Step, name: string): boolean => childNamesOf({ steps: [step] }).includes(name)

/** Triggers have no names: those that both versions have alike are left out, the others are paired by kind, in order. */
function triggerParts(workflow: Workflow, other: Workflow): readonly Part[] {
  const kept = triggersOf(other).map(canonicalJson)
  const seen = new Map<string, number>()
  return triggersOf(workflow).flatMap((trigger, index) => {
    const twin = kept.indexOf(canonicalJson(trigger))
    if (twin !== -1) {
      kept.splice(twin, 1)
      return []
    }
    const kind = kindOf(trigger)
    const count = (seen.get(kind) ?? 0) + 1
    seen.set(kind, count)
    const pointer = Array.isArray(workflow.trigger) ? pointerTo('/trigger', index) : '/trigger'
    return [
      { subject: 'trigger', name: count === 1 ? kind : `${kind} ${count}`, value: jsonCopy(trigger), pointer } as const,
    ]
  })
}

const triggerKinds = ['manual', 'event', 'schedule', 'every', 'webhook', 'workflow'] as const

const kindOf = (trigger: Trigger): string => triggerKinds.filter((kind) => kind in trigger).join()

function partChanges(before: Part, after: Part | undefined): readonly WorkflowChange[] {
  if (after === undefined) return [wholeChange('removed', before)]
  return changedFields(before.value, after.value, []).map(({ path, ...sides }) => ({
    kind: 'changed',
    subject: before.subject,
    name: before.name,
    path: sayPath(path),
    ...sides,
    ...('before' in sides ? { pointerBefore: pointerTo(before.pointer, ...path) } : {}),
    ...('after' in sides ? { pointerAfter: pointerTo(after.pointer, ...path) } : {}),
  }))
}

function wholeChange(kind: 'added' | 'removed', { subject, name, value, pointer }: Part): WorkflowChange {
  const change = { kind, subject, name, path: '' }
  return kind === 'added'
    ? { ...change, after: value, pointerAfter: pointer }
    : { ...change, before: value, pointerBefore: pointer }
}

interface FieldChange {
  readonly path: Path
  readonly before?: Json
  readonly after?: Json
}

function changedFields(before: Json | undefined, after: Json | undefined, path: Path): readonly FieldChange[] {
  if (comparable(before, path) === comparable(after, path)) return []
  if (isJsonObject(before) && isJsonObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].flatMap((key) => changedFields(own(before, key), own(after, key), [...path, key]))
  }
  if (isList(before) && isList(after) && before.length === after.length && path[0] !== 'depends_on') {
    return before.flatMap((item, index) => changedFields(item, after[index], [...path, index]))
  }
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }]
}

/** Dependencies are a set; nothing else that begins with that name stands at the top of a part. */
function comparable(value: Json | undefined, path: Path): string {
  return canonicalJson(path[0] === 'depends_on' && isList(value) ? value.map(canonicalJson).toSorted() : value)
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

const own = (object: { readonly [key: string]: Json }, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

const sayPath = (path: Path): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  )
