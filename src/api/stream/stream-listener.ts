// One listener: what it wants, how far it is, and the connection that it is written to.

import { beginning, comparePositions } from '../../record/feed-position.ts'
import { frame, type StreamEvent } from './stream-event.ts'
import { furthest, type StreamPosition, streamId } from './stream-position.ts'
import type { Topics } from './topics.ts'

/** The connection: an HTTP answer that does not end by itself. */
export interface Sink {
  /** Bytes that the other side has not taken yet. */
  readonly writableLength: number
  write(chunk: string | Buffer): unknown
  end(): unknown
  destroy(): unknown
  once(event: 'drain' | 'close', hear: () => void): unknown
  off(event: 'drain' | 'close', hear: () => void): unknown
}

/** One that takes nothing is let go; it comes back and goes on where it was. */
const mostWaitingBytes = 1_000_000
const mostHeld = 5000

export class StreamListener {
  readonly tenantId: string
  /** Member or agent. */
  readonly owner: string
  /** The session or key it came with. */
  readonly credential: string
  readonly topics: Topics
  readonly stillAllowed: () => Promise<boolean>
  isClosed = false
  private readonly sink: Sink
  private position: StreamPosition
  /** What came while it was still reading the record. */
  private held: StreamEvent[] | undefined
  private isAheadOfHub = false

  constructor(
    given: Pick<StreamListener, 'tenantId' | 'owner' | 'credential' | 'topics' | 'stillAllowed'> & {
      readonly sink: Sink
    },
    position: StreamPosition = { feed: beginning, audit: null },
  ) {
    this.tenantId = given.tenantId
    this.owner = given.owner
    this.credential = given.credential
    this.topics = given.topics
    this.stillAllowed = given.stillAllowed
    this.sink = given.sink
    this.position = position
  }

  get place(): StreamPosition {
    return this.position
  }

  /** Whether it has what the hub has told everybody, no more and no less: then all are written the same bytes. */
  get isInStep(): boolean {
    return this.held === undefined && !this.isAheadOfHub
  }

  /** From now on events wait until `release`. */
  hold(): void {
    this.held = []
    this.isAheadOfHub = true
  }

  release(): void {
    const held = this.held ?? []
    this.held = undefined
    this.tell(held)
  }

  /** Has read the record up to here. */
  advance(position: StreamPosition): void {
    this.position = furthest(this.position, position)
  }

  /** What the hub has told is what it has, once the hub has come to where it is. */
  meet(hub: StreamPosition): void {
    if (this.held !== undefined) return
    const isMet =
      !this.isAheadOfHub ||
      (comparePositions(hub.feed, this.position.feed) >= 0 && (hub.audit ?? 0) >= (this.position.audit ?? 0))
    this.isAheadOfHub = !isMet
    if (isMet) this.position = hub
  }

  /** Writes what it wants of what the record told, which it has read up to a position. */
  recall(events: readonly StreamEvent[], upTo: StreamPosition): void {
    this.writeNew(events)
    this.advance(upTo)
  }

  /** Writes what it wants of these and does not have yet; later, while it is still reading the record. */
  tell(events: readonly StreamEvent[]): void {
    if (this.held !== undefined) {
      this.held.push(...events.filter((event) => event.linesFor(this.topics) !== undefined))
      if (this.held.length > mostHeld) this.close()
    } else this.writeNew(events)
  }

  private writeNew(events: readonly StreamEvent[]): void {
    let text = ''
    for (const event of events) {
      if (this.has(event)) continue
      this.position = furthest(this.position, event.position)
      const lines = event.linesFor(this.topics)
      if (lines !== undefined) text += frame(this.position, lines)
    }
    if (text !== '') this.write(text)
  }

  write(chunk: string | Buffer): void {
    if (this.isClosed) return
    if (this.sink.writableLength > mostWaitingBytes) this.close()
    else this.sink.write(chunk)
  }

  /** Keeps the connection open, and the place in mind of a listener whose topics are quiet. */
  beat(): void {
    this.write(`:\nid: ${streamId(this.position)}\n\n`)
  }

  /** Resolves when the other side has taken what was written, or is gone. */
  async drained(): Promise<void> {
    if (this.isClosed || this.sink.writableLength < mostWaitingBytes / 4) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.sink.off('drain', done)
        this.sink.off('close', done)
        resolve()
      }
      this.sink.once('drain', done)
      this.sink.once('close', done)
    })
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    // Whoever has not taken what was written may never do so.
    if (this.sink.writableLength === 0) this.sink.end()
    else this.sink.destroy()
  }

  private has({ source, position }: StreamEvent): boolean {
    if (source === 'feed') return comparePositions(position.feed, this.position.feed) <= 0
    return this.position.audit !== null && (position.audit ?? 0) <= this.position.audit
  }
}
