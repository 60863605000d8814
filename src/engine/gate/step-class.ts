// The impact class of each step of a version, by its definition, and of a step that is about to run, by its config.

import type { Impact } from '../../kernel/definition/action-shape.ts'
import type { Step, Workflow } from '../../kernel/definition/workflow.ts'
import { startedBy } from '../../kernel/impact/child-names.ts'
import { higher, judgeAction } from '../../kernel/impact/classify.ts'
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import type { RegisteredAction } from '../../packs/kit.ts'
import type { GateRules } from './rules.ts'

export type Find = (action: string) => RegisteredAction | undefined

/** `more`: what else has to be known when the step runs: its config, or which workflow it starts. */
export interface StepClass {
  readonly impact: Impact
  readonly more: 'nothing' | 'config' | 'child'
}

export interface StepClasses {
  readonly rules: GateRules
  readonly steps: readonly StepClass[]
  readonly compensations: readonly StepClass[]
}

export function classesOf(workflow: Workflow, rules: GateRules, find: Find): StepClasses {
  return {
    rules,
    steps: workflow.steps.map((step) => classOf(step, rules, find)),
    compensations: workflow.steps.map(({ compensate }) =>
      compensate === undefined ? harmless : classOf(compensate, rules, find),
    ),
  }
}

const harmless: StepClass = { impact: 'A', more: 'nothing' }
const critical: StepClass = { impact: 'C', more: 'nothing' }

function classOf(step: Pick<Step, 'action' | 'config'>, rules: GateRules, find: Find): StepClass {
  const { action: name, config = {} } = step
  const action = find(name)
  if (action === undefined) return critical
  const impact = higher(judgeAction(name, action.impact, config, rules.surroundings).impact, raiseOf(name, rules))
  if (impact === 'C') return critical
  if (name === 'workflow.run') return startedBy(step) === undefined ? critical : { impact, more: 'child' }
  return { impact, more: typeof action.impact === 'function' ? 'config' : 'nothing' }
}

/** Of a step about to run. What only its config tells never lowers what its definition told. */
export function impactWith(known: StepClass, action: RegisteredAction, config: Json, rules: GateRules): Impact {
  if (known.more !== 'config') return known.impact
  return higher(known.impact, judgeAction(action.name, action.impact, objectOf(config), rules.surroundings).impact)
}

const raiseOf = (action: string, { raised }: GateRules): Impact => raised.get(action) ?? 'A'
const objectOf = (config: Json): JsonObject => (isJsonObject(config) ? config : {})
