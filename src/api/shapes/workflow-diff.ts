// Versions of a workflow and what changed between two of them, as the API shows them.

import { z } from 'zod'
import { comparableSources } from '../../kernel/definition/comparable-source.ts'
import { unifiedDiff } from '../../kernel/definition/line-diff.ts'
import {
  changeSubjects,
  countChanges,
  diffWorkflows,
  type WorkflowChange,
} from '../../kernel/definition/workflow-diff.ts'
import { workflowSchema } from '../../kernel/definition/workflow.ts'
import type { WorkflowVersion } from '../../record/workflows.ts'
import { definitionOf, moment, version } from './workflow.ts'

const versionFields = {
  id: z.string().meta({ format: 'uuid' }),
  version,
  content_hash: z.string(),
  created_by: z.string(),
  created_at: moment,
}

export const workflowVersion = z
  .strictObject({ ...versionFields, is_current: z.boolean() })
  .meta({ id: 'WorkflowVersion', description: 'A version of a workflow. It never changes.' })

export const workflowVersionDetail = z
  .strictObject({ ...versionFields, is_current: z.boolean(), source: z.string(), definition: workflowSchema })
  .meta({ id: 'WorkflowVersionDetail' })

const counts = z.strictObject({
  added: z.number().int(),
  removed: z.number().int(),
  changed: z.number().int(),
})

const change = z
  .strictObject({
    kind: z.enum(['added', 'removed', 'changed']),
    path: z
      .string()
      .meta({ description: 'The field within the part, such as `retry.attempts`; empty for the whole part.' }),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    pointer_before: z.string().optional().meta({ description: 'JSON Pointer into the old definition.' }),
    pointer_after: z.string().optional().meta({ description: 'JSON Pointer into the new definition.' }),
  })
  .meta({ id: 'WorkflowChange' })

export const workflowDiff = z
  .strictObject({
    from: version,
    to: version,
    counts: counts.meta({ description: 'Changes of all parts.' }),
    steps: counts.meta({ description: 'How many steps were added, removed, and changed in any field.' }),
    parts: z.array(
      z.strictObject({
        subject: z.enum(changeSubjects),
        name: z.string().meta({
          description:
            "The step's id, the name of the input, the secret or the workflow that it starts; empty where there is only one.",
        }),
        counts,
        changes: z.array(change),
      }),
    ),
    unified: z.string().meta({
      description:
        'Line by line, as `diff -u` writes it: the sources as they were saved, or both as YAML where one was saved as JSON. ' +
        'Empty where they are the same.',
    }),
  })
  .meta({
    id: 'WorkflowDiff',
    description: 'What changed by meaning: the order of steps and of dependencies does not count.',
  })

export type VersionFacts = Omit<WorkflowVersion, 'source' | 'definition'>

export function versionBody({ id, version: number, contentHash, createdBy, createdAt }: VersionFacts, current: number) {
  return {
    id,
    version: number,
    content_hash: contentHash,
    created_by: createdBy,
    created_at: createdAt.toISOString(),
    is_current: number === current,
  }
}

export function versionDetailBody(row: WorkflowVersion, current: number): z.input<typeof workflowVersionDetail> {
  return { ...versionBody(row, current), source: row.source, definition: definitionOf(row.definition) }
}

interface Compared {
  readonly before: Pick<WorkflowVersion, 'version' | 'source' | 'definition'>
  readonly after: Pick<WorkflowVersion, 'version' | 'source' | 'definition'>
}

export function diffBody({ before, after }: Compared): z.input<typeof workflowDiff> {
  const changes = diffWorkflows(definitionOf(before.definition), definitionOf(after.definition))
  const [from, to] = [before.version, after.version]
  const parts = [...Map.groupBy(changes, ({ subject, name }) => `${subject} ${name}`).values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { subject, name } = first
    return [{ subject, name, counts: { ...countChanges(group) }, changes: group.map(changeBody) }]
  })
  const steps = { added: 0, removed: 0, changed: 0 }
  for (const { subject, changes: own } of parts) {
    const [first] = own
    if (subject === 'step' && first !== undefined) steps[first.kind]++
  }
  const [old, young] = comparableSources(before, after)
  const unified = unifiedDiff(old, young, [`version ${from}`, `version ${to}`])
  return { from, to, counts: { ...countChanges(changes) }, steps, parts, unified }
}

function changeBody({
  kind,
  path,
  before,
  after,
  pointerBefore,
  pointerAfter,
}: WorkflowChange): z.input<typeof change> {
  return {
    kind,
    path,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(pointerBefore !== undefined && { pointer_before: pointerBefore }),
    ...(pointerAfter !== undefined && { pointer_after: pointerAfter }),
  }
}
