// What saving promises: a version for each content, and triggers that are always those of the current version.

import { beforeEach, describe, expect, test } from 'vitest'
import { auditOf } from '../../../tests/setup/audit.ts'
import { createTestTenant, openTestDatabase } from '../../../tests/setup/database.ts'
import { createTestTriggers, problemOf, type TestTriggers, valueOf } from '../../../tests/setup/triggers.ts'
import { operatorOf } from '../../kernel/access/actor.ts'
import type { Trigger } from '../../kernel/definition/workflow.ts'
import { asTenant } from '../../record/database.ts'
import { findVersion, findWorkflow, listWorkflows } from '../../record/workflows.ts'
import { contentHash, saveWorkflow } from './save-workflow.ts'

const database = openTestDatabase()
let house: TestTriggers
let tenantId: string

beforeEach(async () => {
  house = createTestTriggers(database)
  tenantId = (await createTestTenant(database)).id
})

const save = (trigger: Trigger | Trigger[], description = 'first') =>
  house.save(tenantId, { name: 'pay', trigger, description })
const switchTo = async (status: 'active' | 'inactive' | 'deleted') =>
  valueOf(await house.setStatus(tenantId, 'pay', status))

async function triggers(): Promise<Record<string, unknown>[]> {
  const { rows } = await database.engine.query<Record<string, unknown>>(
    'select * from triggers where tenant_id = $1 order by position',
    [tenantId],
  )
  return rows
}

test('each change of a workflow is audited with what it was before and is after; what changes nothing is not', async () => {
  const first = await save({ manual: {} })
  await save({ manual: {} })
  const second = await save({ manual: {} }, 'second')
  await switchTo('inactive')
  await switchTo('inactive')
  await switchTo('active')
  await switchTo('deleted')
  await save({ manual: {} }, 'second')
  const object = { type: 'workflow', id: first.workflowId, name: 'pay' }
  const one = { version: 1, content_hash: first.contentHash, status: 'active' }
  const two = { version: 2, content_hash: second.contentHash, status: 'active' }
  const entries = [
    ['created', null, one],
    ['version_saved', one, two],
    ['deactivated', { status: 'active' }, { status: 'inactive' }],
    ['activated', { status: 'inactive' }, { status: 'active' }],
    ['deleted', { status: 'active' }, { status: 'deleted' }],
    ['restored', { ...two, status: 'deleted' }, two],
  ] as const
  expect(await auditOf(database, tenantId)).toEqual(
    entries.map(([deed, before, after]) => ({ action: `workflow.${deed}`, actor: 'operator', object, before, after })),
  )
})

describe('a version', () => {
  test('is made for new content, and only then', async () => {
    const first = await save({ manual: {} })
    expect(first).toMatchObject({ version: 1, isNew: true, status: 'active' })
    const again = await save({ manual: {} })
    expect(again).toEqual({ ...first, isNew: false })
    const second = await save({ manual: {} }, 'second')
    expect(second).toMatchObject({ version: 2, isNew: true, workflowId: first.workflowId })
    const back = await save({ manual: {} })
    expect(back).toMatchObject({ version: 3, contentHash: first.contentHash })
  })

  test('never changes, and comes back in the order in which it was written', async () => {
    const workflow = {
      name: 'pay',
      inputs: { zeta: { type: 'string' as const }, a: { type: 'string' as const } },
      steps: [{ id: 'a', action: 'log' }],
    }
    const saved = await house.save(tenantId, workflow, 'name: pay # as written')
    await save({ manual: {} })
    const version = await findVersion(database.engine, tenantId, saved.versionId)
    expect(version).toMatchObject({
      version: 1,
      createdBy: 'operator',
      source: 'name: pay # as written',
      workflowId: saved.workflowId,
    })
    expect(JSON.stringify(version?.definition)).toBe(JSON.stringify(workflow))
    expect(await findVersion(database.engine, (await createTestTenant(database)).id, saved.versionId)).toBeUndefined()
  })

  test('has a hash that depends on its content and on nothing else', () => {
    const steps = [{ id: 'a', action: 'log' }]
    expect(contentHash({ name: 'a', title: 'A', steps })).toBe(contentHash({ steps, title: 'A', name: 'a' }))
    expect(contentHash({ name: 'a', steps })).not.toBe(contentHash({ name: 'b', steps }))
    expect(contentHash({ name: 'a', steps })).toMatch(/^[0-9a-f]{64}$/)
  })

  test('gets a number of its own, however many are saved at the same time', async () => {
    const saved = await Promise.all([1, 2, 3, 4, 5].map((round) => save({ manual: {} }, `round ${round}`)))
    expect(saved.map(({ version }) => version).toSorted()).toEqual([1, 2, 3, 4, 5])
    expect(new Set(saved.map(({ workflowId }) => workflowId)).size).toBe(1)
    const last = saved.find(({ version }) => version === 5)
    expect(await findWorkflow(database.engine, tenantId, 'pay')).toMatchObject({
      version: 5,
      versionId: last?.versionId,
    })
  })
})

