// What an entry of the feed is told as.

import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { type LifecycleType, lifecycleType } from '../../kernel/plan/lifecycle.ts'
import type { FeedEntry } from '../../record/feed.ts'
import { eventOf } from '../../record/journal.ts'

/** The journal's event behind an entry; undefined for the start, which is no event of the journal. */
export function journalEventOf(entry: FeedEntry): JournalEvent | undefined {
  if (entry.type === 'execution.started') return undefined
  const { executionId, at, startedAt, ...row } = entry
  return eventOf({
    ...row,
    execution_id: executionId,
    at: new Date(at),
    started_at: startedAt === null ? null : new Date(startedAt),
  })
}

/** The lifecycle event an entry is told as; undefined for those that concern the engine alone. */
export function entryLifecycle(entry: FeedEntry): LifecycleType | undefined {
  const event = journalEventOf(entry)
  return event === undefined ? 'workflow.started' : lifecycleType(event)
}
