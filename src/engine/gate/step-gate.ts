// The gate of one step: its class when it is about to run, and what it has to have before it does.

import type { Impact } from '../../kernel/definition/action-shape.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import { isJsonObject, type Json } from '../../kernel/json.ts'
import { ActionError, type RegisteredAction } from '../../packs/kit.ts'
import type { OwnedExecution } from '../worker/owned-execution.ts'
import { pastTrouble } from '../worker/passing.ts'
import type { Passage, Passed } from './gate.ts'
import type { GateRules } from './rules.ts'
import { impactWith } from './step-class.ts'

/** What is about to run: a step, one item of it, or its compensation. */
export interface Candidate {
  readonly execution: OwnedExecution
  readonly index: number
  readonly purpose: '' | ':undo'
  readonly action: RegisteredAction
  /** Resolved. */
  readonly config: Json
  readonly signal: AbortSignal
}

/** What an attempt does, whoever makes it. */
export type Deed = Pick<Candidate, 'index' | 'purpose' | 'action' | 'config'>

/** At once for what is harmless by its definition: nothing is asked for it. `isStart`: it begins, and is not woken. */
export function impactNow(execution: OwnedExecution, deed: Deed, isStart = true): Impact | Promise<Impact> {
  const rules = execution.host.parts.gate.rulesOf(execution.claimed.tenantId)
  if (rules instanceof Promise) return rules.then((loaded) => impactUnder(loaded, execution, deed, isStart))
  return impactUnder(rules, execution, deed, isStart)
}

function impactUnder(
  rules: GateRules,
  { host, tenant, version, claimed }: OwnedExecution,
  { index, purpose, action, config }: Deed,
  isStart: boolean,
): Impact | Promise<Impact> {
  const find = (name: string) => host.parts.findAction(tenant, name)
  const classes = host.parts.gate.classesOf(version, rules, find)
  const known = (purpose === '' ? classes.steps : classes.compensations)[index]
  if (known === undefined) return 'C'
  if (known.more !== 'child') return impactWith(known, action, config, rules)
  // Where nothing is asked for, or it has started, the classes of what it starts make no difference.
  if (rules.isOpen || !isStart) return known.impact
  const name = isJsonObject(config) && typeof config['workflow'] === 'string' ? config['workflow'] : ''
  const load = (versionId: string) => host.versions.get(claimed.tenantId, versionId)
  return host.parts.gate.impactOfChild(claimed.tenantId, name, load, rules, find)
}

/** Throws `not_countersigned`. */
export async function pass(candidate: Candidate, leaves?: Passage['leaves']): Promise<Passed> {
  const { execution, action, config, signal } = candidate
  const { tenantId, id: executionId, workflowId, startedBy } = execution.claimed
  const passage: Passage = {
    tenantId,
    executionId,
    workflowId,
    startedBy,
    action,
    config,
    version: execution.version,
    title: titleOf(candidate),
    ...(leaves !== undefined && { leaves }),
  }
  const passed = await pastTrouble(() => execution.host.parts.gate.pass(passage), signal)
  if (passed instanceof ActionError) throw passed
  return passed
}

export type Titled = Pick<Candidate, 'execution' | 'index' | 'purpose' | 'action'>

export function titleOf({ execution, index, purpose, action }: Titled): string {
  const { id } = stepAt(execution.state.graph, index)
  return purpose === '' ? `Step ${id} (${action.name})` : `The compensation of step ${id} (${action.name})`
}
