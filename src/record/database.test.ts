// What the connections promise: addresses, transactions, and the wall between tenants.
// cspell:ignore attname attrelid cret Frun polname polrelid regnamespace relispartition relkind relname relnamespace relrowsecurity terminat

import { describe, expect, inject, test } from 'vitest'
import { asOwner, createTestTenant, newId, openTestDatabase } from '../../tests/setup/database.ts'
import { newExecution, queue } from '../../tests/setup/executions.ts'
import { asTenant, inTransaction, listen, notifyRunnable, parseDatabaseUrl, type Queryable } from './database.ts'
import { listMembers } from './members.ts'
import { startExecutions } from './executions.ts'

const database = openTestDatabase()

const countIn = async (db: Queryable, table: string): Promise<number> => {
  const { rows } = await db.query<{ count: number }>(`select count(*)::integer as count from ${table}`)
  return rows[0]?.count ?? -1
}

describe('an address', () => {
  test('is read from a URL, with what is encoded in it', () => {
    expect(parseDatabaseUrl('postgres://an%20a:se%2Fcret@db.example:6432/my%20db?sslmode=require')).toEqual({
      host: 'db.example',
      port: 6432,
      user: 'an a',
      password: 'se/cret',
      database: 'my db',
      ssl: true,
    })
  })

  test('may name a socket directory and its port behind the question mark, and leave out the password', () => {
    expect(parseDatabaseUrl('postgresql://ana@/orders?host=%2Frun%2Fpg&port=5439')).toEqual({
      host: '/run/pg',
      port: 5439,
      user: 'ana',
      password: undefined,
      database: 'orders',
      ssl: false,
    })
  })

  test('of IPv6 loses its brackets; the port is 5432 when absent', () => {
    expect(parseDatabaseUrl('postgres://[::1]/orders')).toMatchObject({ host: '::1', port: 5432 })
  })
})

describe('a transaction', () => {
  test('that throws leaves nothing behind, and its connection is used again', async () => {
    const tenant = await createTestTenant(database)
    const [before] = [database.engine.totalCount]
    const doomed = inTransaction(database.engine, async (client) => {
      await startExecutions(client, [newExecution(tenant.id)])
      throw new Error('on purpose')
    })
    await expect(doomed).rejects.toThrow('on purpose')
    expect(database.engine.totalCount).toBe(before)
    const { rows } = await database.engine.query('select from executions where tenant_id = $1', [tenant.id])
    expect(rows).toHaveLength(0)
  })

  test.each(['engine', 'api'] as const)('of the %s whose connection broke is not handed to the next', async (role) => {
    const kill = async (client: Queryable): Promise<unknown> =>
      client.query('select pg_terminate_backend(pg_backend_pid())')
    const doomed = role === 'engine' ? inTransaction(database.engine, kill) : asTenant(database, newId(), kill)
    await expect(doomed).rejects.toThrow(/terminat/)
    await expect(database[role].query('select 1')).resolves.toBeDefined()
  })
})

