// Checks the workflows that a definition starts or waits for: they exist, and get the inputs they need.

import { isJsonObject } from '../json.ts'
import type { DraftStep, DraftWorkflow } from './draft-workflow.ts'
import { pathOf, type Finding } from './finding.ts'
import { readInputs } from './inputs.ts'
import { valueAt } from './schema-findings.ts'
import { suggest } from './wording.ts'
import type { Workflow } from './workflow.ts'

/** The inputs of each workflow that can be started, by name. */
export type ChildWorkflows = ReadonlyMap<string, Workflow['inputs']>

/** The one action that starts other workflows. */
const startingAction = 'workflow.run'

export function childWorkflowFindings(
  { steps, triggers }: DraftWorkflow,
  workflows: ChildWorkflows | undefined,
): readonly Finding[] {
  if (workflows === undefined) return []
  return [
    ...triggers.flatMap(({ workflow, pointer }) =>
      workflow === undefined ? [] : unknownWorkflow(workflow, `${pointer}/workflow`, workflows),
    ),
    ...steps.filter(({ action }) => action === startingAction).flatMap((step) => startFindings(step, workflows)),
  ]
}

function startFindings({ config, pointer }: DraftStep, workflows: ChildWorkflows): readonly Finding[] {
  const name = config?.['workflow']
  if (typeof name !== 'string' || name.includes('{{')) return []
  if (!workflows.has(name)) return unknownWorkflow(name, `${pointer}/config/workflow`, workflows)
  const given = config?.['inputs'] ?? {}
  if (!isJsonObject(given)) return []
  return readInputs(workflows.get(name), given).problems.flatMap((problem) => {
    const value = valueAt(given, pathOf(problem.pointer))
    const isOpen = typeof value === 'string' && value.includes('{{')
    return isOpen
      ? []
      : [{ hint: `It is an input of \`${name}\`.`, ...problem, pointer: `${pointer}/config/inputs${problem.pointer}` }]
  })
}

function unknownWorkflow(name: string, pointer: string, workflows: ChildWorkflows): readonly Finding[] {
  if (workflows.has(name)) return []
  const hint = (): string | undefined => suggest(name, [...workflows.keys()], 'Create it first, or correct the name.')
  return [{ code: 'unknown_workflow', pointer, message: `There is no workflow \`${name}\`.`, hint }]
}
