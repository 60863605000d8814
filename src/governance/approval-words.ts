// What an approval is, in the words of mails and pages.

import type { Approvers } from '../kernel/voting/rule-problem.ts'

export const impactWords = {
  A: 'A, safe: it stays inside',
  B: 'B, soft: it is logged',
  C: 'C, critical: money, data, or something that leaves the company',
} as const satisfies Record<'A' | 'B' | 'C', string>

/** `2026-11-21 09:30 UTC`. */
export function sayMoment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** `finance_manager`, `owner or admin`, `council "media"`, `ana@acme.example and ben@acme.example`. */
export function sayApprovers(approvers: Approvers): string {
  if ('role' in approvers) return approvers.role
  if ('roles' in approvers) return approvers.roles.join(' or ')
  return 'council' in approvers ? `council "${approvers.council}"` : approvers.members.join(' and ')
}

interface Timed {
  readonly expiresAt: Date | null
  readonly escalateTo: Approvers | null
}

/** Waiting approves nothing, and whoever is asked is told so. */
export function sayWhenTimeIsUp({ expiresAt, escalateTo }: Timed): string {
  if (expiresAt === null) return 'It waits until it is decided.'
  const then = escalateTo === null ? 'it is not approved' : `${sayApprovers(escalateTo)} will be asked instead`
  return `If it is not decided by ${sayMoment(expiresAt)}, ${then}.`
}
