// Firing: what triggers make of something that happened, inside the transaction that takes note of it.

import type { Json, JsonObject } from '../../kernel/json.ts'
import type { Problem, Result } from '../../kernel/problem.ts'
import type { Database, Queryable } from '../../record/database.ts'
import { type NewExecution, startCurrentExecutions } from '../../record/executions.ts'
import type { FiringTrigger } from '../../record/triggers.ts'
import type { Admission } from './admission.ts'
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
  return startAdmitted(log, client, await Promise.all(firings.map((firing) => admitFiring(starter.admission, firing))))
}

/** A trigger, and the execution that it starts; undefined when its condition is false. */
export interface Admitted {
  readonly trigger: FiringTrigger
  readonly execution: Result<NewExecution> | undefined
}

export async function admitFiring(admission: Admission, firing: Firing): Promise<Admitted> {
  const { trigger, payload, ...rest } = firing
  const isMatch = await admission.matches(trigger, payload)
  if (!isMatch.ok) return { trigger, execution: isMatch }
  if (!isMatch.value) return { trigger, execution: undefined }
  const { tenantId, workflowId, versionId } = trigger
  return { trigger, execution: await admission.admit({ ...rest, tenantId, workflowId, versionId, trigger: payload }) }
}

/** Starts what was admitted, with one statement; says what became of each, in order. */
export async function startAdmitted(
  log: TriggerParts['log'],
  client: Queryable,
  admitted: readonly Admitted[],
): Promise<Fired[]> {
  const executions = admitted.flatMap(({ execution }) => (execution?.ok === true ? [execution.value] : []))
  const outcomes = executions.length === 0 ? undefined : await startCurrentExecutions(client, executions)
  return admitted.map(({ trigger: { workflow, id, kind }, execution }): Fired => {
    if (execution === undefined) return { workflow, outcome: 'no_match' }
    if (!execution.ok) {
      const { problems } = execution
      const texts = problems.map(({ message }) => message)
      log('warn', `A trigger of "${workflow}" could not start it.`, { trigger: id, kind, problems: texts })
      return { workflow, outcome: 'refused', problems }
    }
    const outcome = outcomes?.get(execution.value.id) ?? 'stale'
    return outcome === 'started' ? { workflow, outcome, executionId: execution.value.id } : { workflow, outcome }
  })
}
