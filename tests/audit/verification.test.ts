// What verifying promises: whatever the owner of the database does to a chain is found, and named by its number, time and action.

import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { compareWithNoted, exportAudit, sayFault, verifyAudit } from '../../src/governance/audit.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { appendAudit } from '../../src/record/audit.ts'
import { chainHash, ChainCheck, type ChainEntry, mostFaults, noHash } from '../../src/record/audit-chain.ts'
import { readChain } from '../../src/record/audit-entries.ts'
import { asTenant } from '../../src/record/database.ts'
import { asOwner, createTestTenant, openTestDatabase } from '../setup/database.ts'
import { later } from '../setup/executions.ts'

const database = openTestDatabase()
const db = database.engine
let tenantId: string

/** Twelve entries, with and without what may be null. */
beforeEach(async () => {
  tenantId = (await createTestTenant(database)).id
  const entries = Array.from({ length: 12 }, (_, n) => ({
    action: 'secret.changed' as const,
    object: { type: 'secret', id: `s${n}`, name: n % 2 === 0 ? null : 'Zoë’s “key”' },
    before: n % 3 === 0 ? null : { n, big: 12_345_678_901_234, text: 'ä\n"' },
    after: [n, 1.5, true],
    at: later(n * 1000),
  }))
  const actor = { ...operatorOf(tenantId), address: '2001:db8::1', requestId: 'r-1', id: 'x' }
  await asTenant(database, tenantId, (client) => appendAudit(client, actor, entries))
})

/** Does it as the owner; $1 is the tenant. */
const tamper = (...statements: string[]) =>
  asOwner(database.address, async (client) => {
    for (const statement of statements) {
      const { rowCount } = await client.query(statement, [tenantId])
      expect(rowCount).not.toBe(0)
    }
  })

const faults = async (window = {}) => {
  const { faults: found, faultCount } = await verifyAudit(db, tenantId, window)
  expect(found).toHaveLength(faultCount)
  return found.map(({ kind, seq, to }) => (seq === to ? `${kind} ${seq}` : `${kind} ${seq} ${to}`))
}
const entry = (seq: number) => `tenant_id = $1 and seq = ${seq}`
const move = (from: number, to: number) => `update audit_entries set seq = ${to} where ${entry(from)}`

/** Makes the chain fit again from an entry on, as somebody would who covers their tracks. */
const rehash = `with recursive chain as (
    select (e.w).seq, (e.w).previous, audit_hash(e.w) as hash from (select w from audit_entries w where tenant_id = $1 and seq = 1) e
    union all
    select n.seq, c.hash, audit_hash(row(n.tenant_id, n.seq, n.at, n.actor_kind, n.actor_id, n.actor_name, n.channel, n.address,
      n.request_id, n.action, n.object_type, n.object_id, n.object_name, n.before, n.after, c.hash, n.hash)::audit_entries)
    from chain c join audit_entries n on n.tenant_id = $1 and n.seq = c.seq + 1
  )
  update audit_entries e set previous = c.previous, hash = c.hash from chain c where e.tenant_id = $1 and e.seq = c.seq`
const rehead = `update audit_heads h set (seq, hash) = (select seq, hash from audit_entries where tenant_id = $1 order by seq desc limit 1)
  where tenant_id = $1`

describe('a chain', () => {
  test('that nobody touched is whole, for the engine and for its tenant, and other tenants see nothing of it', async () => {
    const found = await verifyAudit(db, tenantId)
    expect(found).toMatchObject({ entries: 12, from: 1, to: 12, faultCount: 0, head: { seq: 12 } })
    expect(await asTenant(database, tenantId, (client) => verifyAudit(client, tenantId))).toEqual(found)
    const other = await createTestTenant(database)
    const foreign = await asTenant(database, other.id, (client) => verifyAudit(client, tenantId))
    expect(foreign).toMatchObject({ entries: 0, head: { seq: 0, hash: noHash }, faultCount: 0 })
  })

  test('longer than a page is whole, also when it grows meanwhile', async () => {
    const more = Array.from({ length: 600 }, (_, n) => ({
      ...{ action: 'secret.read' as const, object: { type: 'secret', id: `${n}` }, at: later(n) },
    }))
    const append = () => asTenant(database, tenantId, (client) => appendAudit(client, operatorOf(tenantId), more))
    await append()
    const [found] = await Promise.all([verifyAudit(db, tenantId), append(), append()])
    expect(found.faults).toEqual([])
    expect(found.entries).toBeGreaterThanOrEqual(612)
  })

  test('of another database is as the entries say: the hash is the same here and there', async () => {
    const { entries } = await readChain(db, tenantId, 0, 100)
    expect(entries.map((each) => chainHash(tenantId, each))).toEqual(entries.map(({ hash }) => hash))
  })
})

