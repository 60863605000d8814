// What the life of a policy is to be, as plainly as it can be said: no database, one object.

import type { ProblemCode } from '../../src/kernel/problem.ts'

export type Code = ProblemCode | 'ok'
export type Ending = 'applied' | 'rejected' | 'withdrawn' | 'expired' | 'void'

/** A policy by what matters of it; each a number of its own, or a set. */
export interface PlainPolicy {
  /** Votes that activating class C needs; 0 for none. */
  readonly votes: number
  /** The class to which `log` is raised: 0 for none, 1 for B, 2 for C. */
  readonly raise: number
  readonly tests: boolean
  readonly edits: boolean
  readonly hosts: readonly string[]
  readonly hands: readonly string[]
}

interface Waiting {
  readonly by: string
  readonly after: PlainPolicy
  /** Whom the policy of then kept from deciding. */
  readonly excluded: readonly string[]
  isExpired: boolean
}

export class PolicyModel {
  /** Owners and admins who are members now. */
  readonly governors: Set<string>
  policy: PlainPolicy
  waiting: Waiting | undefined
  endings: Record<Ending, number> = { applied: 0, rejected: 0, withdrawn: 0, expired: 0, void: 0 }

  constructor(policy: PlainPolicy, governors: readonly string[]) {
    this.policy = policy
    this.governors = new Set(governors)
  }

  copy(): PolicyModel {
    const copy = new PolicyModel(this.policy, [...this.governors])
    copy.become(this)
    return copy
  }

  become({ policy, waiting, endings }: PolicyModel): void {
    this.policy = policy
    this.waiting = waiting
    this.endings = { ...endings }
  }

  change(by: string, given: Partial<PlainPolicy>): Code {
    const after = { ...this.policy, ...given }
    if (JSON.stringify(after) === JSON.stringify(this.policy)) return 'ok'
    if (after.votes !== this.policy.votes && after.votes > this.governors.size) return 'unreachable_quorum'
    if (!isLowered(this.policy, after)) {
      if (this.waiting !== undefined) this.end('void')
      this.policy = after
      return 'ok'
    }
    if (this.waiting !== undefined) return 'conflict'
    // Whoever asks for it is also its author and its last editor.
    const excluded = this.policy.hands.length > 0 ? [by] : []
    if (![...this.governors].some((id) => !excluded.includes(id))) return 'unreachable_quorum'
    this.waiting = { by, after, excluded, isExpired: false }
    return 'ok'
  }

  vote(by: string, approves: boolean): Code {
    const { waiting } = this
    if (waiting === undefined || waiting.isExpired) return 'conflict'
    if (!this.governors.has(by) || waiting.excluded.includes(by)) return 'forbidden'
    if (approves) this.policy = waiting.after
    this.end(approves ? 'applied' : 'rejected')
    return 'ok'
  }

  withdraw(by: string): Code {
    const { waiting } = this
    if (waiting === undefined || waiting.isExpired) return 'conflict'
    if (waiting.by !== by && !this.governors.has(by)) return 'forbidden'
    this.end('withdrawn')
    return 'ok'
  }

  /** Time is up; nobody has looked yet. */
  pass(): void {
    if (this.waiting !== undefined) this.waiting.isExpired = true
  }

  keep(): void {
    if (this.waiting?.isExpired === true) this.end('expired')
  }

  private end(how: Ending): void {
    this.endings[how]++
    this.waiting = undefined
  }
}

function isLowered(before: PlainPolicy, after: PlainPolicy): boolean {
  return (
    after.votes < before.votes ||
    after.raise < before.raise ||
    (before.tests && !after.tests) ||
    (after.edits && !before.edits) ||
    after.hosts.some((host) => !before.hosts.includes(host)) ||
    before.hands.some((hand) => !after.hands.includes(hand))
  )
}
