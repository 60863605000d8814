// What the secrets' routes promise: names and versions, never a value, and no overwriting what somebody else has set.

import { beforeEach, describe, expect, test } from 'vitest'
import { memberPrincipal, openTestApi } from '../../../tests/api/api.test-kit.ts'
import { testKeys } from '../../../tests/secrets/house.ts'
import { createTestTenant, type TestTenant } from '../../../tests/setup/database.ts'
import { createTestTriggers } from '../../../tests/setup/triggers.ts'
import type { Principal } from '../principal.ts'
import { secretsRoutes } from './secrets.ts'

const api = await openTestApi(secretsRoutes, { keys: testKeys() })
const value = 'sk_live_0123456789abcdef'
let acme: TestTenant
let ana: Principal
beforeEach(async () => {
  acme = await createTestTenant(api.database)
  ana = memberPrincipal(acme)
})

const create = (payload: object, headers = {}) => api.send(ana, { method: 'POST', url: '/secrets', payload, headers })
const put = (payload: object, headers = {}) => api.send(ana, { method: 'PUT', url: '/secrets/KEY', payload, headers })

async function uses(name: string, status: 'active' | 'inactive' = 'active'): Promise<void> {
  const steps = [{ id: 'a', action: 'log', config: { message: 'x {{ secrets.KEY }}' } }]
  await createTestTriggers(api.database).save(acme.id, { name, steps })
  if (status === 'active') return
  await api.database.engine.query(`update workflows set status = 'inactive' where tenant_id = $1 and name = $2`, [
    acme.id,
    name,
  ])
}

async function audited(): Promise<unknown[]> {
  const { rows } = await api.database.engine.query(
    `select action, object_id, actor_id, before, after from audit_entries where tenant_id = $1 and object_type = 'secret' order by seq`,
    [acme.id],
  )
  return rows
}

describe('creating one', () => {
  test('answers without the value and is written into the audit without it', async () => {
    const answer = await create({ name: 'KEY', value, description: 'Payments' })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({
      ...{ name: 'KEY', version: 1, description: 'Payments', used_by: [], last_used_at: null },
      created_by: `member:${acme.members.ana.id}`,
    })
    expect(answer.body).not.toContain(value)
    expect(await audited()).toEqual([
      {
        ...{ action: 'secret.created', object_id: 'KEY', actor_id: acme.members.ana.id },
        ...{ before: null, after: { version: 1, description: 'Payments' } },
      },
    ])
  })

  test('happens once with one Idempotency-Key, and not at all where there is one', async () => {
    const headers = { 'idempotency-key': 'one' }
    const [first, second] = [
      await create({ name: 'KEY', value }, headers),
      await create({ name: 'KEY', value }, headers),
    ]
    expect([first.statusCode, second.statusCode]).toEqual([201, 201])
    expect(second.body).toBe(first.body)
    expect((await create({ name: 'KEY', value })).json()).toMatchObject({ code: 'conflict' })
  })

  test.each<[object, string]>([
    [{ name: 'key', value }, 'name'],
    [{ name: '1KEY', value }, 'name'],
    [{ name: 'K'.repeat(65), value }, 'name'],
    [{ name: 'KEY', value: 'abc' }, 'value'],
    [{ name: 'KEY', value: '  abc  ' }, '4 characters'],
    [{ name: 'KEY', value: 'x'.repeat(65_537) }, 'value'],
    [{ name: 'KEY', value: 'ü'.repeat(40_000) }, '65536 bytes'],
    [{ name: 'KEY', value: 'abc\0def' }, 'NUL'],
    [{ name: 'KEY', value: 'secret' }, 'shown in its place'],
    [{ name: 'KEY', value, more: 1 }, 'more'],
  ])('refuses what does not fit (case %#)', async (payload, about) => {
    const answer = await create(payload)
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors[0].message).toContain(about)
    expect(answer.body).not.toContain('x'.repeat(100))
  })

  test('ends at two hundred, and at a megabyte of them', async () => {
    await api.database.engine.query(
      `insert into secrets (tenant_id, name, version, key_id, nonce, ciphertext, tag, bytes, created_by, created_at, updated_by, updated_at)
        select $1, 'S' || n, 1, 'k', decode(repeat('00', 12), 'hex'), '', decode(repeat('00', 16), 'hex'), 4, 'x', now(), 'x', now()
        from generate_series(1, 200) n`,
      [acme.id],
    )
    expect((await create({ name: 'KEY', value })).json().detail).toBe(
      'There are 200 secrets; at most 200 are kept. Delete one first.',
    )
    await api.database.engine.query(`delete from secrets where tenant_id = $1 and name > 'S120'`, [acme.id])
    await api.database.engine.query(`update secrets set bytes = 60000 where tenant_id = $1`, [acme.id])
    expect((await create({ name: 'KEY', value })).json().detail).toMatch(/bytes together; at most 1000000/)
  })
})

