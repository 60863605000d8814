// What tests of the record need: the shared database, databases of their own, tenants, and a clock that they hold.

import { randomUUIDv7 } from 'node:crypto'
import pg from 'pg'
import { afterAll, inject } from 'vitest'
import { type ClassPolicy, defaultGovernance, type Governance } from '../../src/kernel/policy/governance-policy.ts'
import {
  asTenant,
  connectOwner,
  type Database,
  type DatabaseAddress,
  openDatabase,
  type Queryable,
} from '../../src/record/database.ts'
import { insertMember, type Member } from '../../src/record/members.ts'
import { migrate } from '../../src/record/migrate.ts'
import { lockPolicies, updateGovernance } from '../../src/record/policies.ts'
import { insertTenant } from '../../src/record/tenants.ts'

export const newId = (): string => randomUUIDv7()

export const databaseKey = (): Buffer => Buffer.from(inject('databaseKey'), 'hex')

/** The shared database; call it once at the top of a file. Its connections close after the file's last test. */
export function openTestDatabase(connections = 8): Database {
  const options = { onError: () => {}, engineConnections: connections, apiConnections: connections }
  const database = openDatabase(inject('databaseAddress'), databaseKey(), options)
  afterAll(() => database.close())
  return database
}

/** An empty database beside the shared one, for tests that look at the whole of it. Dropped with the server. */
export async function createEmptyDatabase(): Promise<DatabaseAddress> {
  const shared = inject('databaseAddress')
  const database = `test_${newId().replaceAll('-', '')}`
  await asOwner(shared, (client) => client.query(`create database ${pg.escapeIdentifier(database)}`))
  return { ...shared, database }
}

/** A migrated database of its own, for tests that see what all tenants have: claims, schedules, takeovers. */
export async function openOwnDatabase(connections = 8): Promise<Database> {
  const address = await createEmptyDatabase()
  await migrate(address, databaseKey())
  const options = { onError: () => {}, engineConnections: connections, apiConnections: connections }
  return openDatabase(address, databaseKey(), options)
}

/** Returns when nobody in the server, other tests included, holds back in the feed what has been written so far. */
export async function caughtUp(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ now: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as now')
  const isOver = 'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= $1::bigint as over'
  while ((await db.query<{ over: boolean }>(isOver, [rows[0]?.now])).rows[0]?.over !== true);
}

/** Runs `work` as the database's owner, for what no role of the product may do. */
export async function asOwner<T>(address: DatabaseAddress, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = connectOwner(address)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export interface TestTenant {
  readonly id: string
  readonly slug: string
  readonly name: string
  /** Ana and Ben are finance managers, Cleo is the CFO, Dora may decide nothing. */
  readonly members: Readonly<Record<'ana' | 'ben' | 'cleo' | 'dora', Member>>
}

/** A policy that asks nobody for anything: for tests of other subjects. */
const openGovernance: Governance = {
  ...defaultGovernance,
  classes: { A: asksNothing(), B: asksNothing(), C: asksNothing() },
  separation: [],
}

function asksNothing(): ClassPolicy {
  return { activate: 'none', schedule: 'none', run: 'none', send: 'none' }
}

/** Stores a policy; what is not given asks nobody for anything. */
export async function setGovernance(
  database: Database,
  tenantId: string,
  given: Partial<Governance> = {},
): Promise<void> {
  const now = new Date()
  await asTenant(database, tenantId, async (client) => {
    await lockPolicies(client, tenantId, now)
    await updateGovernance(client, tenantId, { ...openGovernance, ...given }, now)
  })
}

/** A tenant of its own, with four members. Its policy asks for nothing, unless it is `governed` by the default one. */
export async function createTestTenant(
  database: Database,
  { governed = false }: { readonly governed?: boolean } = {},
): Promise<TestTenant> {
  const id = newId()
  const tenant = { id, slug: `t-${id}`, name: 'Acme', createdAt: new Date() }
  await insertTenant(database.engine, tenant)
  if (!governed) await setGovernance(database, id)
  const member = (name: string, role: Member['role'], approverRoles: readonly string[]) =>
    insertMember(database.engine, {
      tenantId: id,
      id: newId(),
      email: `${name.toLowerCase()}@acme.example`,
      name,
      role,
      approverRoles,
      createdAt: new Date(),
    })
  const [ana, ben, cleo, dora] = await Promise.all([
    member('Ana', 'owner', ['finance_manager']),
    member('Ben', 'builder', ['finance_manager']),
    member('Cleo', 'operator', ['cfo']),
    member('Dora', 'operator', []),
  ])
  return { ...tenant, members: { ana, ben, cleo, dora } }
}