describe('triggers', () => {
  test('are those of the definition, by kind and subject; manual when it names none', async () => {
    await save([{ event: 'a.b' }, { schedule: '0 9 * * *' }, { every: '5m' }, { workflow: 'other' }, { webhook: {} }])
    expect(await triggers()).toMatchObject([
      { kind: 'event', subject: 'a.b', enabled: true },
      { kind: 'schedule', subject: null, next_fire_at: new Date('2026-11-22T09:00:00Z') },
      { kind: 'schedule', next_fire_at: new Date('2026-11-21T12:05:00Z'), last_fire_at: new Date(house.now()) },
      { kind: 'workflow', subject: 'other' },
      { kind: 'webhook', next_fire_at: null },
    ])
    await house.save(tenantId, { name: 'pay' })
    expect(await triggers()).toMatchObject([{ kind: 'manual', position: 0 }])
  })

  test('that stay the same stay as they are: a schedule is not delayed by an edit of something else', async () => {
    await save({ every: '1h' })
    const before = await triggers()
    house.moveClock(30 * 60_000)
    await save({ every: '1h' }, 'edited')
    expect(await triggers()).toEqual(before)
    await save({ every: '2h' })
    expect(await triggers()).toMatchObject([{ next_fire_at: new Date('2026-11-21T14:30:00Z') }])
  })

  test('are switched off and on with the workflow; a schedule then counts from the moment it is on', async () => {
    await save([{ every: '1h' }, { event: 'a' }])
    await switchTo('inactive')
    expect(await triggers()).toMatchObject([{ enabled: false, next_fire_at: null }, { enabled: false }])
    house.moveClock(10 * 60_000)
    await save([{ every: '1h' }, { event: 'b' }])
    expect(await triggers()).toMatchObject([
      { enabled: false, next_fire_at: null },
      { enabled: false, subject: 'b' },
    ])
    await switchTo('active')
    expect(await triggers()).toMatchObject([
      { enabled: true, next_fire_at: new Date('2026-11-21T13:10:00Z') },
      { enabled: true },
    ])
  })

  test('of a workflow that was saved inactive are off', async () => {
    const workflow = { name: 'pay', trigger: { event: 'a' }, steps: [{ id: 'a', action: 'log' }] }
    const saved = await asTenant(database, tenantId, (client) =>
      saveWorkflow(house, client, operatorOf(tenantId), { workflow, source: '', status: 'inactive' }),
    )
    expect(saved.status).toBe('inactive')
    expect(await triggers()).toMatchObject([{ enabled: false }])
  })
})

describe('a webhook token', () => {
  test('is told once, when it is made, and only its digest is stored', async () => {
    const saved = await save([{ manual: {} }, { webhook: {} }])
    const [token] = saved.tokens
    expect(token).toMatchObject({ position: 1, token: expect.stringMatching(/^[\w-]{43}$/) })
    expect((await save([{ manual: {} }, { webhook: {} }], 'second')).tokens).toEqual([])
    expect(JSON.stringify(await triggers())).not.toContain(token?.token)
  })

  test('stays while the webhook keeps its position, even when its condition changes', async () => {
    await save({ webhook: {} })
    const [before] = await triggers()
    const saved = await save({ webhook: {}, where: '{{ trigger.a }}' })
    expect(saved.tokens).toEqual([])
    expect((await triggers())[0]?.['token_hash']).toEqual(before?.['token_hash'])
  })

  test('is a new one for a webhook at another position', async () => {
    const [first] = (await save({ webhook: {} })).tokens
    const [second] = (await save([{ manual: {} }, { webhook: {} }])).tokens
    expect(second?.token).toBeDefined()
    expect(second?.token).not.toBe(first?.token)
  })
})

describe('a workflow', () => {
  test('that was deleted is gone from sight with its triggers, until one of its name is saved', async () => {
    const first = await save({ event: 'a' })
    await switchTo('deleted')
    expect(await findWorkflow(database.engine, tenantId, 'pay')).toBeUndefined()
    expect(await triggers()).toEqual([])
    const again = await house.setStatus(tenantId, 'pay', 'active')
    expect(problemOf(again)).toEqual({ code: 'not_found', message: 'There is no workflow "pay".' })
    expect(await save({ event: 'a' })).toMatchObject({ workflowId: first.workflowId, status: 'active', isNew: false })
    expect(await triggers()).toMatchObject([{ enabled: true }])
  })

  test('is listed by name, by status where asked for', async () => {
    for (const name of ['b', 'a', 'c']) await house.save(tenantId, { name, title: name.toUpperCase() })
    valueOf(await house.setStatus(tenantId, 'b', 'inactive'))
    valueOf(await house.setStatus(tenantId, 'c', 'deleted'))
    const list = (filter = {}) => listWorkflows(database.engine, tenantId, { limit: 10, offset: 0, ...filter })
    expect(await list()).toMatchObject([
      { name: 'a', title: 'A', status: 'active', version: 1 },
      { name: 'b', title: 'B', status: 'inactive' },
    ])
    expect(await list({ status: 'inactive' })).toMatchObject([{ name: 'b' }])
    expect(await list({ limit: 1, offset: 1 })).toMatchObject([{ name: 'b' }])
  })
})