describe('a changed entry is named', () => {
  const columns = {
    at: `at + interval '1 microsecond'`,
    actor_kind: `'system'`,
    actor_id: 'null',
    actor_name: `actor_name || ' '`,
    channel: `'api'`,
    address: `'2001:db8::2'`,
    request_id: `request_id || '1'`,
    action: `'secret.created'`,
    object_type: `'secrets'`,
    object_id: `object_id || '0'`,
    object_name: `coalesce(object_name || '.', '')`,
    before: `coalesce(before || '{"n":-1}', '{}')`,
    after: `after || '[0]'`,
    previous: `sha256(previous)`,
    hash: `sha256(hash)`,
  }
  test.each(Object.entries(columns))('whatever is changed of it: %s', async (column, value) => {
    for (const seq of [1, 6, 12]) await tamper(`update audit_entries set ${column} = ${value} where ${entry(seq)}`)
    expect(await faults()).toEqual(['changed 1', 'changed 6', 'changed 12'])
  })

  test('with its time and action', async () => {
    await tamper(`update audit_entries set after = '1' where ${entry(6)}`)
    const { faults: found } = await verifyAudit(db, tenantId)
    expect(found.map(sayFault)).toEqual([
      'Entry 6 (2026-11-21T12:00:05.000000Z, secret.changed) was changed: its hash does not match.',
    ])
  })

  test('also when its own hash was made to fit, in the middle and at the end', async () => {
    const fit = (seq: number) => [
      `update audit_entries set after = '1' where ${entry(seq)}`,
      `update audit_entries e set hash = audit_hash(e) where ${entry(seq)}`,
    ]
    await tamper(...fit(5), ...fit(12))
    expect(await faults()).toEqual(['changed 5', 'changed 12'])
  })

  test('also when the whole chain after it was made to fit, by a head that was noted before', async () => {
    const { head } = await verifyAudit(db, tenantId)
    await tamper(`update audit_entries set after = '1' where ${entry(5)}`, rehash, rehead)
    expect(await faults()).toEqual([])
    expect(await compareWithNoted(db, tenantId, head)).toMatch(`Entry 12 was noted with the hash ${head.hash} and has`)
    await tamper(`delete from audit_entries where ${entry(12)}`, rehead)
    expect(await faults()).toEqual([])
    expect(await compareWithNoted(db, tenantId, head)).toMatch('and is missing')
    expect(await compareWithNoted(db, tenantId, { seq: 4, hash: noHash })).toMatch('was rewritten')
  })
})

describe('a missing entry is named', () => {
  test('in the middle, at the beginning and at the end', async () => {
    const gone = [1, 4, 5, 6, 12].map((seq) => `delete from audit_entries where ${entry(seq)}`)
    await tamper(...gone)
    expect(await faults()).toEqual(['missing 1', 'missing 4 6', 'missing 12'])
  })

  test('when all are gone', async () => {
    await tamper('delete from audit_entries where tenant_id = $1')
    const { faults: found } = await verifyAudit(db, tenantId)
    expect(found.map(sayFault)).toEqual(['Entries 1 to 12 are missing.'])
  })

  test('also when the others were given its number', async () => {
    await tamper(`delete from audit_entries where ${entry(9)}`, move(10, 9), move(11, 10), move(12, 11))
    expect(await faults()).toEqual(['reordered 9 10', 'missing 9', 'reordered 10 11', 'reordered 11 12'])
  })

  test('when the end was cut off and the head moved back, by the head that was noted', async () => {
    const { head } = await verifyAudit(db, tenantId)
    await tamper(`delete from audit_entries where tenant_id = $1 and seq > 9`, rehead)
    expect(await faults()).toEqual([])
    expect(await compareWithNoted(db, tenantId, head)).toMatch('and is missing')
  })
})

