// The house disables a subscription itself: nothing more is sent, and whoever made it hears why.

import type { Actor } from '../../kernel/access/actor.ts'
import { appendAudit } from '../../record/audit.ts'
import { type Database, inTransaction, type Queryable } from '../../record/database.ts'
import { dropDeliveries } from '../../record/deliveries.ts'
import { findMember } from '../../record/members.ts'
import { insertNotifications } from '../../record/notifications.ts'
import {
  disableSubscription,
  lockSubscription,
  type Subscription,
  type SubscriptionKey,
} from '../../record/subscriptions.ts'

export interface DisablingParts {
  readonly database: Database
  readonly now: () => number
  readonly newId: () => string
}

/** Returns whether it was active until now. */
export async function giveUpSubscription(
  parts: DisablingParts,
  key: SubscriptionKey,
  reason: string,
): Promise<boolean> {
  const at = new Date(parts.now())
  return inTransaction(parts.database.engine, async (client) => {
    const subscription = await lockSubscription(client, key)
    if (subscription === undefined || !(await disableSubscription(client, key, reason, at))) return false
    await dropDeliveries(client, key.tenantId, key.id, at)
    await notifyMaker(parts, client, subscription, reason, at)
    const object = { type: 'subscription', id: key.id, name: subscription.url }
    const change = { before: { status: 'active' }, after: { status: 'disabled', disabled_reason: reason } }
    await appendAudit(client, houseOf(key.tenantId), { action: 'subscription.disabled', object, ...change, at })
    return true
  })
}

async function notifyMaker(
  { newId }: DisablingParts,
  client: Queryable,
  { tenantId, url, createdBy }: Subscription,
  reason: string,
  createdAt: Date,
): Promise<void> {
  const [kind, memberId = ''] = createdBy.split(':')
  if (kind !== 'member' || (await findMember(client, tenantId, memberId)) === undefined) return
  const title = 'A webhook subscription was disabled'
  const message = `${reason} Nothing more is sent to ${url} until somebody activates it again.`
  await insertNotifications(client, [{ tenantId, id: newId(), memberId, executionId: null, title, message, createdAt }])
}

const houseOf = (tenantId: string): Actor => ({
  tenantId,
  kind: 'system',
  id: null,
  name: 'system',
  channel: 'engine',
  address: null,
  requestId: null,
})
