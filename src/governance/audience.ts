// Who is asked: read from what a step stored, and said in words.

import { z } from 'zod'
import type { Problem } from '../kernel/problem.ts'
import type { Approvers } from '../kernel/voting/rule-problem.ts'

export const audienceSchema = z.union([
  z.strictObject({ role: z.string() }),
  z.strictObject({ roles: z.array(z.string()).min(1) }),
  z.strictObject({ council: z.string() }),
  z.strictObject({ members: z.array(z.string()) }),
])

/** `Only finance_manager may decide this: Ana and Ben.` */
export function sayOnly(audience: Approvers, names: readonly string[], deed: string): string {
  const role = 'role' in audience ? audience.role : 'roles' in audience ? audience.roles.join(' or ') : undefined
  const who = role ?? ('council' in audience ? `council "${audience.council}"` : 'those named')
  const nobody = role === undefined ? 'Add a member' : `Give a member the role ${role}`
  return names.length === 0
    ? `Only ${who} may ${deed} this, and nobody is that now. ${nobody}.`
    : `Only ${who} may ${deed} this: ${sayNames(names)}.`
}

/** `Ana`, `Ana and Ben`, `Ana, Ben and Cleo`. */
export function sayNames(names: readonly string[]): string {
  const last = names.at(-1) ?? 'nobody'
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}

export const noCouncil = (name: string): Problem => ({ code: 'not_found', message: `There is no council "${name}".` })
