// The listeners of one tenant, by what they want: each event is put into bytes once for all who want the same.

import { frame, type StreamEvent } from './stream-event.ts'
import type { StreamListener } from './stream-listener.ts'
import { type StreamPosition, streamId } from './stream-position.ts'
import { type Topics, topicsKey } from './topics.ts'

interface Group {
  readonly topics: Topics
  readonly listeners: Set<StreamListener>
}

export class TenantListeners {
  readonly id: string
  /** How far the tenant's audit was told; null while nobody wants it. */
  audit: number | null = null
  private readonly groups = new Map<string, Group>()
  /** Groups by the executions that they follow, and those that want more than single executions. */
  private readonly byExecution = new Map<string, Set<Group>>()
  private readonly broad = new Set<Group>()

  constructor(id: string) {
    this.id = id
  }

  get size(): number {
    return this.groups.values().reduce((sum, { listeners }) => sum + listeners.size, 0)
  }

  *[Symbol.iterator](): Generator<StreamListener> {
    for (const { listeners } of this.groups.values()) yield* listeners
  }

  add(listener: StreamListener): void {
    const key = topicsKey(listener.topics)
    const group = this.groups.get(key) ?? this.open(key, listener.topics)
    group.listeners.add(listener)
  }

  /** False when it was not there. */
  remove(listener: StreamListener): boolean {
    const key = topicsKey(listener.topics)
    const group = this.groups.get(key)
    if (group === undefined || !group.listeners.delete(listener)) return false
    if (group.listeners.size === 0) this.drop(key, group)
    return true
  }

  private drop(key: string, group: Group): void {
    this.groups.delete(key)
    this.broad.delete(group)
    for (const id of group.topics.executions) {
      const followers = this.byExecution.get(id)
      followers?.delete(group)
      if (followers?.size === 0) this.byExecution.delete(id)
    }
  }

  /** Whether anybody may want what happens to an execution. */
  wants(executionId: string): boolean {
    return this.broad.size > 0 || this.byExecution.has(executionId)
  }

  /** Tells everybody, who then stands where the hub stands. */
  tell(events: readonly StreamEvent[], hub: StreamPosition): void {
    const wanted = new Map<Group, StreamEvent[]>()
    for (const event of events) {
      for (const group of this.candidates(event)) {
        if (event.linesFor(group.topics) === undefined) continue
        const list = wanted.get(group)
        if (list === undefined) wanted.set(group, [event])
        else list.push(event)
      }
    }
    for (const [group, list] of wanted) tellGroup(group, list)
    for (const listener of this) listener.meet(hub)
  }

  beat(hub: StreamPosition): void {
    const bytes = Buffer.from(`:\nid: ${streamId(hub)}\n\n`)
    for (const listener of this) {
      if (listener.isInStep) listener.write(bytes)
      else listener.beat()
    }
  }

  private open(key: string, topics: Topics): Group {
    const group = { topics, listeners: new Set<StreamListener>() }
    this.groups.set(key, group)
    if (topics.names.size > 0) this.broad.add(group)
    for (const id of topics.executions) {
      const followers = this.byExecution.get(id)
      if (followers === undefined) this.byExecution.set(id, new Set([group]))
      else followers.add(group)
    }
    return group
  }

  private candidates({ executionId }: StreamEvent): Iterable<Group> {
    const followers = executionId === undefined ? undefined : this.byExecution.get(executionId)
    return followers === undefined ? this.broad : this.broad.union(followers)
  }
}

function tellGroup({ topics, listeners }: Group, events: readonly StreamEvent[]): void {
  let bytes: Buffer | undefined
  for (const listener of listeners) {
    if (!listener.isInStep) listener.tell(events)
    else
      listener.write(
        (bytes ??= Buffer.from(events.map((event) => frame(event.position, event.linesFor(topics) ?? '')).join(''))),
      )
  }
}
