// A workflow as a graph: steps by position, edges with their outcomes, durations in milliseconds.

import type { Retry, Step, Workflow } from '../definition/workflow.ts'
import { parseDuration } from '../schedule/duration.ts'

/** `outcome` is undefined for a plain edge (`depends_on: [id]`). */
export interface Edge {
  readonly from: number
  readonly to: number
  readonly outcome: string | undefined
}

export interface RetryPolicy {
  readonly attempts: number
  readonly backoff: 'fixed' | 'linear' | 'exponential'
  readonly initialMs: number
  readonly maxMs: number
  readonly jitter: boolean
}

export interface GraphStep {
  readonly index: number
  readonly id: string
  readonly step: Step
  readonly in: readonly Edge[]
  readonly out: readonly Edge[]
  readonly retry: RetryPolicy
  readonly compensationRetry: RetryPolicy
  readonly timeoutMs: number | undefined
  readonly concurrency: number
}

export interface Graph {
  readonly workflow: Workflow
  readonly steps: readonly GraphStep[]
  readonly indexOf: ReadonlyMap<string, number>
  readonly timeoutMs: number | undefined
}

const once: Retry = { attempts: 1 }
/** An undo that is given up leaves the world half done, so it tries longer than a step that nobody configured. */
const persistent: Retry = { attempts: 5 }
const defaultConcurrency = 10

/** The graph of a valid workflow. Edges to steps that do not exist are a validator's matter; here they are dropped. */
export function buildGraph(workflow: Workflow): Graph {
  const indexOf = new Map(workflow.steps.map((step, index) => [step.id, index]))
  const edges = workflow.steps.flatMap((step, index) => edgesOf(step, index, indexOf))
  const incoming = Map.groupBy(edges, ({ to }) => to)
  const outgoing = Map.groupBy(edges, ({ from }) => from)
  const steps = workflow.steps.map((step, index) => ({
    index,
    id: step.id,
    step,
    in: incoming.get(index) ?? [],
    out: outgoing.get(index) ?? [],
    retry: retryPolicy(step.retry ?? once),
    compensationRetry: retryPolicy(step.retry ?? persistent),
    timeoutMs: milliseconds(step.timeout),
    concurrency: step.for_each?.concurrency ?? defaultConcurrency,
  }))
  return { workflow, steps, indexOf, timeoutMs: milliseconds(workflow.settings?.timeout) }
}

/** The step at a position; positions come from the graph itself, so a miss is a programming error. */
export function stepAt(graph: Graph, index: number): GraphStep {
  const step = graph.steps[index]
  if (step === undefined) throw new RangeError(`The graph has no step ${index}`)
  return step
}

/** The given steps and everything downstream of them. */
export function withDescendants(graph: Graph, indices: Iterable<number>): ReadonlySet<number> {
  const reached = new Set<number>(indices)
  for (const index of reached) for (const edge of stepAt(graph, index).out) reached.add(edge.to)
  return reached
}

function edgesOf(step: Step, index: number, indexOf: ReadonlyMap<string, number>): Edge[] {
  const edges: Edge[] = []
  const add = (from: number | undefined, to: number | undefined, outcome: string | undefined) => {
    if (from !== undefined && to !== undefined) edges.push({ from, to, outcome })
  }
  for (const dependency of new Set(step.depends_on ?? [])) {
    const [id = '', outcome] = dependency.split('.', 2)
    add(indexOf.get(id), index, outcome)
  }
  if (step.on_error !== undefined) add(index, indexOf.get(step.on_error), 'failed')
  if (step.on_timeout !== undefined) add(index, indexOf.get(step.on_timeout), 'expired')
  return edges
}

function retryPolicy(retry: Retry): RetryPolicy {
  return {
    attempts: retry.attempts,
    backoff: retry.backoff ?? 'exponential',
    initialMs: milliseconds(retry.initial) ?? 1000,
    maxMs: milliseconds(retry.max) ?? 300_000,
    jitter: retry.jitter ?? true,
  }
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration)
}
