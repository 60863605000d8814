// What sealing promises: each execution that ended is in the chain exactly once, and what is done to it later is found.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, afterAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sayHeads, sealAll, sealEnded } from '../../src/engine/keeper/sealing.ts'
import type { SavedWorkflow } from '../../src/engine/triggers/save-workflow.ts'
import { verifyAudit } from '../../src/governance/audit.ts'
import { asTenant, connectOwner, type Database } from '../../src/record/database.ts'
import {
  asOwner,
  caughtUp,
  createTestTenant,
  databaseKey,
  openOwnDatabase,
  type TestTenant,
} from '../setup/database.ts'
import { auditOf } from '../setup/audit.ts'
import { type Ended, endMany } from '../setup/ended.ts'
import { createTestTriggers } from '../setup/triggers.ts'

let database: Database
let tenant: TestTenant
let version: SavedWorkflow

beforeAll(async () => {
  database = await openOwnDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  tenant = await createTestTenant(database)
  version = await createTestTriggers(database).save(tenant.id, { name: 'pay' })
})

const sealShape = z.object({
  executions: z.array(
    z.strictObject({
      ...{ id: z.string(), workflow: z.string(), version: z.number(), status: z.string(), started_by: z.string() },
      ...{ journal: z.number(), digest: z.string().regex(/^[0-9a-f]{64}$/) },
    }),
  ),
})

const end = (count: number): Promise<Ended[]> => endMany(database, tenant, version, count)
const endOne = async (): Promise<Ended> => (await end(1))[0] ?? expect.fail()
/** All that has ended so far. */
async function seal(): Promise<void> {
  await caughtUp(database.engine)
  await sealAll(database, Date.now, () => false)
}

async function seals(of = tenant.id) {
  const entries = (await auditOf(database, of)).filter(({ action }) => action === 'executions.settled')
  return entries.map(({ after, object }) => ({ object, executions: sealShape.parse(after).executions }))
}
const sealed = async (of = tenant.id) =>
  (await seals(of)).flatMap(({ executions }) => executions.map(({ id }) => id)).toSorted()
const idsOf = (ended: readonly Ended[]): string[] => ended.map(({ id }) => id).toSorted()

