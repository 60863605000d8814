// What subscribers are told of what happened: which execution and step, and how it went; never inputs or outputs.

import type { JsonObject } from '../../kernel/json.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import type { LifecycleType } from '../../kernel/plan/lifecycle.ts'
import type { Queryable } from '../../record/database.ts'
import type { FeedEntry } from '../../record/feed.ts'
import { readWorkflowNames } from '../../record/feed-context.ts'
import { entryLifecycle, journalEventOf } from '../feed/entry-lifecycle.ts'

export interface OutboundEvent {
  readonly tenantId: string
  readonly executionId: string
  /** The webhook-id: the same whenever and to whomever it is told. */
  readonly id: string
  readonly type: LifecycleType
  /** Epoch ms. */
  readonly at: number
  /** The workflow's name; undefined when the execution is gone by now. */
  readonly workflow: string | undefined
  /** The body. */
  readonly text: string
}

/** In the order of the entries, without those that concern the engine alone. */
export async function outboundEvents(db: Queryable, entries: readonly FeedEntry[]): Promise<OutboundEvent[]> {
  const told = entries.flatMap((entry) => {
    const type = entryLifecycle(entry)
    return type === undefined ? [] : [{ entry, type }]
  })
  const names = told.length === 0 ? new Map<string, string>() : await readWorkflowNames(db, keysOf(told))
  return told.map(({ entry, type }) => {
    const { tenantId, executionId, at } = entry
    const workflow = names.get(executionId)
    const timestamp = new Date(at).toISOString()
    const text = JSON.stringify({ type, timestamp, data: dataOf(entry, workflow) })
    return { tenantId, executionId, id: eventIdOf(entry), type, at, workflow, text }
  })
}

function keysOf(told: readonly { readonly entry: FeedEntry }[]) {
  const keys = told.map(({ entry: { tenantId, executionId } }) => ({ tenantId, executionId }))
  return [...new Map(keys.map((key) => [key.executionId, key])).values()]
}

/** No full stop: it would blur where the id ends in what is signed. */
function eventIdOf({ executionId, seq }: FeedEntry): string {
  return `evt_${executionId.replaceAll('-', '')}_${seq}`
}

function dataOf(entry: FeedEntry, workflow: string | undefined): JsonObject {
  const { executionId, step, item, data } = entry
  const event = journalEventOf(entry)
  return {
    execution_id: executionId,
    ...(workflow !== undefined && { workflow }),
    ...(event === undefined && { started_by: data?.['started_by'] ?? null }),
    ...(step !== null && { step }),
    ...(item !== null && { item }),
    ...(event !== undefined && detailsOf(event)),
  }
}

function detailsOf(event: JournalEvent): JsonObject {
  const wait = event.type === 'step.waiting' ? event.wait : undefined
  const failure = 'failure' in event ? event.failure : undefined
  return {
    ...('attempt' in event && { attempt: event.attempt }),
    ...('outcome' in event && { outcome: event.outcome }),
    ...(wait?.on === 'approval' && wait.ref !== undefined && { approval_id: wait.ref }),
    ...(wait?.until !== undefined && { until: new Date(wait.until).toISOString() }),
    ...(failure !== undefined && { failure: { code: failure.code, message: failure.message } }),
  }
}
