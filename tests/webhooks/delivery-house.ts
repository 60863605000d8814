// What tests of deliveries need: a database of their own, a clock they can move, subscriptions, events and a loop that sends.

import { onTestFinished } from 'vitest'
import { createDeliveries, type DeliveriesParts, type DeliveryLimits } from '../../src/engine/deliveries/deliveries.ts'
import { feedDeliveries } from '../../src/engine/deliveries/feeding.ts'
import { createHttpDoor } from '../../src/engine/doors/http-door.ts'
import { createStarter } from '../../src/engine/triggers/starter.ts'
import { evaluateValue } from '../../src/kernel/expression/evaluate.ts'
import type { Actor } from '../../src/kernel/access/actor.ts'
import { createSubscription, type SubscriptionWish, type WithSecret } from '../../src/governance/subscriptions.ts'
import { asTenant, type Database } from '../../src/record/database.ts'
import { attemptsOf, type Delivery, type DeliveryAttempt, listDeliveries } from '../../src/record/deliveries.ts'
import { KeyRing } from '../../src/record/key-ring.ts'
import { findSubscription, type Subscription } from '../../src/record/subscriptions.ts'
import { databaseKey, newId, type TestTenant } from '../setup/database.ts'
import { createTestTriggers, valueOf } from '../setup/triggers.ts'

export const keys = new KeyRing('', [databaseKey()])

const limits: DeliveryLimits = { most: 50, perSubscription: 4, perTenant: 20, timeoutMs: 5000, leaseMs: 30_000 }

export type DeliveryHouse = ReturnType<typeof createDeliveryHouse>

export function createDeliveryHouse(database: Database) {
  let ahead = 0
  const now = (): number => Date.now() + ahead
  const parts = { now, newId, keys, database }
  const { save } = createTestTriggers(database)
  const starter = createStarter({ ...parts, evaluate: evaluateValue, maxPayload: 1000 })
  return {
    ...parts,
    save,
    /** Everything that is due within this time is due now. */
    moveClock: (ms: number): void => void (ahead += ms),
    /** Sends until the test ends. Local receivers are allowed unless the door says otherwise. */
    run: (given: Partial<DeliveriesParts> = {}, some: Partial<DeliveryLimits> = {}) => {
      const door = createHttpDoor({ allow: ['127.0.0.1'], maxBytes: 1_000_000, timeoutMs: 20_000 })
      const lines: string[] = []
      const deliveries = createDeliveries({
        ...parts,
        ...{ chance: () => 0, http: door.http, pollMs: 20, limits: { ...limits, ...some } },
        log: (_, message, detail) => void lines.push(`${message} ${JSON.stringify(detail)}`),
        ...given,
      })
      deliveries.start()
      onTestFinished(async () => {
        await deliveries.stop(0)
        await door.close()
      })
      return { deliveries, lines }
    },
    subscribe: async (tenant: TestTenant, url: string, wish: Partial<SubscriptionWish> = {}): Promise<WithSecret> =>
      asTenant(database, tenant.id, async (client) => {
        const whole = { url, description: null, eventTypes: ['*'] as const, workflow: null, ...wish }
        return valueOf(await createSubscription(parts, client, ana(tenant), whole))
      }),
    /** Starts a workflow, which makes the event `workflow.started`; returns the execution's id. */
    happen: async (tenant: TestTenant, name = 'pay'): Promise<string> => {
      await save(tenant.id, { name })
      const started = await starter.start({ tenantId: tenant.id, workflow: name, inputs: {}, startedBy: 'test' })
      return valueOf(started).executionId
    },
    /** Ends an execution, which makes the event `workflow.completed`. */
    complete: async (tenant: TestTenant, executionId: string): Promise<void> => {
      await database.engine.query(
        `insert into journal (tenant_id, execution_id, at, seq, type, data) values ($1, $2, $3, 1, 'execution.ended', $4)`,
        [tenant.id, executionId, new Date(now()), JSON.stringify({ status: 'completed' })],
      )
    },
    sent: (subscription: Subscription): Promise<Sent[]> => sentTo(database, subscription),
    find: async ({ tenantId, id }: Subscription): Promise<Subscription> => {
      const found = await findSubscription(database.engine, { tenantId, id })
      if (found === undefined) throw new Error('The subscription is gone')
      return found
    },
  }
}

export type Sent = Delivery & { readonly tried: readonly DeliveryAttempt[] }

/** The deliveries of a subscription, oldest first, with their attempts. */
async function sentTo({ engine }: Database, { tenantId, id }: Subscription): Promise<Sent[]> {
  const { items } = await listDeliveries(engine, tenantId, id, { limit: 1000, offset: 0 }, 1000)
  const attempts = await attemptsOf(
    engine,
    tenantId,
    items.map((item) => item.id),
  )
  return items
    .toReversed()
    .map((item) => ({ ...item, tried: attempts.filter(({ deliveryId }) => deliveryId === item.id) }))
}

/** Puts the place in the feed at the present, as the first start of an installation does. */
export async function beginFeed(database: Database): Promise<void> {
  await feedDeliveries({ database, newId, now: Date.now }, true)
}

/** The owner of a test's tenant. */
export function ana(tenant: TestTenant): Actor {
  const { id, name } = tenant.members.ana
  return { tenantId: tenant.id, kind: 'member', id, name, channel: 'api', address: '127.0.0.1', requestId: 'r1' }
}
