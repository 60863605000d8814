// The life of templates as a plain model: what each move does, and which are refused with what code.

import type { ProblemCode } from '../../src/kernel/problem.ts'
import { quorumNeeded, type QuorumRule, tally, type Vote } from '../../src/kernel/voting/tally.ts'

export type Outcome = 'done' | ProblemCode

export interface Ask {
  readonly template: ModelTemplate
  readonly content: number
  /** The people who may not vote. */
  readonly requester: string
  readonly hands: ReadonlySet<string>
  readonly votes: Vote[]
  status: 'pending' | 'approved' | 'rejected' | 'withdrawn' | 'void'
}

interface ModelTemplate {
  content: number
  readonly author: string
  editor: string
  isPreApproved: boolean
  /** Whether it knows of a council: the one that approved it, or that was asked last. */
  isAsked: boolean
  isDeleted: boolean
  uses: number
}

export class TemplateModel {
  readonly live = new Map<string, ModelTemplate>()
  readonly asks: Ask[] = []
  seats: readonly string[]
  threshold: QuorumRule
  private readonly deleted = new Map<string, ModelTemplate[]>()

  constructor(seats: readonly string[], threshold: QuorumRule) {
    this.seats = seats
    this.threshold = threshold
  }

  create(name: string, who: string, content: number): Outcome {
    if (this.live.has(name)) return 'conflict'
    const fresh = { isPreApproved: false, isAsked: false, isDeleted: false, uses: 0 }
    this.live.set(name, { content, author: who, editor: who, ...fresh })
    return 'done'
  }

  edit(name: string, who: string, content: number): Outcome {
    const template = this.live.get(name)
    if (template === undefined) return 'not_found'
    if (content !== template.content) template.isPreApproved = false
    Object.assign(template, { content, editor: who })
    return 'done'
  }

  delete(name: string): Outcome {
    const template = this.live.get(name)
    if (template === undefined) return 'not_found'
    Object.assign(template, { isPreApproved: false, isDeleted: true })
    this.live.delete(name)
    this.deleted.set(name, [...(this.deleted.get(name) ?? []), template])
    return 'done'
  }

  restore(name: string): Outcome {
    if (this.live.has(name)) return 'conflict'
    const template = this.deleted.get(name)?.pop()
    if (template === undefined) return 'not_found'
    template.isDeleted = false
    this.live.set(name, template)
    return 'done'
  }

  ask(name: string, who: string): Outcome {
    const template = this.live.get(name)
    if (template === undefined) return 'not_found'
    if (template.isPreApproved) return 'conflict'
    const hands = new Set([who, template.author, template.editor])
    const excluded = this.seats.filter((id) => hands.has(id)).length
    const needed = quorumNeeded(this.threshold, this.seats.length, excluded)
    if (this.seats.length - excluded < needed) return 'unreachable_quorum'
    if (this.asks.some((ask) => ask.template === template && ask.status === 'pending')) return 'conflict'
    template.isAsked = true
    this.asks.push({ template, content: template.content, requester: who, hands, votes: [], status: 'pending' })
    return 'done'
  }

  vote(ask: Ask, who: string, vote: 'approve' | 'reject'): Outcome {
    if (ask.status !== 'pending') return 'conflict'
    if (this.hasChanged(ask)) {
      this.end(ask, 'void')
      return 'conflict'
    }
    if (!this.seats.includes(who)) return 'forbidden'
    if (ask.votes.some(({ memberId }) => memberId === who)) return 'conflict'
    if (ask.hands.has(who)) return 'forbidden'
    ask.votes.push({ memberId: who, vote })
    this.count(ask)
    return 'done'
  }

  withdraw(ask: Ask, who: string, governs: boolean): Outcome {
    if (ask.status !== 'pending') return 'conflict'
    if (ask.requester !== who && !governs) return 'forbidden'
    this.end(ask, 'withdrawn')
    return 'done'
  }

  revoke(name: string, who: string, governs: boolean): Outcome {
    const template = this.live.get(name)
    if (template === undefined) return 'not_found'
    const isSeated = (template.isPreApproved || template.isAsked) && this.seats.includes(who)
    if (!governs && !isSeated) return 'forbidden'
    if (!template.isPreApproved) return 'conflict'
    template.isPreApproved = false
    return 'done'
  }

  run(name: string, isComplete: boolean): Outcome {
    const template = this.live.get(name)
    if (template === undefined) return 'not_found'
    if (!template.isPreApproved) return 'conflict'
    if (!isComplete) return 'invalid_input'
    template.uses++
    return 'done'
  }

  /** What is pending follows the threshold, and is counted anew by the new seats. */
  reseat(seats: readonly string[], threshold: QuorumRule): Outcome {
    if (seats.length < quorumNeeded(threshold, seats.length)) return 'unreachable_quorum'
    Object.assign(this, { seats, threshold })
    for (const ask of this.asks) if (ask.status === 'pending' && !this.hasChanged(ask)) this.count(ask)
    return 'done'
  }

  private hasChanged({ template, content }: Ask): boolean {
    return template.isDeleted || template.content !== content
  }

  private count(ask: Ask): void {
    const excluded = this.seats.filter((id) => ask.hands.has(id)).length
    const votes = ask.votes.filter(({ memberId }) => this.seats.includes(memberId))
    const decision = tally({ rule: this.threshold, seats: this.seats.length, excluded, votes, by: 'council' })
    if (decision === 'open') return
    this.end(ask, decision)
    if (decision === 'approved') ask.template.isPreApproved = true
  }

  private end(ask: Ask, status: Ask['status']): void {
    ask.status = status
    ask.template.isAsked = false
  }
}
