// Whether a step runs for certain: what all the ways that were walked have in common.

import { buildGraph, stepAt } from '../../kernel/plan/graph.ts'
import type { Workflow } from '../../kernel/definition/workflow.ts'
import type { Choice, Rehearsal } from './rehearsal.ts'
import type { Walk } from './walk.ts'

/** `skipped`: its condition is false. `never`: no way that was walked leads to it. */
export type Runs = 'certain' | 'depends' | 'skipped' | 'never'

/** What a step depends on: a choice has to go one of these ways. */
export interface Requirement {
  readonly step: string
  readonly about: Choice['about']
  readonly options: readonly string[]
  readonly needs: readonly string[]
}

export interface Certainty {
  readonly runs: Runs
  /** All of them must hold; none where the step does not depend on anything, or several ways lead to it. */
  readonly when: readonly Requirement[]
}

export function certaintyOf(workflow: Workflow, walk: Walk): ReadonlyMap<string, Certainty> {
  return new Map(workflow.steps.map(({ id }) => [id, ofStep(workflow, walk, id)]))
}

function ofStep(workflow: Workflow, { ways, isComplete }: Walk, step: string): Certainty {
  const running = ways.filter((way) => hasRun(way, step))
  if (running.length === 0) {
    if (!isComplete && dependsOnChoice(workflow, ways, step)) return { runs: 'depends', when: [] }
    return { runs: ways.some((way) => statusOf(way, step) === 'skipped') ? 'skipped' : 'never', when: [] }
  }
  const isCertain = running.length === ways.length && (isComplete || !dependsOnChoice(workflow, ways, step))
  if (isCertain) return { runs: 'certain', when: [] }
  // What the ways not walked have in common is not known.
  return { runs: 'depends', when: isComplete ? requirementsOf(ways, running) : [] }
}

function hasRun(way: Rehearsal, step: string): boolean {
  const status = statusOf(way, step)
  return status !== 'skipped' && status !== 'bypassed' && status !== 'pending'
}

function statusOf({ steps }: Rehearsal, id: string): string | undefined {
  return steps.find(({ step }) => step === id)?.status
}

/** Choices that went some ways only whenever the step ran. */
function requirementsOf(ways: readonly Rehearsal[], running: readonly Rehearsal[]): Requirement[] {
  const all = optionsOf(ways)
  const taken = optionsOf(running)
  return [...taken].flatMap(([key, { choice, options }]) => {
    const walked = all.get(key)?.options.size ?? 0
    if (options.size === walked) return []
    const { step, about, needs } = choice
    return [{ step, about, needs, options: [...options] }]
  })
}

function optionsOf(ways: readonly Rehearsal[]): Map<string, { choice: Choice; options: Set<string> }> {
  const all = new Map<string, { choice: Choice; options: Set<string> }>()
  for (const choice of ways.flatMap(({ chosen }) => chosen)) {
    const key = `${choice.about} ${choice.step}`
    const entry = all.get(key) ?? { choice, options: new Set<string>() }
    entry.options.add(choice.option)
    all.set(key, entry)
  }
  return all
}

/** With ways left unwalked, what stands below a choice is not certain, whatever the others had in common. */
function dependsOnChoice(workflow: Workflow, ways: readonly Rehearsal[], step: string): boolean {
  const chosen = new Set(ways.flatMap((way) => way.chosen.map((choice) => choice.step)))
  if (ways.some(({ status }) => status === 'cut_off')) return true
  const graph = buildGraph(workflow)
  const upstream = new Set([graph.indexOf.get(step) ?? 0])
  for (const index of upstream) for (const { from } of stepAt(graph, index).in) upstream.add(from)
  return [...upstream].some((index) => chosen.has(stepAt(graph, index).id))
}
