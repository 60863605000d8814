// What members hear of drafts, in the application.

import type { KindParts } from './approval-kinds.ts'
import type { Queryable } from '../record/database.ts'
import { insertNotifications } from '../record/notifications.ts'
import type { Draft } from '../record/drafts.ts'

interface Notice {
  readonly title: string
  readonly message: string
}

type Parts = Pick<KindParts, 'now' | 'newId'>

/** Each of them once. */
export async function notifyMembers(
  { now, newId }: Parts,
  client: Queryable,
  tenantId: string,
  memberIds: readonly string[],
  { title, message }: Notice,
): Promise<void> {
  const createdAt = new Date(now())
  const notices = [...new Set(memberIds)].map((memberId) => ({
    tenantId,
    id: newId(),
    memberId,
    executionId: null,
    title,
    message,
    createdAt,
  }))
  if (notices.length > 0) await insertNotifications(client, notices)
}

/** Who created a draft, unless it was they themselves, or a program. */
export async function notifyCreator(
  parts: Parts,
  client: Queryable,
  { tenantId, createdBy }: Pick<Draft, 'tenantId' | 'createdBy'>,
  by: string,
  notice: Notice,
): Promise<void> {
  const memberId = memberOf(createdBy)
  if (memberId !== undefined && createdBy !== by) await notifyMembers(parts, client, tenantId, [memberId], notice)
}

/** The id of a member by whom something was done, as `referenceTo` names them. */
function memberOf(reference: string): string | undefined {
  return reference.startsWith('member:') ? reference.slice('member:'.length) : undefined
}
