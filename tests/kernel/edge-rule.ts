// The rules of edges and of retries once more, written down plainly from the prose of the docs: what the plan is held against.

import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'

/** How a step ended that ran or was skipped. */
export interface Fact {
  readonly status: 'completed' | 'failed' | 'skipped'
  readonly outcome: string | undefined
}
export type Facts = ReadonlyMap<string, Fact>

export type Verdict = 'runs' | 'bypassed' | 'undecided'

interface Source {
  readonly id: string
  readonly outcome: string | undefined
}

const saysNo = (outcome: string | undefined) => outcome === 'failed' || outcome === 'rejected' || outcome === 'expired'

export function stepOf(workflow: Workflow, id: string): Step {
  const step = workflow.steps.find((candidate) => candidate.id === id)
  if (step === undefined) throw new Error(`There is no step ${id}`)
  return step
}

/** What a step waits for: its own depends_on, and the on_error and on_timeout of others. */
function sourcesOf(workflow: Workflow, id: string): readonly Source[] {
  const own = (stepOf(workflow, id).depends_on ?? []).map((text) => {
    const [source = '', outcome] = text.split('.')
    return { id: source, outcome }
  })
  const errors = workflow.steps
    .filter((step) => step.on_error === id)
    .map((step) => ({ id: step.id, outcome: 'failed' }))
  const timeouts = workflow.steps
    .filter((step) => step.on_timeout === id)
    .map((step) => ({ id: step.id, outcome: 'expired' }))
  return [...own, ...errors, ...timeouts]
}

/** Whether each step may run, is bypassed, or cannot be told yet. */
export function verdictsOf(workflow: Workflow, facts: Facts): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>()
  const verdictOf = (id: string): Verdict => {
    const known = verdicts.get(id) ?? decide(id)
    verdicts.set(id, known)
    return known
  }
  const decide = (id: string): Verdict => {
    const sources = sourcesOf(workflow, id)
    if (sources.length === 0) return 'runs'
    if (sources.some((source) => !facts.has(source.id) && verdictOf(source.id) !== 'bypassed')) return 'undecided'
    if (sources.some((source) => source.outcome === undefined && isBlocking(facts.get(source.id)))) return 'bypassed'
    const taken = sources.filter((source) => isTaken(source, facts.get(source.id)))
    if (taken.length === 0) return 'bypassed'
    const isNamed = (source: Source) => source.outcome !== undefined
    return sources.some(isNamed) && !taken.some(isNamed) ? 'bypassed' : 'runs'
  }
  for (const { id } of workflow.steps) verdictOf(id)
  return verdicts
}

function isBlocking(fact: Fact | undefined): boolean {
  return fact !== undefined && (fact.status === 'failed' || (fact.status === 'completed' && saysNo(fact.outcome)))
}

/** No fact means that the source was bypassed. */
function isTaken(source: Source, fact: Fact | undefined): boolean {
  if (fact === undefined) return false
  if (fact.status === 'skipped') return !saysNo(source.outcome)
  return source.outcome === undefined ? !isBlocking(fact) : source.outcome === fact.outcome
}

/** Whether the end of a step makes its execution fail. */
export function isUnhandled(workflow: Workflow, id: string, fact: Fact | undefined): boolean {
  if (fact === undefined || !isBlocking(fact)) return false
  const waiting = workflow.steps.flatMap((step) => sourcesOf(workflow, step.id).filter((source) => source.id === id))
  if (fact.status === 'failed') return !waiting.some(({ outcome }) => outcome === fact.outcome)
  return waiting.length > 0 && waiting.every(({ outcome }) => outcome === undefined)
}

/** Whether a retry by a person runs a step again that had settled: it was chosen, made the execution fail, or follows such a step. */
export function runsAgain(workflow: Workflow, facts: Facts, chosen: ReadonlySet<string>): (id: string) => boolean {
  const isAgain = (id: string): boolean =>
    chosen.has(id) ||
    isUnhandled(workflow, id, facts.get(id)) ||
    sourcesOf(workflow, id).some((source) => isAgain(source.id))
  return isAgain
}

/** The outcome of a `for_each` from those of its completed items. */
export function outcomeOfItems(outcomes: readonly (string | undefined)[]): string {
  for (const no of ['failed', 'rejected', 'expired']) if (outcomes.includes(no)) return no
  const [first] = outcomes
  return first !== undefined && outcomes.every((outcome) => outcome === first) ? first : 'completed'
}

/** Whether a retry keeps the completed items of a `for_each`: it had not completed, is the same, and nothing before it runs again. */
export function keepsItems(
  id: string,
  before: Workflow,
  after: Workflow,
  facts: Facts,
  isAgain: (id: string) => boolean,
): boolean {
  if (facts.get(id)?.status === 'completed' || !after.steps.some((step) => step.id === id)) return false
  return sameItems(id, before, after) && !sourcesOf(after, id).some((source) => isAgain(source.id))
}

/** Whether both versions do the same with the same items. */
export function sameItems(id: string, before: Workflow, after: Workflow): boolean {
  const text = (workflow: Workflow) => JSON.stringify([stepOf(workflow, id).action, stepOf(workflow, id).for_each])
  return text(before) === text(after)
}
