// An event of the stream: put into words once, whoever hears it.

import { entryLifecycle, journalEventOf } from '../../engine/feed/entry-lifecycle.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'
import type { FeedEntry } from '../../record/feed.ts'
import type { AuditNews } from '../../record/feed-context.ts'
import { type StreamPosition, streamId } from './stream-position.ts'
import { type Topics, wantsAudit, wantsExecution } from './topics.ts'

export interface StreamEvent {
  readonly tenantId: string
  readonly source: 'feed' | 'audit'
  /** The execution it tells of; undefined for the audit's. */
  readonly executionId: string | undefined
  /** After it. */
  readonly position: StreamPosition
  /** The event's lines without its id; undefined when the topics do not take it. */
  linesFor(topics: Topics): string | undefined
}

/** The bytes of an event for a listener who stands at a position after it. */
export function frame(position: StreamPosition, lines: string): string {
  return `id: ${streamId(position)}\n${lines}`
}

/** Longer outputs are fetched from the execution. */
const longestOutput = 64_000

/** Undefined for what concerns the engine alone. */
export function executionEvent(
  entry: FeedEntry,
  workflow: string | undefined,
  audit: number | null,
): StreamEvent | undefined {
  const type = entryLifecycle(entry)
  if (type === undefined) return undefined
  const { tenantId, executionId } = entry
  let brief: string | undefined
  let full: string | undefined
  return {
    tenantId,
    source: 'feed',
    executionId,
    position: { feed: entry.position, audit },
    linesFor: (topics) => {
      if (topics.executions.has(executionId))
        return (full ??= linesOf(type, { ...body(entry, type, workflow), ...details(entry) }))
      return wantsExecution(topics, type) ? (brief ??= linesOf(type, body(entry, type, workflow))) : undefined
    },
  }
}

export function auditEvent(news: AuditNews, feed: string): StreamEvent {
  const { tenantId, seq, action, at, object, actor } = news
  let lines: string | undefined
  return {
    tenantId,
    source: 'audit',
    executionId: undefined,
    position: { feed, audit: seq },
    linesFor: (topics) =>
      wantsAudit(topics, news)
        ? (lines ??= linesOf(action, { type: action, id: `audit/${seq}`, time: timeText(at), object, actor }))
        : undefined,
  }
}

/** JSON text holds no line break, so it is one line of data. */
const linesOf = (type: string, data: JsonObject): string => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`

const timeText = (ms: number): string => new Date(ms).toISOString()

/** What every listener hears: no inputs and no outputs. */
function body(entry: FeedEntry, type: string, workflow: string | undefined): JsonObject {
  const { executionId, seq, step, item, at, data } = entry
  const event = journalEventOf(entry)
  const wait = event?.type === 'step.waiting' ? event.wait : undefined
  const parent = data?.['parent_execution_id']
  return {
    type,
    id: `${executionId}/${seq}`,
    time: timeText(at),
    execution_id: executionId,
    ...(workflow !== undefined && { workflow }),
    ...(event === undefined && {
      started_by: data?.['started_by'] ?? null,
      ...(parent !== undefined && { parent_execution_id: parent }),
    }),
    ...(step !== null && { step }),
    ...(item !== null && { item }),
    ...(event !== undefined && 'attempt' in event && { attempt: event.attempt }),
    ...(event !== undefined && 'outcome' in event && { outcome: event.outcome }),
    ...(wait?.on === 'approval' && wait.ref !== undefined && { approval_id: wait.ref }),
    ...(wait?.until !== undefined && { until: timeText(wait.until) }),
    ...(event !== undefined &&
      'failure' in event &&
      event.failure !== undefined && {
        failure: { code: event.failure.code, message: event.failure.message },
      }),
  }
}

/** What besides is told to who follows the execution. */
function details(entry: FeedEntry): JsonObject {
  const event = journalEventOf(entry)
  if (event === undefined) return {}
  return {
    ...(event.startedAt !== undefined && { started_at: timeText(event.startedAt) }),
    ...('wait' in event && { waits_for: event.wait.on }),
    ...('by' in event && { by: event.by }),
    ...('output' in event && event.output !== undefined && outputOf(event.output)),
  }
}

function outputOf(output: Json): JsonObject {
  return JSON.stringify(output).length > longestOutput ? { output_omitted: true } : { output }
}
