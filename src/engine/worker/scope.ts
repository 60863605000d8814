// The values that the expressions of a step see.

import type { Scope } from '../../kernel/expression/scope.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'
import { type ExecutionState, isSettled } from '../../kernel/plan/state.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import type { ClaimedExecution } from '../../record/claims.ts'
import type { Tenant } from '../../record/tenants.ts'
import type { LoadedVersion } from './loaded-version.ts'

export interface ScopeSource {
  readonly claimed: Pick<ClaimedExecution, 'id' | 'trigger' | 'inputs' | 'startedAt'>
  readonly version: Pick<LoadedVersion, 'version' | 'workflow'>
  readonly state: ExecutionState
  readonly tenant: Tenant
  readonly secrets: Readonly<Record<string, string>>
}

export interface EachItem {
  readonly item: Json
  readonly index: number
}

/** The scope at a moment; steps that have not settled are absent, so that a reference to one is an error that names it. */
export function scopeOf(source: ScopeSource, now: number, each: EachItem | undefined): Scope {
  const { claimed, version, tenant, secrets } = source
  return {
    trigger: claimed.trigger,
    inputs: claimed.inputs,
    vars: version.workflow.vars ?? {},
    steps: stepsOf(source.state),
    execution: {
      id: claimed.id,
      workflow: version.workflow.name,
      version: version.version,
      started_at: claimed.startedAt.toISOString(),
    },
    tenant: { id: tenant.id, slug: tenant.slug, name: tenant.name },
    now,
    secrets,
    ...(each !== undefined && { item: each.item, index: each.index }),
  }
}

function stepsOf(state: ExecutionState): JsonObject {
  const steps: Record<string, Json> = {}
  for (const [index, step] of state.steps.entries()) {
    if (!isSettled(step.status)) continue
    steps[stepAt(state.graph, index).id] = {
      status: step.status,
      outcome: step.outcome ?? null,
      output: step.output,
      error: step.failure === undefined ? null : { code: step.failure.code, message: step.failure.message },
    }
  }
  return steps
}
