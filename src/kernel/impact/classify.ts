// The impact class of a workflow: the highest of its steps, with the reason for each.

import type { Impact } from '../definition/action-shape.ts'
import type { Step, Workflow } from '../definition/workflow.ts'
import type { JsonObject } from '../json.ts'

type ImpactRule = Impact | ((config: JsonObject) => Impact)

export interface ImpactReason {
  readonly step: string
  readonly impact: Impact
  readonly reason: string
}

/** What is known where the workflow will run. */
export interface ImpactSources {
  /** Action name → its class, or how to tell it from the unresolved config. */
  readonly actions: ReadonlyMap<string, ImpactRule>
  /** Workflow name → the class of the workflow that `workflow.run` would start. */
  readonly children?: ReadonlyMap<string, Impact>
  /** Action name → the class to which the tenant raised it; a lower one has no effect. */
  readonly raised?: ReadonlyMap<string, Impact>
}

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
  const own = { step: step.id, ...judge(step.action, step.config ?? {}, sources) }
  if (step.compensate === undefined) return [own]
  const { impact, reason } = judge(step.compensate.action, step.compensate.config ?? {}, sources)
  return [own, { step: step.id, impact, reason: `Its compensation: ${reason}` }]
}

function judge(action: string, config: JsonObject, sources: ImpactSources): Omit<ImpactReason, 'step'> {
  const rule = sources.actions.get(action)
  if (rule === undefined) return { impact: 'C', reason: `${action} is not a registered action.` }
  const found =
    typeof rule === 'function'
      ? byConfig(action, rule, config)
      : { impact: rule, reason: `${action} is class ${rule}.` }
  const candidates = [found, ...childReason(action, config, sources), ...raisedReason(action, sources)]
  return candidates.reduce((one, other) => (other.impact > one.impact ? other : one))
}

function byConfig(
  action: string,
  rule: (config: JsonObject) => Impact,
  config: JsonObject,
): Omit<ImpactReason, 'step'> {
  try {
    const impact = rule(config)
    return { impact, reason: `${action} is class ${impact} with this config.` }
  } catch {
    // The config still holds expressions, and a rule comes from a pack: one that stumbles must not lower the class.
    return { impact: 'C', reason: `The class of ${action} cannot be told from this config.` }
  }
}

function childReason(action: string, config: JsonObject, sources: ImpactSources): Omit<ImpactReason, 'step'>[] {
  if (action !== 'workflow.run') return []
  const name = typeof config['workflow'] === 'string' ? config['workflow'] : ''
  const impact = sources.children?.get(name)
  if (impact === undefined) return [{ impact: 'C', reason: `It is not known which workflow ${action} starts.` }]
  return [{ impact, reason: `It starts the workflow "${name}", which is class ${impact}.` }]
}

function raisedReason(action: string, sources: ImpactSources): Omit<ImpactReason, 'step'>[] {
  const impact = sources.raised?.get(action)
  return impact === undefined ? [] : [{ impact, reason: `A policy raises ${action} to class ${impact}.` }]
}
