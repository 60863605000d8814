// What an approval's life is to be, as plainly as it can be said: no database, one object.

import type { ProblemCode } from '../../src/kernel/problem.ts'

export type Code = ProblemCode | 'ok'
export type Status = 'pending' | 'approved' | 'rejected' | 'expired' | 'withdrawn' | 'void'
export type Asked =
  | { readonly role: 'judge' }
  | { readonly council: 'bench' }
  | { readonly roles: readonly ['judge', 'admin'] }
export type Quorum = number | 'majority' | 'unanimous'

export interface Person {
  present: boolean
  judge: boolean
  readonly admin: boolean
}

export interface Setting {
  readonly asks: Asked
  readonly quorum: Quorum
  /** Who may not vote: the requester, the author. */
  readonly excluded: readonly string[]
  readonly requester: string
  readonly mayEdit: boolean
  readonly escalates: boolean
  readonly expiresAt: number
}

interface Ballot {
  readonly voter: string
  readonly seat: string
  readonly approve: boolean
  readonly content: string
}

const judgesAndAdmins: Asked = { roles: ['judge', 'admin'] }

export class ApprovalModel {
  readonly people: Map<string, Person>
  readonly absences: { readonly who: string; readonly delegate: string; readonly from: number; readonly to: number }[] =
    []
  bench: readonly string[] = []
  threshold: Quorum = 'majority'
  now: number

  status: Status = 'pending'
  asks: Asked = { role: 'judge' }
  quorum: Quorum = 1
  excluded: readonly string[] = []
  requester = ''
  mayEdit = false
  escalates = false
  begunAt = 0
  expiresAt = 0
  content = 'original'
  isStale = false
  unreachable = false
  votes: Ballot[] = []
  handed = new Map<string, string>()

  constructor(people: Map<string, Person>, now: number) {
    this.people = people
    this.now = now
  }

  begin(setting: Setting): void {
    Object.assign(this, { ...setting, status: 'pending', content: 'original', isStale: false, unreachable: false })
    this.begunAt = this.now
    this.votes = []
    this.handed = new Map()
  }

  seats(asks = this.asks): string[] {
    const present = [...this.people].filter(([, { present: isHere }]) => isHere)
    const passes = ([id, { judge, admin }]: [string, Person]): boolean => {
      if ('council' in asks) return this.bench.includes(id)
      return judge || ('roles' in asks && admin)
    }
    return present.filter(passes).map(([id]) => id)
  }

  canBeMet(): boolean {
    return canDecide(this.quorum, this.seats().length, this.barredSeats())
  }

  isOpen(): boolean {
    return this.status === 'pending' && this.now < this.expiresAt
  }

  vote(voter: string, of: { approve: boolean; seat?: string; edit?: string; as?: string; agent?: boolean }): Code {
    if (of.agent === true || (of.as !== undefined && of.as !== voter)) return 'forbidden'
    if (!this.isOpen()) return 'conflict'
    if (of.seat !== undefined && this.people.get(of.seat)?.present !== true) return 'not_found'
    if (this.isStale) {
      this.status = 'void'
      return 'conflict'
    }
    if (of.edit !== undefined && !of.approve) return 'invalid_input'
    if (of.edit !== undefined && !this.mayEdit) return 'forbidden'
    const content = of.edit ?? this.content
    const taken = this.take(voter, of.seat, content)
    if (taken.code !== 'ok') return taken.code
    this.content = content
    this.votes.push({ voter, seat: taken.seat, approve: of.approve, content })
    this.count()
    return 'ok'
  }

  delegate(who: string, to: string): Code {
    if (!this.isOpen()) return 'conflict'
    if (this.people.get(to)?.present !== true) return 'not_found'
    if (!this.ownerDecides(who)) return 'conflict'
    const own = this.take(who, who, this.content)
    if (own.code !== 'ok') return own.code
    const isTaken = [...this.handed].some(([, one]) => one === to && this.isHere(one))
    const hasVoted = this.current().some(({ voter }) => voter === to)
    if (to === who || this.excluded.includes(to) || this.seats().includes(to) || isTaken || hasVoted)
      return 'invalid_input'
    this.handed.set(who, to)
    return 'ok'
  }

  takeBack(who: string): Code {
    if (!this.isOpen()) return 'conflict'
    const to = this.handed.get(who)
    if (to === undefined || !this.isHere(to)) return 'conflict'
    if (this.current().some(({ voter, seat }) => voter !== who && seat === who)) return 'conflict'
    this.handed.delete(who)
    return 'ok'
  }

  comment(): Code {
    return this.status === 'pending' ? 'ok' : 'conflict'
  }

  withdraw(who: string): Code {
    if (!this.isOpen()) return 'conflict'
    if (!this.manages(who)) return 'forbidden'
    this.status = 'withdrawn'
    return 'ok'
  }

  extend(who: string, until: number): Code {
    if (!this.isOpen()) return 'conflict'
    if (!this.manages(who)) return 'forbidden'
    if (until <= this.expiresAt || until > this.now + 90 * 86_400_000) return 'invalid_input'
    this.expiresAt = until
    return 'ok'
  }

