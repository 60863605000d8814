// Whether a voting rule can be met at all, told when it is saved and again when somebody leaves.

import type { Problem } from '../problem.ts'
import { quorumNeeded, type QuorumRule, type Seats } from './tally.ts'

/** Who is asked: a role, any of several roles, a council, or members by e-mail address. */
export type Approvers =
  | { readonly role: string }
  | { readonly roles: readonly string[] }
  | { readonly council: string }
  | { readonly members: readonly string[] }

const remedy = 'Add a member or change the rule.'

/**
 * Says why nobody can meet the rule; undefined when they can. `seats` counts the members of `approvers`, `excluded`
 * those of them who may not vote because of separation of duties.
 */
export function ruleProblem(
  asked: Seats & { readonly rule: QuorumRule; readonly approvers: Approvers },
): Problem | undefined {
  const { rule, seats, excluded = 0, approvers } = asked
  if (typeof rule === 'number' && (!Number.isInteger(rule) || rule < 1)) {
    return unreachable(
      `A quorum is a whole number of votes, 1 or more; it is ${rule}. Write a number, majority or unanimous.`,
    )
  }
  const needed = quorumNeeded(rule, seats, excluded)
  if (seats - excluded >= needed) return undefined
  const who = excluded < seats ? `${excluded} of them` : seats > 1 ? 'all of them' : 'they'
  const facts = membersOf(approvers, seats) + (excluded > 0 ? `, and ${who} made or asked for it` : '')
  return unreachable(`Nobody can reach ${needed} ${needed === 1 ? 'vote' : 'votes'}: ${facts}. ${remedy}`)
}

function unreachable(message: string): Problem {
  return { code: 'unreachable_quorum', message }
}

function membersOf(approvers: Approvers, seats: number): string {
  const count = `${seats === 0 ? 'no' : seats} ${seats > 1 ? 'members' : 'member'}`
  const verb = seats > 1 ? 'are' : 'is'
  if ('role' in approvers) return `${count} ${verb} ${approvers.role}`
  if ('roles' in approvers) return `${count} ${verb} ${approvers.roles.join(' or ')}`
  if ('council' in approvers) return `${count} ${verb} on council "${approvers.council}"`
  return `${count} ${verb} named`
}
