// What the edges make of the steps: which come before which, which wait for each other, which can never run.

import type { Finding } from './finding.ts'
import type { Edge, StepGraph } from './step-graph.ts'

type Neighbours = readonly (readonly number[])[]

/** All steps that come before one, by any kind of edge. */
export function upstreamOf({ steps, edges }: StepGraph): (step: number) => ReadonlySet<number> {
  const before = neighbours(steps.length, edges, 'to', 'from')
  const known = new Map<number, ReadonlySet<number>>()
  return (step) => {
    const found = known.get(step) ?? reach(step, before)
    known.set(step, found)
    return found
  }
}

/** One finding for each knot of steps that wait for each other: the shortest way around from its first step. `members`: all steps in knots. */
export function findCycles({ steps, edges }: StepGraph): {
  readonly findings: readonly Finding[]
  readonly members: ReadonlySet<number>
} {
  const after = neighbours(steps.length, edges, 'from', 'to')
  const before = neighbours(steps.length, edges, 'to', 'from')
  const members = new Set<number>()
  const findings: Finding[] = []
  for (const step of unordered(after, before)) {
    if (members.has(step)) continue
    const below = reach(step, after)
    if (!below.has(step)) continue
    const above = reach(step, before)
    for (const other of below) if (above.has(other)) members.add(other)
    const round = wayAround(step, after)
    const last = round.at(-1)
    const closing = edges.find(({ from, to }) => from === last && to === step)
    const names = [...round, step].map((index) => steps[index]?.id).join(' → ')
    findings.push({
      code: 'cycle',
      pointer: closing?.pointer ?? '',
      message: `Steps wait for each other: ${names}.`,
      hint: 'Remove one of the dependencies between them.',
    })
  }
  return { findings, members }
}

/** Outcomes of a step that settled badly: its plain edges are then not taken. */
const badOutcomes: ReadonlySet<string> = new Set(['failed', 'rejected', 'expired'])

/**
 * Steps that no course of events lets run. A step runs when at least one edge to it was taken, one of its named edges if it
 * has any, and no source of a plain edge settled badly. `assumed`: steps that are taken to run because something else is wrong there.
 */
export function findUnreachable(
  { steps, edges, uncertain }: StepGraph,
  assumed: ReadonlySet<number>,
): readonly Finding[] {
  const incoming: readonly Edge[][] = steps.map(() => [])
  for (const edge of edges) incoming[edge.to]?.push(edge)
  const after = neighbours(steps.length, edges, 'from', 'to')
  const running = new Set<number>()
  const starts = steps.keys().filter((step) => uncertain.has(step) || assumed.has(step) || incoming[step]?.length === 0)
  const waiting = [...starts]
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    running.add(step)
    for (const next of after[step] ?? []) {
      if (!running.has(next) && canRun(incoming[next] ?? [], running)) waiting.push(next)
    }
  }
  return steps.flatMap((step, index) =>
    running.has(index) ? [] : [unreachable(step, incoming[index] ?? [], running, steps)],
  )
}

function canRun(incoming: readonly Edge[], running: ReadonlySet<number>): boolean {
  const named = incoming.filter(({ outcome }) => outcome !== undefined)
  if (named.length === 0) return incoming.some(({ from }) => running.has(from))
  return named.some((edge) => running.has(edge.from) && !isContradicted(edge, incoming))
}

/** A plain edge from the same step wants it to end well, where this one wants it to end badly. */
function isContradicted({ from, outcome }: Edge, incoming: readonly Edge[]): boolean {
  return badOutcomes.has(outcome ?? '') && incoming.some((other) => other.from === from && other.outcome === undefined)
}

function unreachable(
  step: StepGraph['steps'][number],
  incoming: readonly Edge[],
  running: ReadonlySet<number>,
  steps: StepGraph['steps'],
): Finding {
  const contradicted = incoming.find((edge) => running.has(edge.from) && isContradicted(edge, incoming))
  const place = { code: 'unreachable_step', pointer: `${step.pointer}/id` } as const
  if (contradicted === undefined) {
    const dead = [
      ...new Set(incoming.filter(({ from }) => !running.has(from)).map(({ from }) => `\`${steps[from]?.id}\``)),
    ]
    return {
      ...place,
      message: `Step \`${step.id}\` can never run: it comes only after ${dead.join(', ')}, which can never run.`,
      hint: 'Mend that first.',
    }
  }
  const source = steps[contradicted.from]?.id
  return {
    ...place,
    message: `Step \`${step.id}\` can never run: it waits for \`${source}\` to end well and to end as \`${contradicted.outcome}\` at once.`,
    hint: `Remove \`${source}\` from its \`depends_on\`, or the edge for \`${contradicted.outcome}\`.`,
  }
}

function neighbours(count: number, edges: readonly Edge[], of: 'from' | 'to', are: 'from' | 'to'): Neighbours {
  const sets = Array.from({ length: count }, () => new Set<number>())
  for (const edge of edges) sets[edge[of]]?.add(edge[are])
  return sets.map((set) => [...set])
}

/** What can be reached from a step in one move or more; the step itself only when it lies on a cycle. */
function reach(start: number, next: Neighbours): ReadonlySet<number> {
  const found = new Set<number>()
  const waiting = [...(next[start] ?? [])]
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    if (found.has(step)) continue
    found.add(step)
    waiting.push(...(next[step] ?? []))
  }
  return found
}

/** The steps that a topological order cannot hold, in the order of the definition (Kahn's algorithm). */
function unordered(after: Neighbours, before: Neighbours): readonly number[] {
  const open = before.map((sources) => sources.length)
  const ready = [...open.keys()].filter((step) => open[step] === 0)
  for (let step = ready.pop(); step !== undefined; step = ready.pop()) {
    for (const next of after[step] ?? []) {
      const left = (open[next] ?? 0) - 1
      open[next] = left
      if (left === 0) ready.push(next)
    }
  }
  return [...open.keys()].filter((step) => open[step] !== 0)
}

/** The shortest way from a step back to it, without its repetition at the end. */
function wayAround(start: number, after: Neighbours): readonly number[] {
  const cameFrom = new Map<number, number>()
  const waiting = [start]
  for (const step of waiting) {
    for (const next of after[step] ?? []) {
      if (cameFrom.has(next)) continue
      cameFrom.set(next, step)
      waiting.push(next)
    }
  }
  const way: number[] = []
  for (let step = cameFrom.get(start); step !== undefined && step !== start; step = cameFrom.get(step))
    way.unshift(step)
  return [start, ...way]
}