describe('setting one', () => {
  test('creates it where there is none', async () => {
    expect((await put({ value })).statusCode).toBe(201)
  })

  test('that exists needs the ETag that was read, and keeps its description', async () => {
    const { headers } = await create({ name: 'KEY', value, description: 'Payments' })
    expect((await put({ value: 'another' })).statusCode).toBe(428)
    const replaced = await put({ value: 'another' }, { 'if-match': headers.etag })
    expect(replaced.json()).toMatchObject({ version: 2, description: 'Payments' })
    expect((await put({ value: 'a third' }, { 'if-match': headers.etag })).statusCode).toBe(412)
    expect((await put({ value: 'abc' }, { 'if-match': replaced.headers.etag })).statusCode).toBe(422)
    const got = await api.send(ana, { url: '/secrets/KEY' })
    expect(got.headers.etag).toBe(replaced.headers.etag)
    expect(got.body).not.toContain('another')
  })
})

describe('reading', () => {
  test('lists names, who uses them, and no values', async () => {
    await create({ name: 'KEY', value })
    await create({ name: 'ANOTHER', value: `${value}2` })
    await uses('pay')
    await uses('old', 'inactive')
    const answer = await api.send(memberPrincipal(acme, 'ben'), { url: '/secrets?limit=10' })
    expect(answer.json()).toMatchObject({
      total: 2,
      items: [
        { name: 'ANOTHER', used_by: [] },
        { name: 'KEY', used_by: ['old', 'pay'] },
      ],
    })
    expect(answer.body).not.toContain(value)
  })

  test('is for those who build, and setting for those who govern', async () => {
    expect((await api.send(memberPrincipal(acme, 'dora'), { url: '/secrets' })).statusCode).toBe(403)
    const ben = memberPrincipal(acme, 'ben')
    expect((await api.send(ben, { method: 'PUT', url: '/secrets/KEY', payload: { value } })).statusCode).toBe(403)
  })

  test("does not find another tenant's", async () => {
    await create({ name: 'KEY', value })
    const elsewhere = memberPrincipal(await createTestTenant(api.database))
    expect((await api.send(elsewhere, { url: '/secrets/KEY' })).statusCode).toBe(404)
    expect((await api.send(elsewhere, { method: 'DELETE', url: '/secrets/KEY' })).statusCode).toBe(404)
    expect((await api.send(ana, { url: '/secrets/KEY' })).statusCode).toBe(200)
  })

  test('of what is sealed is not for the role of the API', async () => {
    await create({ name: 'KEY', value })
    await expect(api.database.api.query('select ciphertext from secrets')).rejects.toThrow('permission denied')
  })
})

describe('deleting', () => {
  const remove = (query = '') => api.send(ana, { method: 'DELETE', url: `/secrets/KEY${query}` })

  test('is refused while an active workflow uses it, unless it is forced', async () => {
    await create({ name: 'KEY', value })
    await uses('pay')
    expect((await remove()).json().detail).toBe('Active workflows use the secret KEY: pay.')
    expect((await remove('?force=true')).statusCode).toBe(204)
    expect((await remove()).statusCode).toBe(404)
  })

  test('works where only inactive ones use it, and what is made again is another one', async () => {
    const { headers } = await create({ name: 'KEY', value })
    await uses('pay', 'inactive')
    expect((await remove()).statusCode).toBe(204)
    const again = await create({ name: 'KEY', value })
    expect(again.headers.etag).not.toBe(headers.etag)
    expect((await audited()).map((entry) => JSON.stringify(entry))).toEqual([
      expect.stringContaining('secret.created'),
      expect.stringContaining('secret.deleted'),
      expect.stringContaining('secret.created'),
    ])
  })
})
