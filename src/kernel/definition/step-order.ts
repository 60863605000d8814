// What the edges make of the steps: which come before which, which wait for each other, which can never run.

import type { Finding } from './finding.ts'
import type { Edge, StepGraph, StepNode } from './step-graph.ts'
import { sayChoices } from './wording.ts'

type Nodes = ReadonlySet<StepNode>

/** All steps that come before one, by any kind of edge; the step itself only when it lies on a cycle. */
export function upstreamOf(): (node: StepNode) => Nodes {
  const known = new Map<StepNode, Nodes>()
  return (node) => {
    const found = known.get(node) ?? reach(node, sourcesOf)
    known.set(node, found)
    return found
  }
}

/** One finding for each knot of steps that wait for each other: the shortest way around from its first step. `members`: all steps in knots. */
export function findCycles({ nodes }: StepGraph): { readonly findings: readonly Finding[]; readonly members: Nodes } {
  const ordered = inOrder(nodes)
  const members = new Set<StepNode>()
  const findings = nodes.flatMap((node) => {
    if (ordered.has(node) || members.has(node)) return []
    const below = reach(node, targetsOf)
    if (!below.has(node)) return []
    const above = reach(node, sourcesOf)
    for (const other of below) if (above.has(other)) members.add(other)
    return cycleFinding(wayAround(node))
  })
  return { findings, members }
}

function cycleFinding(way: readonly Edge[]): readonly Finding[] {
  const names = way.map(({ from }) => `${from.step.id} → `).join('')
  return way.slice(-1).map(({ to, pointer }) => ({
    code: 'cycle',
    pointer,
    message: `Steps wait for each other: ${names}${to.step.id}.`,
    hint: 'Remove one of the dependencies between them.',
  }))
}

/** Outcomes of a step that settled badly: its plain edges are then not taken. */
const badOutcomes: ReadonlySet<string | undefined> = new Set(['failed', 'rejected', 'expired'])

/**
 * Steps that no course of events lets run. A step runs when at least one edge to it was taken, one of its named edges if it
 * has any, and no source of a plain edge settled badly. `assumed`: steps that are taken to run because something else is wrong there.
 */
export function findUnreachable({ nodes, uncertain }: StepGraph, assumed: Nodes): readonly Finding[] {
  const running = new Set(
    nodes.filter((node) => uncertain.has(node) || assumed.has(node) || node.incoming.length === 0),
  )
  for (const node of running) {
    for (const next of targetsOf(node)) if (canRun(next, running)) running.add(next)
  }
  return nodes.filter((node) => !running.has(node)).map((node) => unreachable(node, running))
}

function canRun({ incoming }: StepNode, running: Nodes): boolean {
  const named = incoming.filter(({ outcome }) => outcome !== undefined)
  if (named.length === 0) return incoming.some(({ from }) => running.has(from))
  return named.some((edge) => running.has(edge.from) && !isContradicted(edge))
}

/** A plain edge from the same step wants it to end well, where this one wants it to end badly. */
function isContradicted({ from, to, outcome }: Edge): boolean {
  return badOutcomes.has(outcome) && to.incoming.some((other) => other.from === from && other.outcome === undefined)
}

function unreachable({ step, incoming }: StepNode, running: Nodes): Finding {
  const place = { code: 'unreachable_step', pointer: `${step.pointer}/id` } as const
  const contradicted = incoming.find((edge) => running.has(edge.from) && isContradicted(edge))
  if (contradicted === undefined) {
    const dead = new Set(incoming.filter(({ from }) => !running.has(from)).map(({ from }) => from.step.id))
    const message = `Step \`${step.id}\` can never run: it comes only after ${sayChoices([...dead], 'and')}, which can never run.`
    return { ...place, message, hint: 'Mend that first.' }
  }
  const { from, outcome } = contradicted
  return {
    ...place,
    message: `Step \`${step.id}\` can never run: it waits for \`${from.step.id}\` to end well and to end as \`${outcome}\` at once.`,
    hint: `Remove \`${from.step.id}\` from its \`depends_on\`, or the edge for \`${outcome}\`.`,
  }
}

const sourcesOf = ({ incoming }: StepNode): readonly StepNode[] => incoming.map(({ from }) => from)
const targetsOf = ({ outgoing }: StepNode): readonly StepNode[] => outgoing.map(({ to }) => to)

/** What can be reached from a step in one move or more. */
function reach(start: StepNode, next: (node: StepNode) => readonly StepNode[]): Nodes {
  const found = new Set(next(start))
  // A set hands out what is added while it is walked.
  for (const node of found) for (const other of next(node)) found.add(other)
  return found
}

/** The steps that a topological order can hold (Kahn's algorithm). */
function inOrder(nodes: readonly StepNode[]): Nodes {
  const settled = new Set(nodes.filter(({ incoming }) => incoming.length === 0))
  for (const node of settled) {
    for (const next of targetsOf(node)) if (sourcesOf(next).every((source) => settled.has(source))) settled.add(next)
  }
  return settled
}

/** The shortest way from a step back to it. */
function wayAround(start: StepNode): readonly Edge[] {
  const cameBy = new Map<StepNode, Edge>()
  const waiting = [start]
  for (const node of waiting) {
    for (const edge of node.outgoing) {
      if (cameBy.has(edge.to)) continue
      cameBy.set(edge.to, edge)
      waiting.push(edge.to)
    }
  }
  const way: Edge[] = []
  let edge = cameBy.get(start)
  while (edge !== undefined) {
    way.unshift(edge)
    edge = edge.from === start ? undefined : cameBy.get(edge.from)
  }
  return way
}
