// The votes on an approval counted by hand, from rows and from the order in which the audit has what happened to seats.

import type { Scene } from './subjects.ts'

export interface ApprovalRow {
  readonly id: string
  readonly kind: string
  readonly status: string
  readonly approvers: { readonly role?: string; readonly roles?: readonly string[]; readonly council?: string }
  readonly quorum: number | 'majority' | 'unanimous'
  readonly content_hash: string | null
  readonly edit_hash: string | null
  /** Members who may not vote on it. */
  readonly barred: readonly string[]
}

export interface VoteRow {
  readonly approval_id: string
  readonly member_id: string
  readonly seat: string
  readonly vote: 'approve' | 'reject'
  readonly content_hash: string | null
  readonly channel: string
}

export interface AuditRow {
  readonly seq: number
  readonly action: string
  readonly object_id: string
  readonly after: { readonly members?: readonly string[]; readonly [field: string]: unknown } | null
}

/** As at the beginning of the round. */
export interface Assembly {
  readonly members: readonly {
    readonly id: string
    readonly role: string
    readonly approver_roles: readonly string[]
  }[]
  readonly council: readonly string[]
}

/** Who is asked, once the audit had reached `seq`. */
export function seatsAt(
  assembly: Assembly,
  audit: readonly AuditRow[],
  { approvers }: ApprovalRow,
  seq: number,
): string[] {
  const before = audit.filter((entry) => entry.seq < seq)
  const gone = new Set(before.filter(({ action }) => action === 'member.removed').map(({ object_id: id }) => id))
  const council = before.findLast(({ action }) => action === 'council.updated')?.after?.members ?? assembly.council
  const roles = approvers.roles ?? [approvers.role ?? '']
  const isAsked = ({ id, role, approver_roles: held }: Assembly['members'][number]): boolean =>
    approvers.council === undefined ? roles.some((one) => one === role || held.includes(one)) : council.includes(id)
  return assembly.members.filter((member) => !gone.has(member.id) && isAsked(member)).map(({ id }) => id)
}

interface Count {
  readonly approved: number
  readonly rejected: number
  readonly needed: number
  /** Whether a rejection is enough, or makes the quorum impossible. */
  readonly isRejected: boolean
}

export function countByHand(approval: ApprovalRow, votes: readonly VoteRow[], seats: readonly string[]): Count {
  const { quorum, barred, edit_hash: edited, content_hash: asked } = approval
  const signed = edited ?? asked
  const counted = votes.filter(
    ({ member_id: member, seat, content_hash: hash }) =>
      seats.includes(seat) &&
      !barred.includes(seat) &&
      !barred.includes(member) &&
      (signed === null || hash === signed),
  )
  const of = (vote: string): number => new Set(counted.filter((one) => one.vote === vote).map(({ seat }) => seat)).size
  const able = seats.filter((seat) => !barred.includes(seat)).length
  const majority = Math.floor(seats.length / 2) + 1
  const needed = Math.max(1, quorum === 'majority' ? majority : quorum === 'unanimous' ? able : quorum)
  const [approved, rejected] = [of('approve'), of('reject')]
  const oneIsEnough = approval.approvers.council === undefined && typeof quorum === 'number'
  return { approved, rejected, needed, isRejected: rejected > 0 && (oneIsEnough || able - rejected < needed) }
}

/** Members whose votes break a promise, whatever they counted for. */
export function votesProblems(approval: ApprovalRow, votes: readonly VoteRow[], scene: Scene): string[] {
  const problems: string[] = []
  const nameOf = (id: string) => Object.values(scene.tenant.people).find((one) => one.id === id)?.name ?? id
  const seen = new Set<string>()
  for (const { member_id: member, seat, content_hash: hash } of votes) {
    if (approval.barred.includes(member)) problems.push(`${nameOf(member)} had a hand in it and voted`)
    if (approval.barred.includes(seat)) problems.push(`somebody voted for ${nameOf(seat)}, who had a hand in it`)
    if (member === scene.tenant.agent.id) problems.push('an agent voted')
    for (const key of [`member ${nameOf(member)}`, `seat ${nameOf(seat)}`]) {
      if (seen.has(`${key} ${hash}`)) problems.push(`the ${key} has two votes on the same content`)
      seen.add(`${key} ${hash}`)
    }
  }
  return problems
}
