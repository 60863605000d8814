// Reads that go together: of many requests for the same at one moment the database is asked once. Nobody is answered with what was
// read before they asked.

import { grouped } from '../engine/triggers/grouped.ts'
import type { Database, Queryable } from '../record/database.ts'
import { openTenantTransaction } from '../record/tenant-transaction.ts'
import type { CallContext } from './route.ts'

type Caller = Pick<CallContext, 'parts' | 'principal'>

interface Shared {
  /** Under way: what it has read may be older than a request that comes now. */
  readonly current: Promise<unknown>
  /** Begins when `current` has ended; whoever comes until then shares it. */
  next: Promise<unknown> | undefined
}

const shared = new WeakMap<Database, Map<string, Shared>>()

/** Reads in a transaction of the tenant. `key` names what is read: requests of a tenant with the same key share the work. */
export function readShared<T>(
  { parts, principal }: Caller,
  key: string,
  work: (db: Queryable) => Promise<T>,
): Promise<T>
export function readShared(
  { parts: { database }, principal: { tenantId } }: Caller,
  key: string,
  work: (db: Queryable) => Promise<unknown>,
): Promise<unknown> {
  const reads = mapOf(shared, database)
  const name = `${tenantId} ${key}`
  const begin = (): Promise<unknown> => {
    const current = inTenant(database, tenantId, work)
    const entry: Shared = { current, next: undefined }
    reads.set(name, entry)
    const end = () => {
      if (reads.get(name) === entry && entry.next === undefined) reads.delete(name)
    }
    current.then(end, end)
    return current
  }
  const known = reads.get(name)
  if (known === undefined) return begin()
  known.next ??= known.current.then(begin, begin)
  return known.next
}

type Group<Item, Done> = (item: Item) => Promise<Done>

/** Work on many items of one tenant at once; one result for each, in order. */
export type ReadMany<Item, Done> = (db: Queryable, tenantId: string, items: readonly Item[]) => Promise<readonly Done[]>

/** Side by side for a tenant, so that what takes long is not in everybody's way. */
const lanes = 3
/** More in one transaction gain nothing. */
const mostTogether = 25
const mostKept = 5000

/** A read of one item, made of one of many: requests that come while a group is read make the next one. */
export function readTogether<Item, Done>(work: ReadMany<Item, Done>): (caller: Caller, item: Item) => Promise<Done> {
  const groups = new WeakMap<Database, Map<string, Group<Item, Done>>>()
  let turn = 0
  return ({ parts: { database }, principal: { tenantId } }, item) => {
    const ofDatabase = mapOf(groups, database)
    turn = (turn + 1) % lanes
    const name = `${tenantId} ${turn}`
    const known = ofDatabase.get(name)
    if (known !== undefined) return known(item)
    const group = grouped<Item, Done>((items) => inTenant(database, tenantId, (db) => work(db, tenantId, items)), {
      most: mostTogether,
    })
    if (ofDatabase.size >= mostKept) ofDatabase.clear()
    ofDatabase.set(name, group)
    return group(item)
  }
}

function mapOf<T>(maps: WeakMap<Database, Map<string, T>>, database: Database): Map<string, T> {
  const known = maps.get(database)
  if (known !== undefined) return known
  const made = new Map<string, T>()
  maps.set(database, made)
  return made
}

async function inTenant<T>(database: Database, tenantId: string, work: (db: Queryable) => Promise<T>): Promise<T> {
  const transaction = openTenantTransaction(database, tenantId)
  try {
    const done = await work(transaction.client)
    // There is nothing to keep, so nobody waits for it.
    void transaction.rollback()
    return done
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}
