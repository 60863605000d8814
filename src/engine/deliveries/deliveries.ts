// The deliveries of one process: fed from what happens, claimed from the queue, sent, and noted, for as long as it runs.

import type { JsonObject } from '../../kernel/json.ts'
import { claimDeliveries, type ClaimedDelivery, recordAttempts } from '../../record/delivery-queue.ts'
import { failingSince, noteHealth, type SubscriptionKey } from '../../record/subscriptions.ts'
import { grouped } from '../triggers/grouped.ts'
import { Pulse } from '../worker/pulse.ts'
import { type DisablingParts, giveUpSubscription } from './disabling.ts'
import { type Fed, feedDeliveries, type FeedingParts } from './feeding.ts'
import { patienceMs } from './retries.ts'
import { attemptDelivery, type Attempted, type SendingParts } from './sending.ts'

export interface DeliveryLimits {
  /** Attempts under way at once, of this process. */
  readonly most: number
  readonly perSubscription: number
  readonly perTenant: number
  /** For one attempt. */
  readonly timeoutMs: number
  /** Whoever has not said after so long what came of an attempt is taken for dead; more than an attempt takes. */
  readonly leaseMs: number
}

const usualLimits: DeliveryLimits = {
  most: 128,
  perSubscription: 8,
  perTenant: 32,
  timeoutMs: 10_000,
  leaseMs: 30_000,
}

export interface DeliveriesParts extends FeedingParts, Omit<SendingParts, 'timeoutMs'>, DisablingParts {
  readonly pollMs: number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, detail: JsonObject) => void
  readonly limits?: DeliveryLimits
}

export interface Deliveries {
  start(): void
  /** Looks at once for what has happened and what is due. */
  wake(): void
  /** Begins nothing more and lets what is under way end, for so long; the rest is sent again by whoever comes next. */
  stop(drainMs?: number): Promise<void>
}

export function createDeliveries(parts: DeliveriesParts): Deliveries {
  return new DeliveryLoop(parts)
}

/** While nobody listens, the place in the feed is kept up to date no more often: each time is a write. */
const idleMs = 10_000
const mostRecords = 200

class DeliveryLoop implements Deliveries {
  private readonly parts: DeliveriesParts
  private readonly limits: DeliveryLimits
  private readonly pulse: Pulse
  private readonly underWay = new Set<Promise<void>>()
  private readonly ending = new AbortController()
  private readonly record = grouped((attempts: readonly Attempted[]) => this.recordAll(attempts), { most: mostRecords })
  private isStopped = false
  private isClaiming = false
  private mayClaimMore = false
  /** When it last heard that somebody listens, or moved on because nobody does. */
  private idleSince = 0

  constructor(parts: DeliveriesParts) {
    this.parts = parts
    this.limits = parts.limits ?? usualLimits
    this.pulse = new Pulse((error) => this.complain('Deliveries met trouble; they are tried again.', error))
  }

  start(): void {
    this.pulse.every(this.parts.pollMs, () => this.look())
    this.wake()
  }

  wake(): void {
    this.pulse.after(0, () => this.look())
  }

  async stop(drainMs = this.limits.timeoutMs): Promise<void> {
    this.isStopped = true
    this.pulse.stop()
    const timer = setTimeout(() => this.ending.abort(), drainMs)
    while (this.underWay.size > 0) await Promise.all(this.underWay)
    clearTimeout(timer)
  }

  private async look(): Promise<void> {
    await this.feed()
    await this.send()
  }

  private async feed(): Promise<void> {
    let fed: Fed = 'cut'
    while (fed === 'cut' && !this.isStopped) {
      const now = this.parts.now()
      const keepsUp = now >= this.idleSince + idleMs
      fed = await feedDeliveries(this.parts, keepsUp)
      if (keepsUp || fed !== 'idle') this.idleSince = now
    }
  }

  /** One claim at a time; whoever asks meanwhile is answered by the next. */
  private async send(): Promise<void> {
    this.mayClaimMore = true
    if (this.isClaiming) return
    this.isClaiming = true
    try {
      while (this.mayClaimMore && !this.isStopped && this.underWay.size < this.limits.most) {
        this.mayClaimMore = false
        await this.claim()
      }
    } finally {
      this.isClaiming = false
    }
  }

  private async claim(): Promise<void> {
    const { database, now } = this.parts
    const { most, perSubscription, perTenant, leaseMs } = this.limits
    const at = now()
    const claimed = await claimDeliveries(database.engine, {
      now: new Date(at),
      lease: this.parts.newId(),
      leaseUntil: new Date(at + leaseMs),
      most: most - this.underWay.size,
      perSubscription,
      perTenant,
    })
    for (const delivery of claimed) this.begin(delivery)
  }

  private begin(delivery: ClaimedDelivery): void {
    const work = attemptDelivery({ ...this.parts, timeoutMs: this.limits.timeoutMs }, delivery, this.ending.signal)
      // What was cut short says nothing of the receiver.
      .then((attempted) => (this.ending.signal.aborted ? undefined : this.record(attempted)))
      .catch((error: unknown) => this.complain('An attempt could not be noted; its delivery is sent again.', error))
      .finally(() => {
        this.underWay.delete(work)
        this.pulse.after(0, () => this.send())
      })
    this.underWay.add(work)
  }

  private async recordAll(attempts: readonly Attempted[]): Promise<readonly undefined[]> {
    const { engine } = this.parts.database
    await recordAttempts(engine, attempts)
    await noteHealth(engine, healthOf(attempts))
    for (const { tenantId, subscriptionId: id } of attempts.filter(({ isUnwanted }) => isUnwanted)) {
      await this.giveUp({ tenantId, id }, 'The receiver answered 410: it wants no more events.')
    }
    const failing = healthOf(attempts).filter(({ isWell }) => !isWell)
    const since = new Date(this.parts.now() - patienceMs)
    for (const key of failing.length === 0 ? [] : await failingSince(engine, failing, since)) {
      await this.giveUp(key, 'For five days nothing that was sent has arrived.')
    }
    return attempts.map(() => undefined)
  }

  private async giveUp(key: SubscriptionKey, reason: string): Promise<void> {
    if (!(await giveUpSubscription(this.parts, key, reason))) return
    this.parts.log('warn', 'A subscription was disabled.', { subscription: key.id, reason })
  }

  private complain(message: string, error: unknown): void {
    this.parts.log('warn', message, { error: error instanceof Error ? error.message : String(error) })
  }
}

/** One note for each subscription: it is well when anything arrived. */
function healthOf(attempts: readonly Attempted[]) {
  const bySubscription = Map.groupBy(attempts, ({ tenantId, subscriptionId }) => `${tenantId} ${subscriptionId}`)
  return [...bySubscription.values()].flatMap((some) => {
    const [first] = some
    if (first === undefined) return []
    const { tenantId, subscriptionId: id, at } = first
    return [{ tenantId, id, at, isWell: some.some(({ status }) => status === 'delivered') }]
  })
}
