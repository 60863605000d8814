// How long the steps of a preview would take, by what they took before.

import type { Workflow } from '../kernel/definition/workflow.ts'
import { buildGraph, stepAt } from '../kernel/plan/graph.ts'
import type { Rehearsal } from '../engine/rehearsal/rehearsal.ts'
import type { Queryable } from '../record/database.ts'
import { findStepDurations, type StepDuration } from '../record/durations.ts'

/** Milliseconds. */
export interface Spread {
  readonly median: number
  readonly p95: number
}

export interface Estimate {
  /** Null where nothing like it has run yet. */
  readonly working: Spread | null
  /** For people, events, timers and children: apart from the work. */
  readonly waiting: Spread | null
  /** Runs that it stands on. */
  readonly runs: number
  /** `step`: this step of this workflow; `action`: any step of its action. */
  readonly basis: 'step' | 'action' | null
}

const unknown: Estimate = { working: null, waiting: null, runs: 0, basis: null }

/** By step. */
export async function estimates(
  client: Queryable,
  tenantId: string,
  { name, steps }: Workflow,
): Promise<ReadonlyMap<string, Estimate>> {
  const actions = [...new Set(steps.map(({ action }) => action))]
  const known = await findStepDurations(client, tenantId, name, actions)
  return new Map(
    steps.map(({ id, action }) => {
      const own = known.find((one) => one.step === id && one.action === action)
      const alike = known.find((one) => one.step === null && one.action === action)
      return [id, estimateOf(own, 'step') ?? estimateOf(alike, 'action') ?? unknown]
    }),
  )
}

function estimateOf(duration: StepDuration | undefined, basis: 'step' | 'action'): Estimate | undefined {
  if (duration === undefined) return undefined
  const { runs, workingMs, workingP95Ms, waitingMs, waitingP95Ms } = duration
  return {
    runs,
    basis,
    working: {
      median: Math.round(workingMs),
      p95: Math.round(workingP95Ms),
    },
    waiting: {
      median: Math.round(waitingMs),
      p95: Math.round(waitingP95Ms),
    },
  }
}

/** The longest way through the steps that run in a rehearsal; null where one of them has no history. */
export function totalEstimate(
  workflow: Workflow,
  { path }: Pick<Rehearsal, 'path'>,
  durations: ReadonlyMap<string, Estimate>,
): Estimate {
  const ran = new Set(path.flatMap(({ step, status }) => (status === 'skipped' ? [] : [step])))
  const known = [...ran].map((step) => durations.get(step) ?? unknown)
  if (known.length === 0 || known.some(({ working }) => working === null)) return unknown
  const longest = (read: (estimate: Estimate) => number): number => longestPath(workflow, ran, durations, read)
  return {
    working: {
      median: longest(({ working }) => working?.median ?? 0),
      p95: longest(({ working }) => working?.p95 ?? 0),
    },
    waiting: {
      median: longest(({ waiting }) => waiting?.median ?? 0),
      p95: longest(({ waiting }) => waiting?.p95 ?? 0),
    },
    runs: Math.min(...known.map(({ runs }) => runs)),
    basis: known.some(({ basis }) => basis === 'action') ? 'action' : 'step',
  }
}

function longestPath(
  workflow: Workflow,
  ran: ReadonlySet<string>,
  durations: ReadonlyMap<string, Estimate>,
  read: (estimate: Estimate) => number,
): number {
  const graph = buildGraph(workflow)
  const ends = new Map<number, number>()
  const endOf = (index: number): number => {
    const known = ends.get(index)
    if (known !== undefined) return known
    const { id, in: edges } = stepAt(graph, index)
    const begins = Math.max(0, ...edges.map(({ from }) => endOf(from)))
    const end = begins + (ran.has(id) ? read(durations.get(id) ?? unknown) : 0)
    ends.set(index, end)
    return end
  }
  return Math.max(0, ...graph.steps.map(({ index }) => endOf(index)))
}
