// The impact class of a workflow: the highest of its steps, with the reason for each.

import type { Impact } from '../definition/action-shape.ts'
import type { Step, Workflow } from '../definition/workflow.ts'
import type { JsonObject } from '../json.ts'
import { startedBy } from './child-names.ts'

/** What the class of an action may depend on besides its config. */
export interface Surroundings {
  /** Whether a host belongs to the company. `host` is a name or an address with its port: `crm.example:443`. */
  readonly isInternal: (host: string) => boolean
}

/** A class, and a sentence that says why. */
export interface Judgement {
  readonly impact: Impact
  readonly reason: string
}

/** The class of an action, or how to tell it from a config that may still hold expressions. */
export type ImpactRule = Impact | ((config: JsonObject, surroundings: Surroundings) => Impact | Judgement)

export interface ImpactReason extends Judgement {
  readonly step: string
}

/** What is known where the workflow will run. */
export interface ImpactSources {
  /** Action name → its class, or how to tell it. */
  readonly actions: ReadonlyMap<string, ImpactRule>
  /** Workflow name → the class of the workflow that `workflow.run` would start. */
  readonly children?: ReadonlyMap<string, Impact>
  /** Action name → the class to which the tenant raised it; a lower one has no effect. */
  readonly raised?: ReadonlyMap<string, Impact>
  /** No host is internal when absent. */
  readonly surroundings?: Surroundings
}

const nothingIsInternal: Surroundings = { isInternal: () => false }

/**
 * The class of the workflow and a reason for each of its steps and compensations, in their order. What cannot be told
 * is C: an action that is not registered, a rule that fails on the config, a child workflow that is not known.
 */
export function classify(workflow: Workflow, sources: ImpactSources): { impact: Impact; reasons: ImpactReason[] } {
  const reasons = workflow.steps.flatMap((step) => reasonsOf(step, sources))
  return { impact: reasons.map(({ impact }) => impact).reduce(higher, 'A'), reasons }
}

/** The higher of two classes: A < B < C. */
export function higher(one: Impact, other: Impact): Impact {
  return one > other ? one : other
}

function reasonsOf(step: Step, sources: ImpactSources): ImpactReason[] {
  const own = { step: step.id, ...judgeStep(step, sources) }
  if (step.compensate === undefined) return [own]
  const { impact, reason } = judgeStep(step.compensate, sources)
  return [own, { step: step.id, impact, reason: `Its compensation: ${reason}` }]
}

/** The class of a step or of its compensation, and the strongest reason for it. */
function judgeStep(
  { action, config = {} }: { readonly action: string; readonly config?: JsonObject | undefined },
  sources: ImpactSources,
): Judgement {
  const rule = sources.actions.get(action)
  if (rule === undefined) return { impact: 'C', reason: `${action} is not a registered action.` }
  const own = judgeAction(action, rule, config, sources.surroundings ?? nothingIsInternal)
  return [own, ...childReason(action, config, sources), ...raisedReason(action, sources)].reduce((one, other) =>
    other.impact > one.impact ? other : one,
  )
}

/** By the action and its config alone. */
export function judgeAction(
  action: string,
  rule: ImpactRule,
  config: JsonObject,
  surroundings: Surroundings,
): Judgement {
  if (typeof rule === 'string') return { impact: rule, reason: `${action} ${meaningOf[rule]}.` }
  try {
    const found = rule(config, surroundings)
    return typeof found === 'string' ? { impact: found, reason: `${action} ${meaningOf[found]}.` } : found
  } catch {
    // The config still holds expressions, and a rule comes from a pack: one that stumbles must not lower the class.
    return { impact: 'C', reason: `What ${action} will do cannot be told from this config, so the worst is assumed.` }
  }
}

const meaningOf: Readonly<Record<Impact, string>> = {
  A: 'has no effect outside of Countersign',
  B: 'has effects, and they stay inside the company',
  C: 'has effects that leave the company or cannot be taken back',
}

function childReason(action: string, config: JsonObject, sources: ImpactSources): Judgement[] {
  if (action !== 'workflow.run') return []
  const name = startedBy({ action, config }) ?? ''
  const impact = sources.children?.get(name)
  if (impact === undefined) return [{ impact: 'C', reason: `It is not known which workflow ${action} starts.` }]
  return [{ impact, reason: `It starts the workflow "${name}", which is class ${impact}.` }]
}

function raisedReason(action: string, sources: ImpactSources): Judgement[] {
  const impact = sources.raised?.get(action)
  return impact === undefined ? [] : [{ impact, reason: `The policy raises ${action} to class ${impact}.` }]
}
