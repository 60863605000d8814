// What starting promises: the current version, once per dedupe key, and only with what the workflow takes.

import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestTenant, newId, openTestDatabase } from '../../../tests/setup/database.ts'
import {
  createTestTriggers,
  executionsOf,
  problemOf,
  type TestTriggers,
  valueOf,
} from '../../../tests/setup/triggers.ts'
import { listen } from '../../record/database.ts'
import { startCurrentExecutions } from '../../record/executions.ts'
import { createStarter } from './starter.ts'

const database = openTestDatabase(12)
let house: TestTriggers
let tenantId: string

beforeEach(async () => {
  house = createTestTriggers(database)
  const tenant = await createTestTenant(database)
  tenantId = tenant.id
})

const start = (workflow: string, inputs = {}, given = {}) =>
  house.starter.start({ tenantId, workflow, inputs, startedBy: 'member:ana', ...given })
const executions = () => executionsOf(database, tenantId)

test('a start queues an execution of the current version, with its inputs checked and completed', async () => {
  const saved = await house.save(tenantId, {
    name: 'pay',
    inputs: { amount: { type: 'number' }, currency: { type: 'string', default: 'EUR' } },
  })
  const started = valueOf(await start('pay', { amount: 5 }))
  expect(started.created).toBe(true)
  expect(await executions()).toMatchObject([
    {
      id: started.executionId,
      version_id: saved.versionId,
      status: 'queued',
      inputs: { amount: 5, currency: 'EUR' },
      trigger: { amount: 5, currency: 'EUR' },
      started_by: 'member:ana',
      runnable_at: new Date(house.now()),
      depth: 0,
    },
  ])
})

test('a start tells the workers: that of its own process at once, which knows the notification for its own', async () => {
  await house.save(tenantId, { name: 'pay' })
  const heard = new Set<string>()
  const both = Promise.withResolvers<void>()
  const hear = (who: string) => {
    if (heard.add(who).size === 2) both.resolve()
  }
  // Others start something in the same database meanwhile.
  const hearOwn = (_: string, origin: string) => origin === house.starter.origin && hear(origin)
  const stop = await listen(database, ['countersign_runnable'], hearOwn, both.reject)
  house.starter.onStarted(() => hear('own process'))
  await start('pay')
  await both.promise
  await stop()
  expect([...heard].toSorted()).toEqual(['own process', house.starter.origin].toSorted())
})

describe('a start is refused', () => {
  test('when there is no workflow of the name, or it is another tenant’s', async () => {
    await house.save((await createTestTenant(database)).id, { name: 'pay' })
    expect(problemOf(await start('pay'))).toEqual({ code: 'not_found', message: 'There is no workflow "pay".' })
  })

  test('when the workflow is inactive or deleted', async () => {
    await house.save(tenantId, { name: 'pay' })
    valueOf(await house.setStatus(tenantId, 'pay', 'inactive'))
    expect(problemOf(await start('pay'))).toMatchObject({ code: 'conflict', message: /inactive. Activate it/ })
    valueOf(await house.setStatus(tenantId, 'pay', 'deleted'))
    expect(problemOf(await start('pay')).code).toBe('not_found')
    expect(await executions()).toEqual([])
  })

  test('when an input does not fit, with every reason', async () => {
    await house.save(tenantId, { name: 'pay', inputs: { amount: { type: 'number' }, to: { type: 'string' } } })
    const result = await start('pay', { amount: 'much' })
    expect(result).toMatchObject({ ok: false, problems: [{ pointer: '/amount' }, { pointer: '/to' }] })
  })

  test('for an unknown input of a workflow that only people start', async () => {
    await house.save(tenantId, { name: 'by-hand', trigger: { manual: {} } })
    await house.save(tenantId, { name: 'by-event', trigger: [{ manual: {} }, { event: 'a' }] })
    expect(problemOf(await start('by-hand', { extra: 1 }))).toMatchObject({ code: 'invalid_input', pointer: '/extra' })
    valueOf(await start('by-event', { extra: 1 }))
  })

  test('when its inputs, or what the trigger brought, are too large', async () => {
    await house.save(tenantId, { name: 'pay', trigger: { event: 'a' } })
    const large = { text: 'x'.repeat(1000) }
    expect(problemOf(await start('pay', large))).toMatchObject({
      code: 'payload_too_large',
      message: /the limit is 1000/,
    })
    expect(problemOf(await start('pay', {}, { trigger: large })).code).toBe('payload_too_large')
  })

  test('below twenty executions that started one another', async () => {
    await house.save(tenantId, { name: 'pay' })
    valueOf(await start('pay', {}, { depth: 20 }))
    expect(problemOf(await start('pay', {}, { depth: 21 }))).toMatchObject({ code: 'conflict', message: /circle/ })
  })
})

describe('a dedupe key', () => {
  test('starts once, however many start with it at the same time, from one process or several', async () => {
    await house.save(tenantId, { name: 'pay' })
    const other = createTestTriggers(database)
    const request = { tenantId, workflow: 'pay', inputs: {}, startedBy: 'a', dedupeKey: 'order 8841' }
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? house : other).starter.start(request)),
    )
    const started = results.map(valueOf)
    expect(started.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(started.map(({ executionId }) => executionId)).size).toBe(1)
    expect(await executions()).toHaveLength(1)
  })

  test('belongs to its workflow and tenant, and may be long', async () => {
    const other = (await createTestTenant(database)).id
    const key = { dedupeKey: 'é'.repeat(5000) }
    for (const name of ['pay', 'ship']) await house.save(tenantId, { name })
    await house.save(other, { name: 'pay' })
    for (const made of [
      await start('pay', {}, key),
      await start('ship', {}, key),
      await start('pay', {}, { ...key, tenantId: other }),
    ])
      expect(valueOf(made).created).toBe(true)
    expect(valueOf(await start('pay', {}, key)).created).toBe(false)
  })
})

