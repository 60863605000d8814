// The steps of a preview: what all the ways that were walked tell of each.

import { canonicalJson } from '../kernel/definition/canonical-json.ts'
import type { Impact } from '../kernel/definition/action-shape.ts'
import type { Workflow } from '../kernel/definition/workflow.ts'
import type { Json } from '../kernel/json.ts'
import type { Failure } from '../kernel/plan/journal.ts'
import type { Certainty } from '../engine/rehearsal/certainty.ts'
import type { Rehearsal, RehearsedEffect, RehearsedRun, RehearsedStep, Unknown } from '../engine/rehearsal/rehearsal.ts'
import type { Walk } from '../engine/rehearsal/walk.ts'
import type { ActivationNeeds } from './activation-needs.ts'
import type { Estimate } from './preview-durations.ts'

/** What would leave the company, or reach people in it. */
export interface PreviewedEffect extends Omit<RehearsedEffect, 'step'> {
  /** The workflows and steps below this step that it comes from, such as `["ship", "call"]`; empty for its own. */
  readonly via: readonly string[]
}

/** A wait that is planned, in milliseconds; null where it has no end of its own. */
export interface PlannedWait {
  readonly on: string
  readonly mostMs: number | null
}

export interface PreviewedStep {
  readonly id: string
  readonly title: string | null
  readonly action: string
  readonly impact: Impact
  readonly reason: string
  readonly certainty: Certainty
  readonly condition: string | null
  /** Of the first run, in the first way in which it runs; null where none does. */
  readonly config: Json
  readonly unknown: readonly Unknown[]
  /** Runs in that way: more than one for a `for_each`. */
  readonly runs: number
  readonly outcome: string | null
  readonly output: Json
  readonly isAssumed: boolean
  readonly failure: Failure | null
  /** The first of them; `effectCount` counts all. */
  readonly effects: readonly PreviewedEffect[]
  readonly effectCount: number
  readonly waits: readonly PlannedWait[]
  readonly estimate: Estimate
}

/** Effects of one step that are told one by one. */
const mostEffects = 20

export interface StepSources {
  readonly workflow: Workflow
  readonly walk: Walk
  readonly certainty: ReadonlyMap<string, Certainty>
  readonly needs: ActivationNeeds
  readonly durations: ReadonlyMap<string, Estimate>
}

export function previewSteps(sources: StepSources): PreviewedStep[] {
  return sources.workflow.steps.map((step) => previewStep(sources, step))
}

function previewStep(sources: StepSources, step: Workflow['steps'][number]): PreviewedStep {
  const { walk, certainty, needs, durations } = sources
  const { id, title = null, action, condition = null } = step
  const [usual] = walk.ways
  const way = walk.ways.find((one) => one.runs.some((run) => run.step === id)) ?? usual
  const runs = way.runs.filter((run) => run.step === id && run.attempt === 1)
  const effects = effectsOf(walk, id)
  const reasons = needs.impact.reasons.filter((reason) => reason.step === id)
  const reason = reasons.toSorted((a, b) => (a.impact < b.impact ? 1 : -1))[0]
  return {
    id,
    title,
    action,
    condition,
    impact: reason?.impact ?? 'C',
    reason: reason?.reason ?? '',
    certainty: certainty.get(id) ?? {
      runs: 'never',
      when: [],
    },
    ...configOf(runs),
    runs: runs.length,
    ...resultOf(way.steps.find((one) => one.step === id)),
    effects: effects.slice(0, mostEffects),
    effectCount: effects.length,
    waits: waitsOf(way, id),
    estimate: durations.get(id) ?? {
      working: null,
      waiting: null,
      runs: 0,
      basis: null,
    },
  }
}

function configOf([first]: readonly RehearsedRun[]): Pick<PreviewedStep, 'config' | 'unknown'> {
  return { config: first?.config ?? null, unknown: first?.unknown ?? [] }
}

function resultOf(
  settled: RehearsedStep | undefined,
): Pick<PreviewedStep, 'outcome' | 'output' | 'isAssumed' | 'failure'> {
  const { outcome = null, output = null, isAssumed = false, failure = null } = settled ?? {}
  return { outcome, output, isAssumed, failure }
}

/** Of all ways, each once. */
function effectsOf({ ways }: Walk, step: string): PreviewedEffect[] {
  const all = ways.flatMap((way) => effectsIn(way, step, []))
  return [...new Map(all.map((effect) => [canonicalJson(effect), effect])).values()]
}

function effectsIn(way: Rehearsal, step: string | undefined, via: readonly string[]): PreviewedEffect[] {
  const own = way.effects
    .filter((effect) => step === undefined || effect.step === step)
    .map(({ step: of, ...effect }) => ({ ...effect, via: step === undefined ? [...via, of] : via }))
  const below = way.children
    .filter((child) => step === undefined || child.step === step)
    .flatMap(({ rehearsal }) => effectsIn(rehearsal, undefined, [...via, rehearsal.workflow]))
  return [...own, ...below]
}

function waitsOf({ journal }: Rehearsal, step: string): PlannedWait[] {
  return journal.flatMap((event) => {
    if (event.type !== 'step.waiting' || event.step !== step || (event.item ?? 0) > 0) return []
    const { on, until } = event.wait
    return [{ on, mostMs: until === undefined ? null : until - event.at }]
  })
}
