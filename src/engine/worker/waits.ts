// What a suspended step waits for, as records; and what is closed when it no longer waits.

import { stepAt } from '../../kernel/plan/graph.ts'
import type { Wait } from '../../kernel/plan/journal.ts'
import { runAt, stateAt } from '../../kernel/plan/state.ts'
import { asJsonObject, type Signal, type WaitFor, type Write } from '../../packs/kit.ts'
import type { ClosedWait } from '../../record/waits.ts'
import type { NewExecution, Parent } from '../../record/executions.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { ProblemError } from './failure.ts'
import type { Run } from './in-flight.ts'
import { addRecords, noRecords, type Records } from './outbox.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { pastTrouble } from './passing.ts'

export async function waitRecords(
  execution: OwnedExecution,
  run: Run,
  waitFor: WaitFor,
  records: Partial<Records> = {},
): Promise<{ wait: Wait; records: Partial<Records> }> {
  const { on, until } = waitFor
  const all = noRecords()
  addRecords(all, records)
  const ref = await addWait(execution, run, waitFor, all)
  return { wait: { on, ...(until !== undefined && { until }), ...(ref !== undefined && { ref }) }, records: all }
}

/** Adds the record that the wait needs and returns what names it. */
async function addWait(
  execution: OwnedExecution,
  run: Run,
  wait: WaitFor,
  records: Records,
): Promise<string | undefined> {
  const { tenantId, id: executionId } = execution.claimed
  const { parts } = execution.host
  const step = stepAt(execution.state.graph, run.index).id
  const place = { tenantId, executionId, step, item: run.item }
  const expiresAt = wait.until === undefined ? undefined : new Date(wait.until)
  const times = { createdAt: new Date(parts.now()), expiresAt }
  switch (wait.on) {
    case 'timer':
    case 'callback':
      return undefined
    case 'event':
      records.eventWaits.push({ ...place, event: wait.event, match: wait.match ?? {} })
      return wait.event
    case 'approval': {
      const { summary, details = null, quorum } = wait.request
      const id = parts.newId()
      const approvers = asJsonObject(wait.request.approvers)
      records.approvals.push({ ...place, ...times, id, summary, details, approvers, quorum })
      return id
    }
    case 'form': {
      const id = parts.newId()
      records.forms.push({ ...place, ...times, id, request: asJsonObject(wait.request) })
      return id
    }
    case 'child': {
      const parent = { executionId, step, item: run.item }
      const child = await prepareChild(execution, run, wait.workflow, wait.inputs, parent)
      records.executions.push(child)
      return child.id
    }
  }
}

/** What an action asked to be written with its event. */
export async function writeRecords(
  execution: OwnedExecution,
  run: Run,
  writes: readonly Write[] = [],
): Promise<Partial<Records>> {
  if (writes.length === 0) return {}
  const records = noRecords()
  const { tenantId, id: executionId } = execution.claimed
  const { parts } = execution.host
  for (const write of writes) {
    if (write.write === 'execution') {
      records.executions.push(await prepareChild(execution, run, write.workflow, write.inputs, undefined))
      continue
    }
    const createdAt = new Date(parts.now())
    const { title, message } = write
    for (const memberId of write.to) {
      records.notifications.push({ tenantId, id: parts.newId(), memberId, executionId, title, message, createdAt })
    }
  }
  return records
}

/** What the end of a wait closes: the subscription to an event, and an approval or form nobody answered in time. */
export function settledWaits(
  execution: OwnedExecution,
  index: number,
  item: number | undefined,
  signal: Signal,
): ClosedWait[] {
  const { wait } = runAt(stateAt(execution.state, index), item)
  if (wait === undefined || (wait.on !== 'event' && signal.kind !== 'expired')) return []
  const { tenantId, id: executionId } = execution.claimed
  const step = stepAt(execution.state.graph, index).id
  const at = new Date(execution.host.parts.now())
  return [
    { tenantId, executionId, step, ...(item !== undefined && { item }), ...answerable(wait), status: 'expired', at },
  ]
}

/** What people may have answered meanwhile. */
export function answerable(wait: Wait | undefined): Pick<ClosedWait, 'ref'> {
  return (wait?.on === 'approval' || wait?.on === 'form') && wait.ref !== undefined ? { ref: wait.ref } : {}
}

async function prepareChild(
  execution: OwnedExecution,
  run: Run,
  workflow: string,
  inputs: JsonObject,
  parent: Parent | undefined,
): Promise<NewExecution> {
  const { tenantId, id, depth } = execution.claimed
  const request = { tenantId, workflow, inputs, startedBy: `execution:${id}`, depth: depth + 1 }
  const start = parent === undefined ? request : { ...request, parent }
  const prepared = await pastTrouble(() => execution.host.parts.prepareStart(start), run.signal)
  if (!prepared.ok) throw new ProblemError(prepared.problems)
  return prepared.value
}
