// A draft as plainly as it can be said, to hold the real one against. It shares no code with it.

export type ModelMove = 'edit' | 'submit' | 'withdraw' | 'reopen' | 'discard' | 'convert' | 'approve' | 'reject'

export interface ModelPerson {
  readonly id: string
  readonly role: string
  /** On the council, which has three seats and decides by majority. */
  readonly isSeated: boolean
}

type Answer = 'done' | 'not_found' | 'forbidden' | 'conflict' | 'unreachable_quorum'

const seats = 3
const majority = 2

export class DraftModel {
  status = 'editing'
  revision = 1
  private readonly creator: ModelPerson
  private readonly hasCouncil: boolean
  private editor: ModelPerson
  private requester: ModelPerson | undefined
  private votes = new Map<string, 'approve' | 'reject'>()

  constructor(creator: ModelPerson, hasCouncil: boolean) {
    this.creator = creator
    this.hasCouncil = hasCouncil
    this.editor = creator
  }

  make(move: ModelMove, who: ModelPerson): Answer {
    if (move === 'approve' || move === 'reject') return this.vote(move, who)
    if (!this.isSeenBy(who)) return 'not_found'
    const refused = this.refusal(move, who)
    if (refused !== undefined) return refused
    return move === 'submit' ? this.submit(who) : this.change(move, who)
  }

  private isSeenBy(who: ModelPerson): boolean {
    const isAsked = this.status === 'pending_review' && who.isSeated
    return isAsked || governs(who) || who.id === this.creator.id
  }

  private refusal(move: Exclude<ModelMove, 'approve' | 'reject'>, who: ModelPerson): Answer | undefined {
    if (who.role === 'viewer') return 'forbidden'
    if (move === 'convert' && who.role === 'agent') return 'forbidden'
    const owner = move === 'withdraw' ? this.requester : this.creator
    if (!governs(who) && who.id !== owner?.id) return 'forbidden'
    return from[move].includes(this.status) ? undefined : 'conflict'
  }

  private submit(who: ModelPerson): Answer {
    const excluded = this.excluded(who)
    if (this.hasCouncil && seats - excluded.length < majority) return 'unreachable_quorum'
    this.requester = who
    this.votes = new Map()
    this.status = this.hasCouncil ? 'pending_review' : 'approved'
    return 'done'
  }

  private change(move: Exclude<ModelMove, 'approve' | 'reject' | 'submit'>, who: ModelPerson): Answer {
    if (move === 'edit' || move === 'reopen') this.revision++
    if (move === 'edit') this.editor = who
    this.status = to[move]
    return 'done'
  }

  private vote(vote: 'approve' | 'reject', who: ModelPerson): Answer {
    if (who.role === 'agent') return 'forbidden'
    if (this.status !== 'pending_review') return 'conflict'
    const excluded = this.excluded(this.requester)
    if (!who.isSeated || excluded.includes(who.id)) return 'forbidden'
    if (this.votes.has(who.id)) return 'conflict'
    this.votes.set(who.id, vote)
    const count = (of: string) => [...this.votes.values()].filter((one) => one === of).length
    if (count('approve') >= majority) this.status = 'approved'
    else if (seats - excluded.length - count('reject') < majority) this.status = 'rejected'
    return 'done'
  }

  /** Those on the council who built it, edited it last or asked for it. */
  private excluded(requester: ModelPerson | undefined): string[] {
    const hands = [this.creator, this.editor, requester].flatMap((one) => (one?.isSeated === true ? [one.id] : []))
    return [...new Set(hands)]
  }
}

const governs = ({ role }: ModelPerson): boolean => role === 'owner' || role === 'admin'

const from = {
  edit: ['editing'],
  submit: ['editing'],
  withdraw: ['pending_review'],
  reopen: ['rejected', 'approved'],
  discard: ['editing', 'rejected', 'approved'],
  convert: ['approved'],
}

const to = { edit: 'editing', withdraw: 'editing', reopen: 'editing', discard: 'discarded', convert: 'converted' }
