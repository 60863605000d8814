// The times that a policy gives an approval.

import { type AskingRule, expiryMs, type Governance } from '../kernel/policy/governance-policy.ts'
import { parseDuration } from '../kernel/schedule/duration.ts'

export function remindEveryMs({ reminders }: Governance): { readonly remindEveryMs?: number } {
  const every = reminders === null ? undefined : parseDuration(reminders)
  return every === undefined ? {} : { remindEveryMs: every }
}

/** When an approval of the rule that is asked for now expires, and who is asked then. */
export function expiryOf({ on_expiry: onExpiry }: Governance, rule: AskingRule, now: number) {
  const lives = expiryMs(rule)
  return {
    expiresAt: lives === undefined ? null : new Date(now + lives),
    ...(onExpiry !== 'reject' && { escalateTo: onExpiry.escalate_to }),
  }
}
