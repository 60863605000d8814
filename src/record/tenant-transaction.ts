// One transaction as the API's role, bound to a tenant, that begins with its first statement.

import type { PoolClient } from 'pg'
import type { Database, Queryable } from './database.ts'

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

export function openTenantTransaction(database: Database, tenantId: string): TenantTransaction {
  if (!uuid.test(tenantId)) throw new TypeError('A tenant id is a UUID in lower case')
  return new LazyTransaction(database, tenantId)
}

class LazyTransaction implements TenantTransaction {
  readonly client: Queryable
  private readonly database: Database
  private readonly tenantId: string
  private begun: Promise<PoolClient> | undefined
  private bound: Promise<unknown> | undefined

  constructor(database: Database, tenantId: string) {
    this.database = database
    this.tenantId = tenantId
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
    // The id is checked above, since `set` takes no parameters. Nobody waits for it: the connection keeps the order, and where
    // this failed whatever follows fails as well, because the transaction is broken or there is no connection.
    this.bound = client.query(`begin; set local app.tenant = '${this.tenantId}'; ${bounds}`)
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
  const query = (...given: unknown[]): Promise<unknown> =>
    client().then((connected) => Reflect.apply(connected.query, connected, given))
  return new Proxy(Object.create(null), { get: (_, name) => (name === 'query' ? query : undefined) })
}
