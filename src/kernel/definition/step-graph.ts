// The edges between the steps of a definition, whichever way they are written, and what is wrong with one by itself.

import type { JsonObject } from '../json.ts'
import type { ActionCatalog } from './action-shape.ts'
import type { DraftStep } from './draft-workflow.ts'
import { pointerTo, type Finding } from './finding.ts'
import { sayChoices, sayThere, suggest } from './wording.ts'

export interface StepNode {
  readonly step: DraftStep
  readonly incoming: readonly Edge[]
  readonly outgoing: readonly Edge[]
}

export interface Edge {
  readonly from: StepNode
  readonly to: StepNode
  /** Absent on a plain edge. */
  readonly outcome: string | undefined
  /** Where the edge is written. */
  readonly pointer: string
}

export interface StepGraph {
  /** In the order of the definition. */
  readonly nodes: readonly StepNode[]
  /** The first step with an id. */
  readonly byId: ReadonlyMap<string, StepNode>
  /** Steps that wait for something that is not in the graph, so that nothing can be said of when they run. */
  readonly uncertain: ReadonlySet<StepNode>
  readonly findings: readonly Finding[]
}

interface GrowingNode extends StepNode {
  readonly incoming: Edge[]
  readonly outgoing: Edge[]
}

/** Reads the edges of all steps. Edges to unknown steps and to the step itself are findings and not in the graph. */
export function graphOf(steps: readonly DraftStep[], actions: ActionCatalog): StepGraph {
  const nodes = steps.map((step): GrowingNode => ({ step, incoming: [], outgoing: [] }))
  const byId = new Map<string, GrowingNode>()
  for (const node of nodes) if (!byId.has(node.step.id)) byId.set(node.step.id, node)
  const uncertain = new Set<StepNode>()
  const findings: Finding[] = []
  for (const node of nodes) {
    for (const written of edgesWrittenOn(node.step)) {
      const { field, name, outcome, pointer } = written
      const other = byId.get(name)
      if (other === undefined || other === node) {
        if (field === 'depends_on') uncertain.add(node)
        findings.push(
          other === undefined ? unknownStep(name, pointer, [...byId.keys()]) : selfEdge(name, field, pointer),
        )
        continue
      }
      const [from, to] = field === 'depends_on' ? [other, node] : [node, other]
      const edge = { from, to, outcome, pointer }
      from.outgoing.push(edge)
      to.incoming.push(edge)
      findings.push(...outcomeFindings(from.step, written, actions))
    }
  }
  return { nodes, byId, uncertain, findings }
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

function unknownStep(name: string, pointer: string, ids: readonly string[]): Finding {
  const known = ids.filter((id) => id !== '')
  const hint = (): string | undefined => suggest(name, known, sayThere(known))
  return { code: 'unknown_step', pointer, message: `There is no step \`${name}\`.`, hint }
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
  { name, outcome, pointer }: WrittenEdge,
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
  return [{ code: 'unknown_outcome', pointer, offset: name.length + 1, message, hint }]
}

/** The outcomes an edge may name; undefined when the action is unknown or its config too broken to tell. */
function outcomesOf({ action, config, timeout }: DraftStep, actions: ActionCatalog): readonly string[] | undefined {
  const outcomes = actions.get(action)?.outcomes
  const own = typeof outcomes === 'function' ? computed(outcomes, config ?? {}) : outcomes
  return own && [...new Set([...own, 'failed', ...(timeout === undefined ? [] : ['expired'])])]
}

function computed(
  outcomes: (config: JsonObject) => readonly string[],
  config: JsonObject,
): readonly string[] | undefined {
  try {
    return outcomes(config)
  } catch {
    // A pack's function may trip over a config that does not fit, or that holds expressions where it expects data.
    return undefined
  }
}
