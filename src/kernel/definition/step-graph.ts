// The edges between the steps of a definition, whichever way they are written, and what is wrong with one by itself.

import type { ActionCatalog } from './action-shape.ts'
import type { DraftStep } from './draft-workflow.ts'
import { pointerTo, type Finding } from './finding.ts'
import { sayChoices, sayThere, suggest } from './wording.ts'

/** Steps are named by their position in the definition. `outcome` is absent on a plain edge. */
export interface Edge {
  readonly from: number
  readonly to: number
  readonly outcome: string | undefined
  /** Where the edge is written. */
  readonly pointer: string
}

export interface StepGraph {
  readonly steps: readonly DraftStep[]
  readonly edges: readonly Edge[]
  /** The first step with an id. */
  readonly positions: ReadonlyMap<string, number>
  /** Steps that wait for something that is not in the graph, so that nothing can be said of when they run. */
  readonly uncertain: ReadonlySet<number>
  readonly findings: readonly Finding[]
}

/** Reads the edges of all steps. Edges to unknown steps and to the step itself are findings and not in the graph. */
export function graphOf(steps: readonly DraftStep[], actions: ActionCatalog): StepGraph {
  const positions = new Map<string, number>()
  steps.forEach(({ id }, index) => {
    if (!positions.has(id)) positions.set(id, index)
  })
  const edges: Edge[] = []
  const uncertain = new Set<number>()
  const findings: Finding[] = []
  steps.forEach((step, here) => {
    for (const written of edgesWrittenOn(step)) {
      const { field, name, outcome, pointer } = written
      const other = positions.get(name)
      if (other === undefined || other === here) {
        if (field === 'depends_on') uncertain.add(here)
        findings.push(other === undefined ? unknownStep(name, pointer, positions) : selfEdge(step.id, field, pointer))
        continue
      }
      const [from, to] = field === 'depends_on' ? [other, here] : [here, other]
      edges.push({ from, to, outcome, pointer })
      findings.push(...outcomeFindings(steps[from] ?? step, written, actions))
    }
  })
  return { steps, edges, positions, uncertain, findings }
}

interface WrittenEdge {
  readonly field: 'depends_on' | 'on_error' | 'on_timeout'
  readonly name: string
  readonly outcome: string | undefined
  readonly pointer: string
}

function edgesWrittenOn({ depends_on, on_error, on_timeout, pointer }: DraftStep): readonly WrittenEdge[] {
  const edges: WrittenEdge[] = []
  depends_on.forEach((text, index) => {
    const [, name, outcome] = /^([a-z][a-z0-9_]*)(?:\.(.+))?$/.exec(text) ?? []
    if (name !== undefined)
      edges.push({ field: 'depends_on', name, outcome, pointer: pointerTo(pointer, 'depends_on', index) })
  })
  if (on_error !== undefined)
    edges.push({ field: 'on_error', name: on_error, outcome: 'failed', pointer: `${pointer}/on_error` })
  if (on_timeout !== undefined)
    edges.push({ field: 'on_timeout', name: on_timeout, outcome: 'expired', pointer: `${pointer}/on_timeout` })
  return edges
}

function unknownStep(name: string, pointer: string, positions: ReadonlyMap<string, number>): Finding {
  const ids = [...positions.keys()].filter((id) => id !== '')
  return {
    code: 'unknown_step',
    pointer,
    message: `There is no step \`${name}\`.`,
    hint: () => suggest(name, ids, sayThere(ids)),
  }
}

function selfEdge(id: string, field: WrittenEdge['field'], pointer: string): Finding {
  const message =
    field === 'depends_on' ? `Step \`${id}\` waits for itself.` : `Step \`${id}\` names itself in \`${field}\`.`
  return {
    code: 'cycle',
    pointer,
    message,
    hint: field === 'depends_on' ? 'Remove the entry.' : 'Name another step, or use `retry` to try again.',
  }
}

function outcomeFindings(
  source: DraftStep,
  { field, name, outcome, pointer }: WrittenEdge,
  actions: ActionCatalog,
): readonly Finding[] {
  const known = outcomesOf(source, actions)
  if (outcome === undefined || known === undefined || known.includes(outcome)) return []
  if (outcome === 'expired') {
    const message = `Step \`${source.id}\` never expires, so this edge is never taken.`
    return [{ code: 'unknown_outcome', pointer, message, hint: `Give \`${source.id}\` a \`timeout\`.` }]
  }
  const message = `Step \`${name}\` (\`${source.action}\`) has no outcome \`${outcome}\`.`
  const hint = (): string | undefined => suggest(outcome, known, `It has ${sayChoices(known, 'and')}.`)
  return [
    { code: 'unknown_outcome', pointer, message, hint, ...(field === 'depends_on' ? { offset: name.length + 1 } : {}) },
  ]
}

/** The outcomes an edge may name; undefined when the action is unknown or its config too broken to tell. */
export function outcomesOf(
  { action, config, timeout }: DraftStep,
  actions: ActionCatalog,
): readonly string[] | undefined {
  const shape = actions.get(action)
  if (shape === undefined) return undefined
  const own =
    typeof shape.outcomes === 'function'
      ? config === null
        ? undefined
        : guarded(shape.outcomes, config ?? {})
      : shape.outcomes
  return own && [...new Set([...own, 'failed', ...(timeout === undefined ? [] : ['expired'])])]
}

function guarded<In, Out>(run: (value: In) => Out, value: In): Out | undefined {
  try {
    return run(value)
  } catch {
    // A pack's function may trip over a config that does not fit, or that holds expressions where it expects data.
    return undefined
  }
}
