// Firing: what triggers make of something that happened, inside the transaction that takes note of it.

import type { Json, JsonObject } from '../../kernel/json.ts'
import type { Problem, Result } from '../../kernel/problem.ts'
import type { Database, Queryable } from '../../record/database.ts'
import { type NewExecution, startCurrentExecutions } from '../../record/executions.ts'
import type { FiringTrigger } from '../../record/triggers.ts'
import type { Starter } from './starter.ts'

export interface TriggerParts {
  readonly database: Database
  readonly now: () => number
  readonly newId: () => string
  readonly starter: Starter
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, detail: JsonObject) => void
}

/** One trigger and what it is to start. */
export interface Firing {
  readonly trigger: FiringTrigger
  readonly payload: JsonObject
  readonly inputs: Json
  readonly startedBy: string
  readonly dedupeKey: string
  readonly depth?: number
}

export type Fired =
  | { readonly workflow: string; readonly outcome: 'started'; readonly executionId: string }
  /** `duplicate`: it has started before. `no_match`: its condition is false. `stale`: another version has become current. */
  | { readonly workflow: string; readonly outcome: 'duplicate' | 'no_match' | 'stale' }
  | { readonly workflow: string; readonly outcome: 'refused'; readonly problems: readonly Problem[] }

/** Starts what the triggers call for. One that cannot start is logged and does not hold up the others. */
export async function fireTriggers(
  { starter, log }: TriggerParts,
  client: Queryable,
  firings: readonly Firing[],
): Promise<Fired[]> {
  const admitted = await Promise.all(firings.map((firing) => admit(starter, firing)))
  const executions = admitted.flatMap((result) => (result?.ok === true ? [result.value] : []))
  const outcomes = executions.length === 0 ? undefined : await startCurrentExecutions(client, executions)
  return firings.map(({ trigger: { workflow, id, kind } }, index): Fired => {
    const result = admitted[index]
    if (result === undefined) return { workflow, outcome: 'no_match' }
    if (!result.ok) {
      const { problems } = result
      log('warn', `A trigger of "${workflow}" could not start it.`, { trigger: id, kind, problems: texts(problems) })
      return { workflow, outcome: 'refused', problems }
    }
    const outcome = outcomes?.get(result.value.id) ?? 'stale'
    return outcome === 'started' ? { workflow, outcome, executionId: result.value.id } : { workflow, outcome }
  })
}

/** Undefined when the trigger's condition is false. */
async function admit(starter: Starter, firing: Firing): Promise<Result<NewExecution> | undefined> {
  const { trigger, payload, ...rest } = firing
  const isMatch = await starter.admission.matches(trigger, payload)
  if (!isMatch.ok) return isMatch
  if (!isMatch.value) return undefined
  const { tenantId, workflowId, versionId } = trigger
  return starter.admission.admit({ ...rest, tenantId, workflowId, versionId, trigger: payload })
}

function texts(problems: readonly Problem[]): string[] {
  return problems.map(({ message }) => message)
}
