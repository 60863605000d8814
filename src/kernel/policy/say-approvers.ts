// Who is asked, in words.

import type { Approvers } from '../voting/rule-problem.ts'

/** `finance_manager`, `owner or admin`, `council "media"`, `ana@acme.example or ben@acme.example`. */
export function sayApprovers(approvers: Approvers): string {
  if ('role' in approvers) return approvers.role
  if ('roles' in approvers) return approvers.roles.join(' or ')
  return 'council' in approvers ? `council "${approvers.council}"` : approvers.members.join(' or ')
}