describe('the API', () => {
  test('sees the rows of the tenant it has named, and no others', async () => {
    const [mine, other] = [await createTestTenant(database), await createTestTenant(database)]
    await queue(database, other.id, 2)
    await asTenant(database, mine.id, async (client) => {
      expect(await countIn(client, 'tenants')).toBe(1)
      expect(await countIn(client, 'members')).toBe(4)
      expect(await countIn(client, 'executions')).toBe(0)
      expect(await listMembers(client, other.id)).toEqual([])
    })
  })

  test('sees nothing when it has named no tenant', async () => {
    await createTestTenant(database)
    expect(await countIn(database.api, 'tenants')).toBe(0)
    expect(await countIn(database.api, 'members')).toBe(0)
    await database.api.query(`select set_config('app.tenant', '', false)`)
    expect(await countIn(database.api, 'members')).toBe(0)
  })

  test('forgets the tenant with the end of the transaction', async () => {
    const { id } = await createTestTenant(database)
    await asTenant(database, id, (client) => client.query('select'))
    const { rows } = await database.api.query<{ tenant: string | null }>(
      `select nullif(current_setting('app.tenant', true), '') as tenant`,
    )
    expect(rows).toEqual([{ tenant: null }])
  })

  test('cannot write a row of another tenant, nor move one there', async () => {
    const [mine, other] = [await createTestTenant(database), await createTestTenant(database)]
    const insert = asTenant(database, mine.id, (client) => startExecutions(client, [newExecution(other.id)]))
    await expect(insert).rejects.toThrow('row-level security')
    const move = asTenant(database, mine.id, (client) => client.query('update members set tenant_id = $1', [other.id]))
    await expect(move).rejects.toThrow('row-level security')
    const gone = await asTenant(database, mine.id, (client) =>
      client.query('delete from members where tenant_id = $1', [other.id]),
    )
    expect(gone.rowCount).toBe(0)
  })

  test('stays behind the wall when a statement resets its role or asks for another', async () => {
    const [mine, other] = [await createTestTenant(database), await createTestTenant(database)]
    await asTenant(database, mine.id, async (client) => {
      await client.query('reset role')
      await client.query('reset session authorization')
      await client.query('set local row_security = off').catch(() => undefined)
      expect(await listMembers(client, other.id).catch(() => [])).toEqual([])
    })
    const engine = `${database.address.database}_engine`
    await expect(asTenant(database, mine.id, (client) => client.query(`set role ${engine}`))).rejects.toThrow(
      'permission denied',
    )
  })

  test('owns nothing, changes no schema, and does not reach the workers', async () => {
    await expect(database.api.query('alter table members disable row level security')).rejects.toThrow('owner')
    await expect(database.api.query('create table mine (id integer)')).rejects.toThrow('permission denied')
    await expect(database.api.query('select from workers')).rejects.toThrow('permission denied')
    await expect(database.api.query('select from journal_default')).rejects.toThrow('permission denied')
    await expect(database.api.query(`insert into tenants values (null)`)).rejects.toThrow('permission denied')
  })

  test.each([`x'; set app.tenant = 'y`, '', 'ABCDEF00-0000-7000-8000-000000000000'])(
    'refuses "%s" as a tenant before it reaches the database',
    async (id) => {
      await expect(asTenant(database, id, (client) => client.query('select'))).rejects.toThrow('UUID in lower case')
    },
  )
})

test('every table with a tenant has row-level security and a policy for each role', async () => {
  const rows = await asOwner(inject('databaseAddress'), async (client) => {
    const found = await client.query<{ name: string; secured: boolean; policies: string[] }>(
      `select c.relname as name, c.relrowsecurity as secured,
          (select array_agg(p.polname::text order by p.polname) from pg_policy p where p.polrelid = c.oid) as policies
        from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')`,
    )
    return found.rows
  })
  expect(rows.length).toBeGreaterThan(10)
  for (const { name, secured, policies } of rows) {
    expect(secured).toBe(true)
    // Sessions are their users', and only sign-in reads them. What else it reads has a policy for that.
    const others = policies.filter((policy) => policy !== 'any_tenant')
    expect(others).toEqual(name === 'session' ? [] : ['all_tenants', 'tenant_only'])
  }
})

test('a listener hears of what is runnable until it is closed, and of its connection breaking', async () => {
  const heard = Promise.withResolvers<string>()
  const stop = await listen(database, ['countersign_runnable'], (channel) => heard.resolve(channel), heard.reject)
  await notifyRunnable(database.engine)
  expect(await heard.promise).toBe('countersign_runnable')
  await stop()

  const broken = Promise.withResolvers<Error>()
  await listen(database, ['countersign_signal'], () => {}, broken.resolve)
  await database.engine.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign listener' and datname = current_database()`,
  )
  expect(await broken.promise).toBeInstanceOf(Error)
})
