// The hub of a process: reads the feed once for all listeners, and hands it out by tenant and topic.

import { FeedTail } from '../../engine/feed/feed-tail.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { type Problem } from '../../kernel/problem.ts'
import type { Database } from '../../record/database.ts'
import { type FeedEntry, feedHorizon, readFeed } from '../../record/feed.ts'
import { auditHeads, readAuditNews } from '../../record/feed-context.ts'
import { checkAllowed } from './allowed.ts'
import { CatchUp } from './catch-up.ts'
import { auditEvent, executionEvent, type StreamEvent } from './stream-event.ts'
import type { StreamListener } from './stream-listener.ts'
import { type StreamPosition, streamId } from './stream-position.ts'
import { TenantListeners } from './tenant-listeners.ts'
import { hearsAudit } from './topics.ts'
import { WorkflowNames } from './workflow-names.ts'

export interface HubParts {
  readonly database: Database
  readonly report: (level: 'debug' | 'warn' | 'error', message: string, detail: JsonObject) => void
  readonly limits?: Partial<StreamLimits>
}

/** How many streams may be open at once. */
export interface StreamLimits {
  readonly process: number
  readonly tenant: number
  /** Of one member or agent. */
  readonly owner: number
}

const usualLimits: StreamLimits = { process: 10_000, tenant: 5000, owner: 50 }
const beatMs = 15_000
/** A session that has ended, a revoked key, another role: noticed within so long, and what the look takes. */
const checkMs = 3000
const pageSize = 2000
const auditPageSize = 500

export class StreamHub {
  private readonly parts: HubParts
  private readonly limits: StreamLimits
  private readonly tail: FeedTail
  private readonly names: WorkflowNames
  private readonly catchUp: CatchUp
  private readonly tenants = new Map<string, TenantListeners>()
  private readonly owners = new Map<string, number>()
  private readonly timers: NodeJS.Timeout[] = []
  private size = 0
  /** Counts the times it began or ceased to read, so that what was under way then comes to nothing. */
  private round = 0
  private place: string | undefined
  private starting: Promise<string> | undefined
  private isClosed = false

  constructor(parts: HubParts) {
    this.parts = parts
    const { database } = parts
    this.limits = { ...usualLimits, ...parts.limits }
    this.names = new WorkflowNames()
    this.catchUp = new CatchUp(database, this.names)
    this.tail = new FeedTail({
      horizon: () => feedHorizon(database.engine),
      read: (after, toEnd) => readFeed(database.engine, after, { limit: pageSize, toEnd }),
      onPage: (entries, position) => this.handOut(entries, position),
      onTrouble: (error) =>
        parts.report('warn', 'The feed could not be read; it is tried again.', { error: error.message }),
      now: () => performance.now(),
    })
  }

  /** How many streams are open. */
  get listeners(): number {
    return this.size
  }

  /** Something may have been committed: give it to the engine as `onDurable`. */
  readonly wake = (): void => this.tail.wake()

  /** Why there is no place for one more; undefined when there is. */
  refusal(tenantId: string, owner: string): Problem | undefined {
    const { process, tenant, owner: own } = this.limits
    const full = (message: string): Problem => ({
      code: 'rate_limited',
      message,
      hint: 'Close one that is not needed, or follow more topics on one stream.',
    })
    if (this.isClosed) return { code: 'unavailable', message: 'The server is going down. Connect again in a second.' }
    if ((this.owners.get(`${tenantId} ${owner}`) ?? 0) >= own)
      return full(`You have ${own} streams open, which is as many as one may have.`)
    if ((this.tenants.get(tenantId)?.size ?? 0) >= tenant)
      return full(`Your organisation has ${tenant} streams open, which is as many as it may have.`)
    return this.size >= process
      ? full(`The server has ${process} streams open, which is as many as it takes.`)
      : undefined
  }

  /** Adds a listener: from now on, or from where it was. Resolves when it hears of what happens as it happens. */
  async join(listener: StreamListener, from: StreamPosition | undefined): Promise<void> {
    const tenant = this.admit(listener)
    listener.hold()
    const feed = await this.started()
    if (hearsAudit(listener.topics) && tenant.audit === null) {
      const heads = await auditHeads(this.parts.database.engine, [tenant.id])
      tenant.audit ??= heads.get(tenant.id) ?? 0
    }
    const now = { feed: this.place ?? feed, audit: tenant.audit }
    listener.advance(from === undefined ? now : { feed: from.feed, audit: from.audit ?? now.audit })
    listener.write(`retry: 2000\nid: ${streamId(listener.place)}\n\n`)
    if (from !== undefined) await this.catchUp.run(listener)
    listener.release()
    listener.meet({ feed: this.place ?? feed, audit: tenant.audit })
  }

