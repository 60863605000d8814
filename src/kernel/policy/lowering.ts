// Whether a change of a policy lowers anything: what does is never done silently.

import type { Approvers } from '../voting/rule-problem.ts'
import { type ClassPolicy, type Governance, impacts, needs, type PolicyRule } from './governance-policy.ts'

type PolicyApprovers = Exclude<PolicyRule, 'none'>['approvers'] | Approvers

/**
 * What the change lowers, a phrase each; empty when it lowers nothing. What cannot be told from the rules alone counts as
 * lowering: other approvers, another way of counting, fewer seats where a share of them decides.
 */
export function loweredBy(before: Governance, after: Governance): string[] {
  const classes = impacts.flatMap((impact) => loweredInClass(impact, before.classes[impact], after.classes[impact]))
  const raises = Object.entries(before.raised).flatMap(([action, impact]) => {
    const now = after.raised[action]
    if (now !== undefined && now >= impact) return []
    return [`${action} is no longer raised to class ${impact}`]
  })
  const hosts = after.internal_hosts.filter((host) => !before.internal_hosts.includes(host))
  const hands = before.separation.filter((hand) => !after.separation.includes(hand))
  return [
    ...classes,
    ...raises,
    ...hosts.map((host) => `${host} counts as internal`),
    ...hands.map((hand) => `the ${hand.replace('_', ' ')} may decide`),
    ...(after.edit_and_approve && !before.edit_and_approve ? ['approvers may change what they approve'] : []),
    ...(isExpiryLowered(before.on_expiry, after.on_expiry) ? ['others are asked when time is up'] : []),
  ]
}

function loweredInClass(impact: string, before: ClassPolicy, after: ClassPolicy): string[] {
  const rules = needs
    .filter((need) => isRuleLowered(before[need], after[need]))
    .map((need) => `class ${impact} needs less to ${deeds[need]}`)
  const untested = before.tests_required === true && after.tests_required !== true
  return untested ? [...rules, `class ${impact} needs no tests`] : rules
}

const deeds = {
  activate: 'be activated',
  schedule: 'be scheduled',
  run: 'run',
  send: 'send e-mails',
} as const satisfies Record<(typeof needs)[number], string>

function isRuleLowered(before: PolicyRule, after: PolicyRule): boolean {
  if (before === 'none') return false
  if (after === 'none') return true
  if (before.quorum === after.quorum && sameApprovers(before.approvers, after.approvers)) return false
  // A share of fewer seats may be fewer votes, so that only numbers can be compared.
  if (typeof before.quorum !== 'number' || typeof after.quorum !== 'number') return true
  return after.quorum < before.quorum || !isWithin(after.approvers, before.approvers)
}

function isExpiryLowered(before: Governance['on_expiry'], after: Governance['on_expiry']): boolean {
  if (after === 'reject') return false
  return before === 'reject' || !isWithin(after.escalate_to, before.escalate_to)
}

const sameApprovers = (one: PolicyApprovers, other: PolicyApprovers): boolean =>
  isWithin(one, other) && isWithin(other, one)

/** Whether everybody whom `inner` means is meant by `outer` too, whoever the members are. */
function isWithin(inner: PolicyApprovers, outer: PolicyApprovers): boolean {
  const [one, other] = [namesOf(inner), namesOf(outer)]
  return one.kind === other.kind && one.names.every((name) => other.names.includes(name))
}

function namesOf(approvers: PolicyApprovers): { readonly kind: string; readonly names: readonly string[] } {
  if ('role' in approvers) return { kind: 'role', names: [approvers.role] }
  if ('roles' in approvers) return { kind: 'role', names: approvers.roles }
  if ('council' in approvers) return { kind: 'council', names: [approvers.council] }
  return { kind: 'members', names: approvers.members.map((email) => email.toLowerCase()) }
}