test('an execution that ended is sealed once, with its workflow, version, status and who started it', async () => {
  const { id } = await endOne()
  await seal()
  await seal()
  const given = { id, workflow: 'pay', version: 1, status: 'completed', started_by: 'test', journal: 5 }
  expect(await seals()).toEqual([
    {
      object: { type: 'execution', id, name: null },
      executions: [{ ...given, digest: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    },
  ])
})

test('many make one entry for each two hundred, in the chain of their own tenant', async () => {
  const other = await createTestTenant(database)
  const foreign = await createTestTriggers(database).save(other.id, { name: 'pay' })
  const mine = await end(450)
  const theirs = await endMany(database, other, foreign, 3)
  await seal()
  expect((await seals()).map(({ executions }) => executions.length)).toEqual([200, 200, 50])
  expect(await sealed()).toEqual(idsOf(mine))
  expect(await sealed(other.id)).toEqual(idsOf(theirs))
  expect(await verifyAudit(database.engine, tenant.id)).toMatchObject({
    faultCount: 0,
    executions: { checked: 450, pruned: 0, faultCount: 0 },
  })
})

test('verifying stops at the entry with which enough executions were looked at', async () => {
  await end(450)
  await seal()
  const first = await verifyAudit(database.engine, tenant.id, { mostExecutions: 200 })
  expect(first).toMatchObject({ from: 1, to: 2, entries: 2, faultCount: 0, executions: { checked: 200 } })
  const rest = await verifyAudit(database.engine, tenant.id, { from: 3, mostExecutions: 250 })
  expect(rest).toMatchObject({ from: 3, to: 4, entries: 2, faultCount: 0, executions: { checked: 250 } })
})

test('two that seal at once seal nothing twice', async () => {
  const ended = await end(300)
  for (let isCut = true; isCut;) {
    const results = await Promise.all([1, 2, 3, 4].map(() => sealEnded(database, Date.now, 40)))
    isCut = results.some((result) => result.isCut)
  }
  expect(await sealed()).toEqual(idsOf(ended))
})

describe('what is done to a sealed execution is found', () => {
  const doings: [string, string][] = [
    ['a row of its journal', `update journal set data = '{"output":2}' where execution_id = $1 and seq = 4`],
    ['the time of a row', `update journal set at = at + interval '1 ms' where execution_id = $1 and seq = 2`],
    ['its inputs', `update executions set inputs = '{"total":4}' where id = $1`],
    ['who started it', `update executions set started_by = 'member:x' where id = $1`],
    ['a vote', `update approval_votes set vote = 'reject' where approval_id = $2`],
    ['a vote that is gone', `delete from approval_votes where approval_id = $2`],
    ['what was approved', `update approvals set summary = 'Pay more' where id = $2`],
    ['a form', `update forms set status = 'expired' where id = $3`],
    ['its version', `update workflow_versions set definition = '{"name":"pay","steps":[]}' where id = $4`],
  ]
  test.each(doings)('%s', async (_, statement) => {
    const { id, approvalId, formId } = await endOne()
    await seal()
    const all = [id, approvalId, formId, version.versionId]
    await asOwner(database.address, async (owner) => {
      const text = `with given as (select $1::uuid, $2::uuid, $3::uuid, $4::uuid) ${statement}`
      expect((await owner.query(text, all)).rowCount).toBe(1)
    })
    const { executions, faultCount } = await verifyAudit(database.engine, tenant.id)
    expect(faultCount).toBe(0)
    expect(executions).toMatchObject({ checked: 1, faultCount: 1, faults: [{ executionId: id }] })
    expect(executions.faults[0]?.message).toContain(`Execution ${id}: its start, version, journal`)
  })

  const said = async (statement: string): Promise<string | undefined> => {
    const { id } = await endOne()
    await seal()
    await asOwner(database.address, (owner) => owner.query(statement, [id]))
    const { executions } = await asTenant(database, tenant.id, (client) => verifyAudit(client, tenant.id))
    return executions.faults.at(-1)?.message.replace(id, 'X')
  }
  test('a row of the journal that is gone', async () => {
    expect(await said('delete from journal where execution_id = $1 and seq = 2')).toBe(
      'Execution X: its journal had 5 rows and has 4.',
    )
  })
  test('another result than the journal’s', async () => {
    const why = 'Execution X: its status, output or failure is not what its journal says.'
    expect(await said(`update execution_ends set output = '{"sum":30}' where id = $1`)).toBe(why)
    expect(await said(`update execution_ends set status = 'failed' where id = $1`)).toBe(why)
  })
})

test('an execution that retention deleted is counted, and is no fault', async () => {
  const { id } = await endOne()
  await seal()
  await database.engine.query('delete from executions where id = $1', [id])
  expect((await verifyAudit(database.engine, tenant.id)).executions).toEqual({
    ...{ checked: 0, pruned: 1, faults: [], faultCount: 0 },
  })
})

test('a retry is sealed once more when it ends, and the first seal still holds', async () => {
  const { id } = await endOne()
  await seal()
  const insert = `insert into journal (tenant_id, execution_id, at, seq, type, data) values ($1, $2, now(), $3, $4, $5)`
  await database.engine.query(insert, [tenant.id, id, 6, 'execution.retried', '{"by":"operator","steps":[]}'])
  await seal()
  expect(await sealed()).toEqual([id])
  expect((await verifyAudit(database.engine, tenant.id)).executions).toMatchObject({ checked: 1, faultCount: 0 })
  await database.engine.query(insert, [
    tenant.id,
    id,
    7,
    'execution.ended',
    '{"status":"completed","output":{"sum":3}}',
  ])
  await seal()
  expect((await seals()).flatMap(({ executions }) => executions.map(({ journal }) => journal))).toEqual([5, 7])
  expect((await verifyAudit(database.engine, tenant.id)).executions).toMatchObject({ checked: 2, faultCount: 0 })
})

test('a sealer that is killed, in the middle of a batch and between two, seals nothing twice and misses nothing', async () => {
  const program = fileURLToPath(new URL('./sealer-process.ts', import.meta.url))
  const config = JSON.stringify({ address: database.address, key: databaseKey().toString('hex'), batch: 40 })
  const begin = () => {
    const child = fork(program, [config], { execArgv: [] })
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    return {
      child,
      ended,
      kill: async () => {
        child.kill('SIGKILL')
        await ended
      },
    }
  }
  await seal()
  const ended = await end(400)
  let kills = 0
  // Between two batches, or wherever the signal meets it.
  for (const after of [1, 2, 1]) {
    const { child, kill } = begin()
    let heard = 0
    await new Promise<void>((resolve) => child.on('message', () => void (++heard === after && resolve())))
    await kill()
    kills++
  }
  // In the middle of one: it stands in front of the chain, which somebody holds.
  const owner = connectOwner(database.address)
  await owner.connect()
  await owner.query('begin')
  await owner.query('select from audit_heads where tenant_id = $1 for update', [tenant.id])
  const { kill } = begin()
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%append_audit%'`
  await expect.poll(async () => (await database.engine.query(waits)).rowCount, { interval: 5, timeout: 30_000 }).toBe(1)
  await kill()
  kills++
  await owner.query('commit')
  await owner.end()
  expect(kills).toBe(4)
  expect(await sealed()).not.toEqual(idsOf(ended))
  await expect
    .poll(async () => {
      await seal()
      return (await sealed()).length
    })
    .toBeGreaterThanOrEqual(ended.length)
  expect(await sealed()).toEqual(idsOf(ended))
  expect(await verifyAudit(database.engine, tenant.id)).toMatchObject({
    faultCount: 0,
    executions: { checked: 400, faultCount: 0 },
  })
})

test('where each chain ends can be read in the log', async () => {
  const { head } = await verifyAudit(database.engine, tenant.id)
  const lines: object[] = []
  await sayHeads(database, (_, __, detail) => void lines.push(detail))
  expect(lines).toContainEqual({ tenant: tenant.slug, head: `1:${head.hash}` })
})