  leave(listener: StreamListener): void {
    listener.close()
    const tenant = this.tenants.get(listener.tenantId)
    if (tenant?.remove(listener) !== true) return
    this.size--
    const key = `${listener.tenantId} ${listener.owner}`
    const left = (this.owners.get(key) ?? 1) - 1
    if (left === 0) this.owners.delete(key)
    else this.owners.set(key, left)
    if (tenant.size === 0) this.tenants.delete(tenant.id)
    if (this.size === 0) this.rest()
  }

  /** Ends all streams; whoever listens comes back to another process. */
  close(): void {
    this.isClosed = true
    for (const listener of this.all()) this.leave(listener)
    this.rest()
  }

  private admit(listener: StreamListener): TenantListeners {
    const { tenantId, owner } = listener
    const tenant = this.tenants.get(tenantId) ?? new TenantListeners(tenantId)
    this.tenants.set(tenantId, tenant)
    tenant.add(listener)
    this.owners.set(`${tenantId} ${owner}`, (this.owners.get(`${tenantId} ${owner}`) ?? 0) + 1)
    this.size++
    return tenant
  }

  private started(): Promise<string> {
    this.starting ??= this.start().catch((error: unknown) => {
      this.rest()
      throw error
    })
    return this.starting
  }

  private async start(): Promise<string> {
    const round = ++this.round
    const horizon = await this.tail.start()
    if (round !== this.round) return horizon
    this.place = horizon
    this.timers.push(
      setInterval(() => this.beat(), beatMs).unref(),
      setInterval(() => void this.check(), checkMs).unref(),
    )
    return horizon
  }

  /** Nobody listens: nothing is read. */
  private rest(): void {
    this.round++
    this.tail.stop()
    this.starting = undefined
    this.place = undefined
    for (const timer of this.timers.splice(0)) clearInterval(timer)
  }

  private async handOut(entries: readonly FeedEntry[], position: string): Promise<void> {
    const { round } = this
    const heard = entries.filter((entry) => this.tenants.get(entry.tenantId)?.wants(entry.executionId))
    const names = await this.names.of(this.parts.database.engine, heard)
    const audits = new Map(
      this.tenants.values().flatMap(({ id, audit }) => (audit === null ? [] : [[id, audit] as const])),
    )
    const news = audits.size === 0 ? [] : await readAuditNews(this.parts.database.engine, audits, auditPageSize)
    if (round !== this.round) return
    // From here on nothing waits, so nobody joins or leaves in between.
    const byTenant = new Map<string, StreamEvent[]>()
    const put = (event: StreamEvent | undefined): void => {
      if (event === undefined) return
      const list = byTenant.get(event.tenantId)
      if (list === undefined) byTenant.set(event.tenantId, [event])
      else list.push(event)
    }
    for (const entry of heard) {
      put(executionEvent(entry, names.get(entry.executionId), this.tenants.get(entry.tenantId)?.audit ?? null))
    }
    for (const entry of news) put(auditEvent(entry, position))
    for (const entry of news) {
      const tenant = this.tenants.get(entry.tenantId)
      if (tenant !== undefined) tenant.audit = Math.max(tenant.audit ?? 0, entry.seq)
    }
    this.place = position
    for (const tenant of this.tenants.values())
      tenant.tell(byTenant.get(tenant.id) ?? [], { feed: position, audit: tenant.audit })
    for (const listener of this.all()) if (listener.isClosed) this.leave(listener)
  }

  private beat(): void {
    const { place } = this
    if (place === undefined) return
    for (const tenant of this.tenants.values()) tenant.beat({ feed: place, audit: tenant.audit })
  }

  private async check(): Promise<void> {
    for (const listener of await checkAllowed(this.all())) this.leave(listener)
  }

  private all(): StreamListener[] {
    return [...this.tenants.values()].flatMap((tenant) => [...tenant])
  }
}