  absent(who: string, by: string, of: { delegate: string; from: number; to: number }): Code {
    if (of.to <= of.from || of.to <= this.now) return 'invalid_input'
    if (this.people.get(who)?.present !== true) return 'not_found'
    if (of.delegate === who) return 'invalid_input'
    if (this.people.get(of.delegate)?.present !== true) return 'not_found'
    // Who is no member is not there for anybody, whatever they may.
    if (who !== by && this.people.get(by)?.admin !== true) return 'forbidden'
    this.absences.push({ who, ...of })
    return 'ok'
  }

  remove(who: string): Code {
    const person = this.people.get(who)
    if (person?.present !== true) return 'not_found'
    if (this.bench.includes(who) && !canDecide(this.threshold, this.bench.length - 1)) return 'conflict'
    person.present = false
    this.bench = this.bench.filter((id) => id !== who)
    this.recount()
    return 'ok'
  }

  setJudge(who: string, judge: boolean): Code {
    const person = this.people.get(who)
    if (person?.present !== true) return 'not_found'
    person.judge = judge
    this.recount()
    return 'ok'
  }

  setBench(members: readonly string[], threshold: Quorum): Code {
    if (members.some((id) => this.people.get(id)?.present !== true)) return 'not_found'
    if (!canDecide(threshold, members.length)) return 'unreachable_quorum'
    if ('council' in this.asks && this.status === 'pending' && this.quorum === this.threshold) this.quorum = threshold
    this.bench = members
    this.threshold = threshold
    this.recount('council' in this.asks)
    return 'ok'
  }

  expire(): Code {
    if (this.status !== 'pending' || this.now < this.expiresAt) return 'conflict'
    this.status = 'expired'
    return 'ok'
  }

  /** Somebody who left has no part in it. */
  private isHere(delegate: string): boolean {
    return this.people.get(delegate)?.present === true
  }

  private manages(who: string): boolean {
    return who === this.requester || (this.people.get(who)?.admin === true && this.people.get(who)?.present === true)
  }

  /** Whom a seat was left to: handed over, or its owner is away. */
  private delegateOf(seat: string): string | undefined {
    const handed = this.handed.get(seat)
    if (handed !== undefined && this.isHere(handed)) return handed
    const away = this.absences.filter(
      ({ who, delegate, from, to }) => who === seat && from <= this.now && this.now < to && this.isHere(delegate),
    )
    return away.at(-1)?.delegate
  }

  private ownerDecides(seat: string): boolean {
    const handed = this.handed.get(seat)
    return handed === undefined || !this.isHere(handed)
  }

  private current(content = this.content): Ballot[] {
    return this.votes.filter((one) => one.content === content)
  }

  private take(voter: string, wanted: string | undefined, content: string): { code: Code; seat: string } {
    const asked = this.seats()
    const mine = asked.includes(voter) && this.ownerDecides(voter) ? [voter] : []
    const left = asked.filter((seat) => seat !== voter && this.delegateOf(seat) === voter)
    const all = [...mine, ...left]
    const refuse = (code: Code) => ({ code, seat: '' })
    if (wanted === undefined && all.length === 0) return refuse(asked.includes(voter) ? 'conflict' : 'forbidden')
    const cast = this.current(content)
    if (cast.some((one) => one.voter === voter)) return refuse('conflict')
    const choices = wanted === undefined ? all : all.filter((seat) => seat === wanted)
    if (choices.length === 0) return refuse('forbidden')
    const isBarred = (seat: string): boolean => this.excluded.includes(seat) || this.excluded.includes(voter)
    const free = choices.find((seat) => !isBarred(seat) && !cast.some((one) => one.seat === seat))
    if (free !== undefined) return { code: 'ok', seat: free }
    return refuse(isBarred(choices[0] ?? '') ? 'forbidden' : 'conflict')
  }

  private recount(isConcerned = true): void {
    if (!isConcerned || !this.isOpen()) return
    if (!this.isStale) this.count()
    if (this.status !== 'pending') return
    if (!this.canBeMet() && this.escalates) {
      this.asks = judgesAndAdmins
      this.escalates = false
      this.expiresAt = this.now + this.expiresAt - this.begunAt
    }
    this.unreachable = !this.canBeMet()
  }

  private barredSeats(): number {
    return this.seats().filter((seat) => this.excluded.includes(seat)).length
  }

  private count(): void {
    const seats = this.seats()
    const barred = this.barredSeats()
    const needed = neededOf(this.quorum, seats.length, barred)
    let [yes, no] = [0, 0]
    for (const { voter, seat, approve } of this.current()) {
      if (!seats.includes(seat) || this.excluded.includes(seat) || this.excluded.includes(voter)) continue
      if (approve) yes += 1
      else no += 1
      if (yes >= needed) this.status = 'approved'
      else if (no > 0 && typeof this.quorum === 'number' && !('council' in this.asks)) this.status = 'rejected'
      else if (no > 0 && seats.length - barred - no < needed) this.status = 'rejected'
      if (this.status !== 'pending') return
    }
  }
}

function neededOf(quorum: Quorum, seats: number, barred: number): number {
  if (quorum === 'majority') return Math.floor(seats / 2) + 1
  return Math.max(1, quorum === 'unanimous' ? seats - barred : quorum)
}

function canDecide(quorum: Quorum, seats: number, barred = 0): boolean {
  return seats - barred >= neededOf(quorum, seats, barred)
}
