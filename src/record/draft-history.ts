// What happened to a draft: each revision of its content, and each move.

import type { DraftContent } from '../kernel/draft/difference.ts'
import type { Queryable } from './database.ts'
import type { Hand } from './drafts.ts'
import { columnText, jsonText } from './json-text.ts'

export interface DraftEvent {
  /** `created`, `edited`, `submitted`, `approved` … */
  readonly action: string
  readonly revision: number
  readonly hand: Hand
  /** Where it made a revision: what the draft says since. */
  readonly content?: DraftContent
  readonly difference?: readonly string[]
  readonly reason?: string | null
}

/** Call it while the draft is locked, or as it is made: events are counted. */
export async function appendDraftEvent(
  client: Queryable,
  { tenantId, id }: { readonly tenantId: string; readonly id: string },
  { action, revision, hand, content, difference = [], reason = null }: DraftEvent,
): Promise<void> {
  await client.query(
    `insert into draft_history (tenant_id, draft_id, seq, revision, action, actor, actor_name, at, content, difference, reason)
      select $1, $2, coalesce((select max(h.seq) from draft_history h where h.tenant_id = $1 and h.draft_id = $2), 0) + 1,
        $3, $4, $5, $6, $7, $8, $9, $10`,
    [
      tenantId,
      id,
      revision,
      action,
      hand.by,
      columnText(hand.name),
      hand.at,
      content === undefined ? null : jsonText(content),
      difference.map((one) => columnText(one)),
      reason === null ? null : columnText(reason),
    ],
  )
}

export interface ListedDraftEvent {
  readonly seq: number
  readonly action: string
  readonly revision: number
  readonly actor: string
  readonly actorName: string
  readonly at: Date
  readonly content: DraftContent | null
  readonly difference: readonly string[]
  readonly reason: string | null
}

/** The newest first, and how many there are. */
export async function pageOfDraftEvents(
  db: Queryable,
  tenantId: string,
  draftId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly events: ListedDraftEvent[]; readonly counted: number }> {
  const { rows: events } = await db.query<ListedDraftEvent>(
    `select seq, action, revision, actor, actor_name as "actorName", at, content, difference, reason
      from draft_history where tenant_id = $1 and draft_id = $2 order by seq desc limit $3 offset $4`,
    [tenantId, draftId, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from draft_history where tenant_id = $1 and draft_id = $2`,
    [tenantId, draftId],
  )
  return { events, counted: rows[0]?.count ?? 0 }
}

/** The definitions of some revisions of a draft, by revision; null for those that name a workflow. */
export async function findSources(
  db: Queryable,
  tenantId: string,
  draftId: string,
  revisions: readonly number[],
): Promise<ReadonlyMap<number, string | null>> {
  const { rows } = await db.query<{ revision: number; source: string | null }>(
    `select revision, content ->> 'source' as source from draft_history
      where tenant_id = $1 and draft_id = $2 and content is not null and revision = any ($3::integer[])`,
    [tenantId, draftId, revisions],
  )
  return new Map(rows.map(({ revision, source }) => [revision, source]))
}
