// What appending to the audit promises: a gapless chain per tenant that no role of the product can touch.

import { expect, test } from 'vitest'
import { asOwner, createTestTenant, openTestDatabase, type TestTenant } from '../../tests/setup/database.ts'
import { now } from '../../tests/setup/executions.ts'
import { type Actor, operatorOf } from '../kernel/access/actor.ts'
import { appendAudit, type AuditEntry } from './audit.ts'
import { asTenant, inTransaction, roleName, setTenant } from './database.ts'

const database = openTestDatabase(16)

const entry = (id: string, given: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ action: 'secret.created', object: { type: 'secret', id, name: 'CRM' }, after: { n: 1 }, at: now },
  ...given,
})

interface Row {
  readonly seq: string
  readonly linked: boolean
  readonly whole: boolean
}

/** Each entry with whether it names the hash of the one before it, and its own hash is right. */
async function chainOf(tenant: TestTenant): Promise<Row[]> {
  const { rows } = await database.engine.query<Row>(
    `select seq, hash = audit_hash(e) as whole,
        previous = lag(hash, 1, decode(repeat('00', 32), 'hex')) over (order by seq) as linked
      from audit_entries e where tenant_id = $1 order by seq`,
    [tenant.id],
  )
  return rows
}

test('entries are numbered from 1, and each holds the hash of the one before it', async () => {
  const tenant = await createTestTenant(database)
  const actor = operatorOf(tenant.id)
  const append = (entries: AuditEntry | AuditEntry[]) =>
    asTenant(database, tenant.id, (client) => appendAudit(client, actor, entries))
  expect(await append(entry('a'))).toBe(1)
  expect(await append([entry('b'), entry('c', { before: null, after: { text: 'nul \0 and “quotes”' } })])).toBe(3)
  const link = { linked: true, whole: true }
  expect(await chainOf(tenant)).toEqual(['1', '2', '3'].map((seq) => ({ seq, ...link })))
})

test('an entry says who, from where, and what it was before and after', async () => {
  const tenant = await createTestTenant(database)
  const { ana } = tenant.members
  const member: Actor = {
    ...{ tenantId: tenant.id, kind: 'member', id: ana.id, name: ana.name, channel: 'api' },
    ...{ address: '192.0.2.7', requestId: 'r-1' },
  }
  await asTenant(database, tenant.id, (client) => appendAudit(client, member, entry('a', { before: [1] })))
  const { rows } = await database.engine.query('select * from audit_entries where tenant_id = $1', [tenant.id])
  expect(rows).toEqual([
    {
      ...{ tenant_id: tenant.id, seq: '1', at: now, actor_kind: 'member', actor_id: ana.id, actor_name: 'Ana' },
      ...{ channel: 'api', address: '192.0.2.7', request_id: 'r-1', action: 'secret.created', object_type: 'secret' },
      ...{ object_id: 'a', object_name: 'CRM', before: [1], after: { n: 1 } },
      ...{ previous: Buffer.alloc(32), hash: expect.any(Buffer) },
    },
  ])
})

test('sixteen at once make one chain without a gap, and one that rolls back leaves none', async () => {
  const tenant = await createTestTenant(database)
  const append = async (n: number) => {
    const work = asTenant(database, tenant.id, async (client) => {
      await appendAudit(client, operatorOf(tenant.id), entry(String(n)))
      if (n % 4 === 0) throw new Error('changed its mind')
    })
    await work.catch(() => undefined)
  }
  await Promise.all(Array.from({ length: 64 }, (_, n) => append(n)))
  const chain = await chainOf(tenant)
  expect(chain).toEqual(Array.from({ length: 48 }, (_, n) => ({ seq: String(n + 1), linked: true, whole: true })))
})

test('the hash does not depend on the settings of whoever computes it', async () => {
  const tenant = await createTestTenant(database)
  await asTenant(database, tenant.id, (client) => appendAudit(client, operatorOf(tenant.id), entry('a')))
  const chain = await inTransaction(database.engine, async (client) => {
    await client.query(`set local timezone = 'Asia/Kolkata'; set local datestyle = 'SQL, DMY'; set local lc_time = 'C'`)
    await client.query(`set local extra_float_digits = -3; set local bytea_output = 'escape'`)
    const { rows } = await client.query(
      'select hash = audit_hash(e) as whole from audit_entries e where tenant_id = $1',
      [tenant.id],
    )
    return rows
  })
  expect(chain).toEqual([{ whole: true }])
})

test('neither role can write, change or delete entries or heads other than by appending', async () => {
  const tenant = await createTestTenant(database)
  await asTenant(database, tenant.id, (client) => appendAudit(client, operatorOf(tenant.id), entry('a')))
  const denied = [
    `insert into audit_entries select * from audit_entries`,
    `update audit_entries set action = 'x.y'`,
    `delete from audit_entries`,
    `truncate audit_entries`,
    `update audit_heads set seq = 0`,
    `insert into audit_heads select * from audit_heads`,
    `delete from audit_heads`,
  ]
  for (const statement of denied) {
    await expect(asTenant(database, tenant.id, (client) => client.query(statement))).rejects.toThrow(
      'permission denied',
    )
    await expect(database.engine.query(statement)).rejects.toThrow('permission denied')
  }
  expect(await chainOf(tenant)).toHaveLength(1)
})

test("the API's role appends to its tenant's chain only, also inside the engine's transaction", async () => {
  const [mine, other] = await Promise.all([createTestTenant(database), createTestTenant(database)])
  const refused = 'belongs to the tenant of its transaction'
  const foreign = (client: Parameters<typeof appendAudit>[0]) => appendAudit(client, operatorOf(other.id), entry('a'))
  await expect(asTenant(database, mine.id, foreign)).rejects.toThrow(refused)
  await expect(foreign(database.api)).rejects.toThrow(refused)
  const action = inTransaction(database.engine, async (client) => {
    await setTenant(client, mine.id, roleName(database.address.database, 'api'))
    await foreign(client)
  })
  await expect(action).rejects.toThrow(refused)
  expect(await chainOf(other)).toEqual([])
  await foreign(database.engine)
  expect(await chainOf(other)).toHaveLength(1)
  const seen = await asTenant(database, mine.id, (client) => client.query('select from audit_entries, audit_heads'))
  expect(seen.rowCount).toBe(0)
})

test('a temporary table cannot stand in for the chain', async () => {
  const tenant = await createTestTenant(database)
  await asTenant(database, tenant.id, async (client) => {
    await client.query('create temporary table audit_entries (like public.audit_entries) on commit drop').catch(() => {
      throw new Error('the trick did not work')
    })
    await appendAudit(client, operatorOf(tenant.id), entry('a'))
  })
  expect(await asOwner(database.address, async () => chainOf(tenant))).toHaveLength(1)
})
