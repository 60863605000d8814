// The workflows that a workflow starts.

import type { Workflow } from '../definition/workflow.ts'
import type { JsonObject } from '../json.ts'

/** The one action that starts other workflows. */
const startingAction = 'workflow.run'

/** By name, each once, in their order; those that an expression names are known only when the step runs. */
export function childNamesOf({ steps }: Pick<Workflow, 'steps'>): readonly string[] {
  const names = steps.flatMap((step) => [startedBy(step), startedBy(step.compensate)])
  return [...new Set(names.filter((name) => name !== undefined))]
}

/** The workflow that a step starts; undefined where it starts none, or one that is not known yet. */
export function startedBy(
  step: { readonly action: string; readonly config?: JsonObject | undefined } | undefined,
): string | undefined {
  if (step?.action !== startingAction) return undefined
  const name = step.config?.['workflow']
  return typeof name === 'string' && !name.includes('{{') ? name : undefined
}
