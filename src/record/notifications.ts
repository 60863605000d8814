// In-app notifications of members.

import type { Queryable } from './database.ts'
import { columnText } from './json-text.ts'

export interface NewNotification {
  readonly tenantId: string
  readonly id: string
  readonly memberId: string
  /** Null where it is about no execution. */
  readonly executionId: string | null
  readonly title: string | undefined
  readonly message: string
  readonly createdAt: Date
}

export async function insertNotifications(client: Queryable, notifications: readonly NewNotification[]): Promise<void> {
  await client.query({
    name: 'insert_notifications',
    text: `insert into notifications (tenant_id, id, member_id, execution_id, title, message, created_at)
      select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[])`,
    values: [
      notifications.map((n) => n.tenantId),
      notifications.map((n) => n.id),
      notifications.map((n) => n.memberId),
      notifications.map((n) => n.executionId),
      notifications.map((n) => (n.title === undefined ? null : columnText(n.title))),
      notifications.map((n) => columnText(n.message)),
      notifications.map((n) => n.createdAt),
    ],
  })
}
