// What goes with the end of an execution: its open waits are closed, its children cancelled, its parent told.

import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { isSettled, type RunState } from '../../kernel/plan/state.ts'
import type { NewSignal } from '../../record/signals.ts'
import type { Records } from './outbox.ts'
import type { OwnedExecution } from './owned-execution.ts'

type Ended = Extract<JournalEvent, { type: 'execution.ended' }>

/** Undefined when nobody has to hear of it. */
export function endRecords(execution: OwnedExecution, end: Ended): Partial<Records> | undefined {
  const { tenantId, id: executionId, parent } = execution.claimed
  const waiting = openWaits(execution)
  const signals: NewSignal[] = waiting.flatMap((run) =>
    run.wait?.on === 'child' && run.wait.ref !== undefined
      ? [signalTo(execution, run.wait.ref, end, { kind: 'cancel', data: { by: `execution ${executionId}` } })]
      : [],
  )
  if (parent !== undefined) {
    const { status, output, failure } = end
    const message = failure === undefined ? {} : { message: failure.message }
    const told = signalTo(execution, parent.executionId, end, {
      kind: 'child',
      data: { status, output: output ?? null, executionId, ...message },
    })
    signals.push({ ...told, step: parent.step, ...(parent.item !== undefined && { item: parent.item }) })
  }
  if (waiting.length === 0 && signals.length === 0) return undefined
  const closes = waiting.some((run) => run.wait?.on !== 'timer' && run.wait?.on !== 'child')
  return {
    signals,
    closedWaits: closes ? [{ tenantId, executionId, status: 'cancelled', at: new Date(end.at) }] : [],
  }
}

function openWaits(execution: OwnedExecution): RunState[] {
  return execution.state.steps.flatMap((step): RunState[] => {
    if (isSettled(step.status)) return step.status === 'failed' ? waitingItems(step.fanOut?.runs) : []
    return step.fanOut === undefined ? waitingItems([step]) : waitingItems(step.fanOut.runs)
  })
}

function waitingItems(runs: readonly RunState[] = []): RunState[] {
  return runs.filter((run) => run.status === 'waiting')
}

function signalTo(
  execution: OwnedExecution,
  executionId: string,
  end: Ended,
  signal: Pick<NewSignal, 'kind' | 'data'>,
): NewSignal {
  const { tenantId } = execution.claimed
  return { tenantId, executionId, id: execution.host.parts.newId(), createdAt: new Date(end.at), ...signal }
}