describe('entries that were moved or put in are named', () => {
  const swap = (a: number, b: number) => [move(a, 1000), move(b, a), move(1000, b)]

  test('two neighbours that changed places, and two far from each other', async () => {
    await tamper(...swap(2, 3), ...swap(5, 11))
    expect(await faults()).toEqual(['reordered 2 3', 'reordered 3 2', 'reordered 5 11', 'reordered 11 5'])
    const { faults: found } = await verifyAudit(db, tenantId)
    expect(sayFault(found[2] ?? expect.fail())).toBe(
      'Entry 5 (2026-11-21T12:00:10.000000Z, secret.changed) was moved: it belongs at 11.',
    )
  })

  const insert = (
    seq: number,
  ) => `insert into audit_entries (tenant_id, seq, at, actor_kind, actor_name, channel, action,
      object_type, object_id, previous, hash)
    select tenant_id, ${seq}, at, 'system', 'system', 'engine', 'secret.forged', 'secret', 'x', hash, hash
    from audit_entries where ${entry(seq - 1)}`

  test('one at the end', async () => {
    await tamper(insert(13), `update audit_entries e set hash = audit_hash(e) where ${entry(13)}`)
    const { faults: found } = await verifyAudit(db, tenantId)
    expect(found.map(sayFault)).toEqual([
      'Entry 13 (2026-11-21T12:00:11.000000Z, secret.forged) was inserted: the chain has no place for it.',
    ])
  })

  test('one in the middle, with those after it moved on', async () => {
    const moved = [12, 11, 10, 9].map((seq) => move(seq, seq + 1))
    await tamper(...moved, insert(9), `update audit_entries e set hash = audit_hash(e) where ${entry(9)}`)
    expect(await faults()).toEqual([
      'inserted 9',
      'reordered 10 9',
      'reordered 11 10',
      'reordered 12 11',
      'reordered 13 12',
    ])
  })

  test('a second one of the same number', async () => {
    const { entries, head } = await readChain(db, tenantId, 0, 100)
    const check = new ChainCheck(tenantId, { seq: 0, hash: noHash })
    for (const each of entries) check.take(each, head.seq)
    check.take(entries.at(-1) ?? expect.fail(), head.seq)
    expect(check.end(head)).toMatchObject([{ kind: 'inserted', seq: 12 }])
  })
})

test('of a chain of which nothing is right so many faults are told, and the others counted', () => {
  const check = new ChainCheck(tenantId, { seq: 0, hash: noHash })
  const of: Omit<ChainEntry, 'seq'> = {
    ...{ at: 'then', actorKind: 'system', actorId: null, actorName: 'system', channel: 'engine', address: null },
    ...{ requestId: null, action: 'x.y', objectType: 'x', objectId: 'y', objectName: null, before: null, after: null },
    ...{ previous: noHash, hash: noHash },
  }
  for (let seq = 1; seq <= 2 * mostFaults; seq++) check.take({ ...of, seq }, 2 * mostFaults)
  expect(check.end({ seq: 2 * mostFaults, hash: noHash })).toHaveLength(mostFaults)
  expect(check.faultCount).toBe(2 * mostFaults)
})

describe('a window', () => {
  test('is held against its neighbours', async () => {
    expect(await verifyAudit(db, tenantId, { from: 4, to: 8 })).toMatchObject({
      entries: 5,
      from: 4,
      to: 8,
      faultCount: 0,
    })
    const fit = `update audit_entries e set hash = audit_hash(e) where ${entry(8)}`
    await tamper(
      `update audit_entries set after = '1' where ${entry(3)}`,
      `update audit_entries set after = '1' where ${entry(8)}`,
      fit,
    )
    expect(await faults({ from: 4, to: 8 })).toEqual(['changed 8'])
    expect(await faults({ from: 4, to: 7 })).toEqual([])
    expect(await faults({ from: 3, to: 3 })).toEqual(['changed 3'])
  })

  test('beside which an entry is missing is whole in itself', async () => {
    await tamper(...[3, 9].map((seq) => `delete from audit_entries where ${entry(seq)}`))
    expect(await faults({ from: 4, to: 8 })).toEqual([])
    expect(await faults({ from: 4, to: 9 })).toEqual(['missing 9'])
    await tamper('delete from audit_entries where tenant_id = $1 and seq > 8')
    expect(await faults({ from: 4, to: 8 })).toEqual([])
  })
})

describe('an export', () => {
  const exported = async (window = {}) => {
    const chunks: string[] = []
    for await (const chunk of exportAudit((work) => asTenant(database, tenantId, work), tenantId, window))
      chunks.push(chunk)
    return chunks
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line): Record<string, string | number | null> => JSON.parse(line))
  }

  test('holds all that the hashes cover: whoever reads it can verify it', async () => {
    const lines = await exported()
    expect(lines).toHaveLength(12)
    let previous = noHash
    for (const { hash, ...columns } of lines) {
      const fields = Object.values(columns).map((value) => (value === null ? null : String(value)))
      const text = fields.map((field) => (field === null ? '-,' : `${Buffer.byteLength(field)}:${field},`)).join('')
      expect(createHash('sha256').update(text).digest('hex')).toBe(hash)
      expect(columns['previous']).toBe(previous)
      previous = String(hash)
    }
  })

  test('is cut by number and by time, without a gap', async () => {
    const numbers = async (window: object) => (await exported(window)).map(({ seq }) => seq)
    expect(await numbers({ from: 3, to: 5 })).toEqual([3, 4, 5])
    expect(await numbers({ since: later(3000), until: later(5000) })).toEqual([4, 5])
    expect(await numbers({ since: later(3000), to: 4 })).toEqual([4])
    expect(await numbers({ since: later(60_000) })).toEqual([])
    expect(await numbers({ until: later(60_000), from: 12 })).toEqual([12])
  })
})
