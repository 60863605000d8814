// Approvals of objects of the platform, asked for.

import type { Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import { columnText, jsonText } from './json-text.ts'

export interface NewAsk {
  readonly tenantId: string
  readonly id: string
  readonly kind: string
  readonly subjectId: string
  readonly acts?: readonly string[]
  readonly summary: string
  readonly details?: Json
  readonly impact: string | null
  readonly approvers: object
  readonly quorum: number | string
  readonly expiresAt: Date | null
  readonly escalateTo?: object
  readonly remindEveryMs?: number
  readonly contentHash: string
  readonly content: Json
  readonly requestedBy: string
  readonly author: string | null
  readonly lastEditor: string | null
  readonly excludes: readonly string[]
  readonly mayEdit?: boolean
  readonly createdAt: Date
}

/** False when one about the same subject is pending. */
export async function insertAsk(client: Queryable, ask: NewAsk): Promise<boolean> {
  const { createdAt, remindEveryMs } = ask
  const reminder = remindEveryMs === undefined ? null : new Date(createdAt.getTime() + remindEveryMs)
  const { rowCount } = await client.query(
    `insert into approvals (tenant_id, id, kind, subject_id, acts, status, summary, details, impact, approvers, quorum, expires_at,
        escalate_to, remind_every_ms, next_reminder_at, content_hash, content, requested_by, author, last_editor, excludes, may_edit,
        created_at)
      values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
      on conflict (tenant_id, kind, subject_id, acts) where status = 'pending' and subject_id is not null do nothing`,
    [
      ask.tenantId,
      ask.id,
      ask.kind,
      ask.subjectId,
      ask.acts ?? [],
      columnText(ask.summary),
      ask.details === undefined ? null : jsonText(ask.details),
      ask.impact,
      JSON.stringify(ask.approvers),
      JSON.stringify(ask.quorum),
      ask.expiresAt,
      ask.escalateTo === undefined ? null : JSON.stringify(ask.escalateTo),
      remindEveryMs ?? null,
      reminder,
      ask.contentHash,
      jsonText(ask.content),
      ask.requestedBy,
      ask.author,
      ask.lastEditor,
      ask.excludes,
      ask.mayEdit ?? false,
      createdAt,
    ],
  )
  return rowCount === 1
}
