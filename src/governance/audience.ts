// Who is asked: read from what a step stored, and said in words.

import { z } from 'zod'
import type { Approvers } from '../kernel/voting/rule-problem.ts'

export const audienceSchema = z.union([
  z.strictObject({ role: z.string() }),
  z.strictObject({ council: z.string() }),
  z.strictObject({ members: z.array(z.string()) }),
])

/** `Only finance_manager may decide this: Ana and Ben.` */
export function sayOnly(audience: Approvers, names: readonly string[], deed: string): string {
  const who =
    'role' in audience ? audience.role : 'council' in audience ? `council "${audience.council}"` : 'those named'
  const nobody = 'role' in audience ? `Give a member the role ${audience.role}` : 'Add a member'
  return names.length === 0
    ? `Only ${who} may ${deed} this, and nobody is that now. ${nobody}.`
    : `Only ${who} may ${deed} this: ${sayNames(names)}.`
}

/** `Ana`, `Ana and Ben`, `Ana, Ben and Cleo`. */
export function sayNames(names: readonly string[]): string {
  const last = names.at(-1) ?? 'nobody'
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
