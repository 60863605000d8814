// A migration: an execution that waits is moved to another version of its workflow, and what it waited for is closed.

import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { isAsking, isUnderWay, runsOf } from '../../kernel/plan/migration.ts'
import { planMigration } from '../../kernel/plan/migration-plan.ts'
import { isSettled, type RunState, type StepState } from '../../kernel/plan/state.ts'
import type { StoredSignal } from '../../record/signals.ts'
import type { ClosedWait } from '../../record/waits.ts'
import type { LoadedVersion } from './loaded-version.ts'
import type { Records } from './outbox.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { loadVersion } from './run.ts'

type Migrated = Extract<JournalEvent, { type: 'execution.migrated' }>

/**
 * Takes the signal in once nothing is under way and the version is at hand. What the state allows is judged then, and the
 * event with all that it closes is one commit: a worker that dies before leaves the signal for the next.
 */
export function takeMigration(execution: OwnedExecution, signal: StoredSignal): 'taken' | 'held' {
  if (execution.hasDeduced || execution.runs.count > 0) return 'held'
  const { tenantId, executionId, id, data } = signal
  const records = { consumed: [{ tenantId, executionId, id }] }
  const { versionId, by, reason, concurrency }: JsonObject = isJsonObject(data) ? data : {}
  const { versions, state } = execution
  const version = typeof versionId === 'string' ? versions.find(versionId) : undefined
  const mayLoad = typeof versionId === 'string' && !versions.isMissing(versionId) && state.ended === undefined
  if (version === undefined && mayLoad) {
    loadVersion(execution, versionId)
    return 'held'
  }
  const refusal = version === undefined ? ['There is no such version.'] : refusalOf(execution, version)
  if (version === undefined || refusal.length > 0) {
    execution.host.parts.log('warn', 'An execution was not moved to another version.', {
      executionId,
      tenantId,
      refusal,
    })
    execution.tell({ event: undefined, records, run: undefined })
    return 'taken'
  }
  const event: Migrated = {
    type: 'execution.migrated',
    by: typeof by === 'string' ? by : 'unknown',
    ...(typeof reason === 'string' && { reason }),
    versionId: version.id,
    dropped: planMigration(state, version.graph).dropped,
    at: execution.host.parts.now(),
  }
  execution.deduce(event, { ...records, ...closedBy(execution, event, version), ...movedLimit(execution, concurrency) })
  return 'taken'
}

function refusalOf({ state, version: { id } }: OwnedExecution, version: LoadedVersion): readonly string[] {
  if (id === version.id) return ['It runs that version already.']
  return planMigration(state, version.graph).problems.map(({ message }) => message)
}

/** Approvals become void, forms and events are closed, children cancelled. */
function closedBy(execution: OwnedExecution, event: Migrated, { version }: LoadedVersion): Partial<Records> {
  const { tenantId, id: executionId } = execution.claimed
  const { graph, steps } = execution.state
  const closedWaits: ClosedWait[] = []
  const signals: Records['signals'] = []
  for (const { id: step, index } of graph.steps) {
    const state = steps[index]
    for (const { run, item } of state === undefined ? [] : endedRuns(state, event.dropped.includes(step))) {
      const { on, ref } = run.wait ?? {}
      const at = new Date(event.at)
      if (on === 'child' && ref !== undefined) {
        const id = execution.host.parts.newId()
        const data = { by: `execution ${executionId}` }
        signals.push({ tenantId, executionId: ref, id, kind: 'cancel', data, createdAt: at })
      } else if (on !== 'timer' && on !== 'callback') {
        const place = { tenantId, executionId, step, ...(item !== undefined && { item }) }
        closedWaits.push({ ...place, status: 'void', reason: `The workflow moved to version ${version}.`, at })
      }
    }
  }
  return { closedWaits, signals }
}

/** Under which limit it stands from now on, where the versions say anything of limits: an object, or null for none. */
function movedLimit(execution: OwnedExecution, given: Json | undefined): Partial<Records> {
  if (given === undefined) return {}
  const { tenantId, id: executionId } = execution.claimed
  const { key, limit }: JsonObject = isJsonObject(given) ? given : {}
  const isLimited = typeof key === 'string' && typeof limit === 'number'
  return { concurrencyMoves: [{ tenantId, executionId, concurrency: isLimited ? { key, limit } : undefined }] }
}

/** The runs that wait, and no longer will. */
function endedRuns(state: StepState, isDropped: boolean): { run: RunState; item: number | undefined }[] {
  if (isSettled(state.status) || !isUnderWay(state)) return []
  return runsOf(state).flatMap((run, index) => {
    const ends = run.status === 'waiting' && (isDropped || isAsking(run))
    return ends ? [{ run, item: state.fanOut === undefined ? undefined : index }] : []
  })
}
