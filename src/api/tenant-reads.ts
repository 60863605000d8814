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

interface Lane<Item, Done> {
  readonly read: (item: Item) => Promise<Done>
  /** Since when a group is read there, by `performance.now()`; undefined while none is. */
  since: number | undefined
}

/** Work on many items of one tenant at once; one result for each, in order. */
export type ReadMany<Item, Done> = (db: Queryable, tenantId: string, items: readonly Item[]) => Promise<readonly Done[]>

/** Side by side for a tenant. All go into the first, since large groups cost less, unless what it reads takes long. */
const mostLanes = 3
const longMs = 15
/** More in one transaction gain nothing. */
const mostTogether = 50
const mostKept = 5000

/** A read of one item, made of one of many: requests that come while a group is read make the next one. */
export function readTogether<Item, Done>(work: ReadMany<Item, Done>): (caller: Caller, item: Item) => Promise<Done> {
  const tenants = new WeakMap<Database, Map<string, readonly Lane<Item, Done>[]>>()
  return ({ parts: { database }, principal: { tenantId } }, item) => {
    const ofDatabase = mapOf(tenants, database)
    let lanes = ofDatabase.get(tenantId)
    if (lanes === undefined) {
      lanes = Array.from({ length: mostLanes }, () => openLane(database, tenantId, work))
      if (ofDatabase.size >= mostKept) ofDatabase.clear()
      ofDatabase.set(tenantId, lanes)
    }
    return freeLane(lanes).read(item)
  }
}

function openLane<Item, Done>(database: Database, tenantId: string, work: ReadMany<Item, Done>): Lane<Item, Done> {
  const read = async (items: readonly Item[]) => {
    lane.since = performance.now()
    try {
      return await inTenant(database, tenantId, (db) => work(db, tenantId, items))
    } finally {
      lane.since = undefined
    }
  }
  const lane: Lane<Item, Done> = { read: grouped(read, { most: mostTogether, gathers: true }), since: undefined }
  return lane
}

/** The first that is not busy for long already, else the one whose group is the youngest. */
function freeLane<Item, Done>(lanes: readonly Lane<Item, Done>[]): Lane<Item, Done> {
  const now = performance.now()
  const age = ({ since = now }: Lane<Item, Done>): number => now - since
  return lanes.find((lane) => age(lane) < longMs) ?? lanes.reduce((best, lane) => (age(lane) < age(best) ? lane : best))
}

function mapOf<T>(maps: WeakMap<Database, Map<string, T>>, database: Database): Map<string, T> {
  const known = maps.get(database)
  if (known !== undefined) return known
  const made = new Map<string, T>()
  maps.set(database, made)
  return made
}

async function inTenant<T>(database: Database, tenantId: string, work: (db: Queryable) => Promise<T>): Promise<T> {
  const transaction = openTenantTransaction(database, tenantId, { plansOnce: true })
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