describe('the version', () => {
  test('is the one that was saved last, for every start that begins after it was saved', async () => {
    await house.save(tenantId, { name: 'pay' })
    for (let round = 2; round < 8; round++) {
      const saving = house.save(tenantId, { name: 'pay', description: `round ${round}` })
      const before = [start('pay'), start('pay')]
      const saved = await saving
      valueOf(await start('pay'))
      await Promise.all(before)
      expect(saved.version).toBe(round)
      const [last] = (await executions()).toSorted((a, b) => Number(b['version']) - Number(a['version']))
      expect(last).toMatchObject({ version: round })
    }
  })

  test('that is new takes what the one before it refused, and after a time of inactivity it starts again', async () => {
    await house.save(tenantId, { name: 'pay', inputs: { amount: { type: 'number' } } })
    valueOf(await start('pay', { amount: 1 }))
    expect(problemOf(await start('pay', {})).pointer).toBe('/amount')
    await house.save(tenantId, { name: 'pay', inputs: {} })
    valueOf(await start('pay', {}))
    valueOf(await house.setStatus(tenantId, 'pay', 'inactive'))
    expect(problemOf(await start('pay', {})).code).toBe('conflict')
    valueOf(await house.setStatus(tenantId, 'pay', 'active'))
    valueOf(await start('pay', {}))
  })

  test('that was replaced between look-up and insert is not started', async () => {
    await house.save(tenantId, { name: 'pay' })
    const prepared = valueOf(await house.starter.prepare({ tenantId, workflow: 'pay', inputs: {}, startedBy: 'a' }))
    await house.save(tenantId, { name: 'pay', description: 'new' })
    expect(await startCurrentExecutions(database.engine, [prepared])).toEqual(new Map([[prepared.id, 'stale']]))
    expect(await executions()).toEqual([])
  })

  test('that changes without end makes the start give up, not hang', async () => {
    await house.save(tenantId, { name: 'pay' })
    let round = 0
    const evaluate = async (): Promise<{ ok: true; value: string }> => {
      await house.save(tenantId, {
        name: 'pay',
        description: `${round++}`,
        settings: { concurrency: { limit: 1, key: '{{ trigger.a }}' } },
      })
      return { ok: true, value: 'k' }
    }
    const starter = createStarter({ ...house, evaluate, maxPayload: 1000 })
    await house.save(tenantId, { name: 'pay', settings: { concurrency: { limit: 1, key: '{{ trigger.a }}' } } })
    const result = await starter.start({ tenantId, workflow: 'pay', inputs: {}, startedBy: 'a' })
    expect(problemOf(result)).toMatchObject({ code: 'unavailable' })
  })
})

describe('a concurrency key', () => {
  test('is the workflow when there is no expression', async () => {
    const { workflowId } = await house.save(tenantId, { name: 'pay', settings: { concurrency: { limit: 3 } } })
    await start('pay')
    expect(await executions()).toMatchObject([{ concurrency_key: workflowId, concurrency_limit: 3 }])
  })

  test('is computed from trigger, inputs, vars and tenant', async () => {
    const { workflowId } = await house.save(tenantId, {
      name: 'pay',
      inputs: { shop: { type: 'string' } },
      vars: { area: 'eu' },
      settings: { concurrency: { limit: 1, key: '{{ vars.area + inputs.shop + tenant.name }}' } },
    })
    await start('pay', { shop: '7' })
    expect(await executions()).toMatchObject([{ concurrency_key: `${workflowId}:eu7Acme` }])
  })

  test('may be any value, and is told apart by its content', async () => {
    const { workflowId } = await house.save(tenantId, {
      name: 'pay',
      trigger: { event: 'a' },
      settings: { concurrency: { limit: 1, key: '{{ trigger.k }}' } },
    })
    await start('pay', { k: { b: 1, a: [2] } })
    expect(await executions()).toMatchObject([{ concurrency_key: `${workflowId}:{"a":[2],"b":1}` }])
  })

  test('that fails refuses the start', async () => {
    await house.save(tenantId, { name: 'pay', settings: { concurrency: { limit: 1, key: '{{ trigger.missing }}' } } })
    expect((await start('pay')).ok).toBe(false)
    expect(await executions()).toEqual([])
  })
})

test('prepare gives the row for a commit of its own, under a parent', async () => {
  const saved = await house.save(tenantId, { name: 'pay' })
  const parent = { executionId: newId(), step: 'sub', item: undefined }
  const request = { tenantId, workflow: 'pay', inputs: {}, startedBy: 'execution:x', parent, depth: 3 }
  expect(valueOf(await house.starter.prepare(request))).toMatchObject({ parent, depth: 3, versionId: saved.versionId })
  expect(await executions()).toEqual([])
})

test('hundreds of starts at once are a few statements', async () => {
  await house.save(tenantId, { name: 'pay' })
  const query = vi.spyOn(database.engine, 'query')
  await Promise.all(Array.from({ length: 300 }, () => start('pay')))
  const statements = query.mock.calls.length
  query.mockRestore()
  expect(await executions()).toHaveLength(300)
  expect(statements).toBeLessThan(30)
})

test('a row that names a version which does not exist is a mistake of the caller, not a problem to show', async () => {
  const { workflowId } = await house.save(tenantId, { name: 'pay' })
  const applicant = { tenantId, workflowId, versionId: newId(), inputs: {}, startedBy: 'ana' }
  await expect(house.starter.admission.admit(applicant)).rejects.toThrow('does not exist')
})
