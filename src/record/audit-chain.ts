// The chain of the audit as it is checked: each entry's hash computed anew here, not by a database that may have been
// tampered with, and each entry held against its neighbours.

import { createHash } from 'node:crypto'

/** An entry as text, exactly as its hash covers it. */
export interface ChainEntry {
  readonly seq: number
  /** UTC, with microseconds. */
  readonly at: string
  readonly actorKind: string
  readonly actorId: string | null
  readonly actorName: string
  readonly channel: string
  readonly address: string | null
  readonly requestId: string | null
  readonly action: string
  readonly objectType: string
  readonly objectId: string
  readonly objectName: string | null
  /** JSON text. */
  readonly before: string | null
  readonly after: string | null
  /** Hexadecimal, like `hash`. */
  readonly previous: string
  readonly hash: string
}

export interface ChainHead {
  readonly seq: number
  readonly hash: string
}

/** A place in the chain; its hash is undefined where there is nothing to tell it by. */
export interface ChainPlace {
  readonly seq: number
  readonly hash: string | undefined
}

/**
 * `changed`: what it holds is not what its hash was made of, or its hash is not what the next entry holds. `missing`: from
 * `seq` to `to`. `reordered`: it belongs at `to`. `inserted`: it has no place.
 */
export type FaultKind = 'changed' | 'missing' | 'reordered' | 'inserted'

export interface Fault {
  readonly kind: FaultKind
  readonly seq: number
  readonly to: number
  /** Time and action of the entry; null when it is missing. */
  readonly at: string | null
  readonly action: string | null
}

/** What stands for the hash before the first entry. */
export const noHash = '0'.repeat(64)

/** SHA-256, in hexadecimal, over the netstrings of all columns in order; `-,` stands for null. */
export function chainHash(tenantId: string, entry: ChainEntry): string {
  const { seq, at, actorKind, actorId, actorName, channel, address, requestId } = entry
  const { action, objectType, objectId, objectName, before, after, previous } = entry
  const who = [actorKind, actorId, actorName, channel, address, requestId]
  const what = [action, objectType, objectId, objectName, before, after]
  const fields = [tenantId, String(seq), at, ...who, ...what, previous]
  const text = fields.map((field) => (field === null ? '-,' : `${Buffer.byteLength(field)}:${field},`)).join('')
  return createHash('sha256').update(text).digest('hex')
}

/** Faults that are told one by one; the others are only counted. */
export const mostFaults = 1000
/** Entries whose place is looked for among all the others that are no longer what they were. */
const mostSuspects = 100
/** Displaced entries that are remembered, so that memory is bounded whatever was done to the chain. */
const mostDisplaced = 10_000

type Seen = Pick<ChainEntry, 'seq' | 'at' | 'action'>

/** Takes the entries of a tenant in order, from the one after `anchor` on, and says in the end what is wrong with them. */
export class ChainCheck {
  /** How many faults there are, told or not. */
  faultCount = 0
  private readonly tenantId: string
  private readonly faults: Fault[] = []
  private readonly suspects: { readonly entry: ChainEntry; readonly fault: Fault }[] = []
  /** Where displaced entries stand, by where they belong. */
  private readonly displaced = new Map<number, number>()
  private last: ChainPlace
  /** The last entry, while nothing is wrong with it. */
  private good: Seen | undefined
  private shift = 1

  constructor(tenantId: string, anchor: ChainPlace) {
    this.tenantId = tenantId
    this.last = anchor
  }

  /** `headSeq` is the number of the last entry there was when this one was read. */
  take(entry: ChainEntry, headSeq: number): void {
    const { seq, hash } = entry
    if (seq <= this.last.seq) return void this.blame('inserted', entry)
    if (seq > this.last.seq + 1) this.miss(this.last.seq + 1, seq - 1)
    const before = seq === this.last.seq + 1 ? this.last.hash : undefined
    const isSound = chainHash(this.tenantId, entry) === hash
    if (isSound && before !== undefined && entry.previous !== before) this.blameLast()
    const neighbour = this.good
    this.good = isSound && seq <= headSeq ? entry : undefined
    if (!isSound) this.suspect(entry, neighbour)
    else if (seq > headSeq) this.blame('inserted', entry)
    this.last = { seq, hash }
  }

  /** `head` is where the chain ends, or the entry after which checking stops. */
  end(head: ChainPlace): readonly Fault[] {
    for (const { entry, fault } of this.suspects) this.findPlace(entry, fault)
    // What was moved away from the end is not missing.
    let { seq: end } = head
    while (end > this.last.seq && this.displaced.has(end)) end--
    if (end > this.last.seq) this.miss(this.last.seq + 1, end)
    else if (head.seq === this.last.seq && head.hash !== undefined && head.hash !== this.last.hash) this.blameLast()
    for (const place of this.displaced.values()) {
      if (!this.displaced.has(place) && place <= head.seq && this.displaced.size < mostDisplaced)
        this.miss(place, place)
    }
    return this.faults.toSorted((a, b) => a.seq - b.seq)
  }

  private blame(kind: FaultKind, { seq, at, action }: Seen, to = seq): Fault {
    return this.add({ kind, seq, to, at, action })
  }

  private miss(seq: number, to: number): void {
    this.add({ kind: 'missing', seq, to, at: null, action: null })
  }

  private add(fault: Fault): Fault {
    this.faultCount++
    if (this.faults.length < mostFaults) this.faults.push(fault)
    return fault
  }

  /** The entry that the next one was appended to was another one than stands here now. */
  private blameLast(): void {
    if (this.good !== undefined) this.blame('changed', this.good)
    this.good = undefined
  }

  /** Not what it was when it got its hash. Perhaps all but its number is: then it was moved. */
  private suspect(entry: ChainEntry, before: Seen | undefined): void {
    const shift = [this.shift, 1, -1].find((each) => this.belongsAt(entry, entry.seq + each))
    if (shift === undefined) {
      const fault = this.blame('changed', entry)
      if (this.suspects.length < mostSuspects) this.suspects.push({ entry, fault })
      return
    }
    this.shift = shift
    const place = entry.seq + shift
    this.displace(this.blame('reordered', entry, place))
    // Who stands in its place was put there.
    if (before?.seq === place) this.blame('inserted', before)
  }

  private findPlace(entry: ChainEntry, fault: Fault): void {
    const found = this.suspects.find((other) => this.belongsAt(entry, other.entry.seq))
    const index = this.faults.indexOf(fault)
    if (found === undefined || index < 0) return
    const moved: Fault = { ...fault, kind: 'reordered', to: found.entry.seq }
    this.faults[index] = moved
    this.displace(moved)
  }

  private displace({ seq, to }: Fault): void {
    if (this.displaced.size < mostDisplaced) this.displaced.set(to, seq)
  }

  private belongsAt(entry: ChainEntry, seq: number): boolean {
    return seq !== entry.seq && chainHash(this.tenantId, { ...entry, seq }) === entry.hash
  }
}
