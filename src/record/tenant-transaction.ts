// One transaction as the API's role, bound to a tenant, that begins with its first statement.

import type { PoolClient } from 'pg'
import type { Result } from '../kernel/problem.ts'
import type { Database, Queryable } from './database.ts'
import { untilItWins } from './lost-race.ts'

export interface TenantTransaction {
  /** Sees the tenant's rows and no others. */
  readonly client: Queryable
  /** Nothing happens where no statement was run. */
  commit(): Promise<void>
  rollback(): Promise<void>
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A process that stands still in the middle of a transaction must not hold its locks for longer; nor may a statement run on. */
const bounds = `set local idle_in_transaction_session_timeout = 5000; set local statement_timeout = 20000`

/**
 * Of a page that begins anywhere the planner thinks that it begins far down, and so that a plan of its own is worth its while,
 * each time: the pages are cut from an index either way, and to plan takes longer than to read.
 */
const plannedOnce = '; set local plan_cache_mode = force_generic_plan'

/** `plansOnce`: the named statements in it are good whatever their values are, and are planned once for each connection. */
export function openTenantTransaction(
  database: Database,
  tenantId: string,
  { plansOnce = false }: { readonly plansOnce?: boolean } = {},
): TenantTransaction {
  if (!uuid.test(tenantId)) throw new TypeError('A tenant id is a UUID in lower case')
  // `set` takes no parameters, so the id was checked.
  return new LazyTransaction(
    database,
    `begin; set local app.tenant = '${tenantId}'; ${bounds}${plansOnce ? plannedOnce : ''}`,
  )
}

class LazyTransaction implements TenantTransaction {
  readonly client: Queryable
  private readonly database: Database
  private readonly opening: string
  private begun: Promise<PoolClient> | undefined
  private bound: Promise<unknown> | undefined

  constructor(database: Database, opening: string) {
    this.database = database
    this.opening = opening
    this.client = lazyClient(() => (this.begun ??= this.begin()))
  }

  async commit(): Promise<void> {
    await this.end('commit')
  }

  async rollback(): Promise<void> {
    // A connection that was never had, or that broke, has nothing to take back.
    await this.end('rollback').catch(() => undefined)
  }

  private async begin(): Promise<PoolClient> {
    const client = await this.database.api.connect()
    // Nobody waits for it: the connection keeps the order, and where this failed whatever follows fails as well, because the
    // transaction is broken or there is no connection.
    this.bound = client.query(this.opening)
    this.bound.catch(() => undefined)
    return client
  }

  private async end(statement: 'commit' | 'rollback'): Promise<void> {
    const { begun } = this
    if (begun === undefined) return
    this.begun = Promise.reject(new Error('The transaction has ended'))
    this.begun.catch(() => undefined)
    const client = await begun
    try {
      await Promise.all([this.bound, client.query(statement)])
      client.release()
    } catch (error) {
      client.release(true)
      throw error
    }
  }
}

/** `query` has many signatures; each is passed on to the client as it comes. */
function lazyClient(client: () => Promise<PoolClient>): Queryable {
  const query = async (...given: unknown[]): Promise<unknown> => {
    const connected = await client()
    return Reflect.apply<PoolClient, unknown[], unknown>(connected.query.bind(connected), connected, given)
  }
  const lazy: unknown = { query }
  if (!isQueryable(lazy)) throw new TypeError('An object with a query has none')
  return lazy
}

function isQueryable(value: unknown): value is Queryable {
  return typeof value === 'object' && value !== null && 'query' in value
}

/**
 * Works in a transaction of the tenant, which is done again when it loses to another one. What succeeds is kept, and a refusal that
 * says so; of what else is refused, or fails, nothing is left.
 */
export function keepOrUndo<T>(
  database: Database,
  tenantId: string,
  work: (client: Queryable) => Promise<Result<T>>,
): Promise<Result<T>> {
  return untilItWins(async () => {
    const transaction = openTenantTransaction(database, tenantId)
    try {
      const result = await work(transaction.client)
      await (result.ok || result.kept === true ? transaction.commit() : transaction.rollback())
      return result
    } catch (error) {
      await transaction.rollback()
      throw error
    }
  })
}
