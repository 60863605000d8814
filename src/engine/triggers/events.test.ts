// What events promise: each is taken once, starts what listens for it, and wakes what waits for it.

import type { PoolClient } from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { createTestTenant, openTestDatabase } from '../../../tests/setup/database.ts'
import { newExecution } from '../../../tests/setup/executions.ts'
import {
  createTestTriggers,
  executionsOf,
  problemOf,
  type TestTriggers,
  valueOf,
} from '../../../tests/setup/triggers.ts'
import type { Json } from '../../kernel/json.ts'
import { insertEventWaits } from '../../record/event-waits.ts'
import { startExecutions } from '../../record/executions.ts'
import { readSignals } from '../../record/signals.ts'
import { createEvents, type Events, type ReceivedEvent } from './events.ts'

const database = openTestDatabase(12)
let house: TestTriggers
let events: Events
let tenantId: string

beforeEach(async () => {
  house = createTestTriggers(database)
  events = createEvents(house)
  tenantId = (await createTestTenant(database)).id
})

const receive = (given: Partial<ReceivedEvent> = {}, by = events) =>
  by.receive({ tenantId, type: 'order.created', source: 'shop', id: '1', data: { amount: 7 }, ...given })
const executions = () => executionsOf(database, tenantId)
const listening = (name = 'pay', where?: string) =>
  house.save(tenantId, {
    name,
    trigger: where === undefined ? { event: 'order.created' } : { event: 'order.created', where },
  })

describe('an event starts', () => {
  test('the workflows that listen for its type, with its data as trigger and inputs', async () => {
    await house.save(tenantId, {
      name: 'pay',
      trigger: { event: 'order.created' },
      inputs: { currency: { type: 'string', default: 'EUR' } },
    })
    await house.save(tenantId, { name: 'ship', trigger: [{ manual: {} }, { event: 'order.created' }] })
    await house.save(tenantId, { name: 'other', trigger: { event: 'order.deleted' } })
    const { fired, duplicate } = valueOf(await receive())
    expect(duplicate).toBe(false)
    expect(fired.map(({ workflow }) => workflow).toSorted()).toEqual(['pay', 'ship'])
    const rows = await executions()
    expect(rows.find((row) => row['workflow'] === 'pay')).toMatchObject({
      trigger: { amount: 7 },
      inputs: { amount: 7, currency: 'EUR' },
      started_by: 'event:order.created',
    })
    expect(rows).toHaveLength(2)
  })

  test('those whose condition is true of it', async () => {
    await listening('large', '{{ trigger.amount > 5 && tenant.name == "Acme" }}')
    await listening('small', '{{ trigger.amount <= 5 }}')
    const { fired } = valueOf(await receive())
    expect(fired.toSorted((a, b) => (a.workflow < b.workflow ? -1 : 1))).toMatchObject([
      { workflow: 'large', outcome: 'started' },
      { workflow: 'small', outcome: 'no_match' },
    ])
  })

  test('nothing of another tenant, of an inactive workflow, or of an earlier version', async () => {
    await house.save((await createTestTenant(database)).id, { name: 'pay', trigger: { event: 'order.created' } })
    await listening('off')
    valueOf(await house.setStatus(tenantId, 'off', 'inactive'))
    await listening('changed')
    await house.save(tenantId, { name: 'changed', trigger: { manual: {} } })
    expect(valueOf(await receive())).toEqual({ duplicate: false, fired: [], signalled: 0 })
    expect(await executions()).toEqual([])
  })

  test.each<[Json, Json]>([
    [null, {}],
    ['text', { data: 'text' }],
    [[1, 2], { data: [1, 2] }],
  ])('a workflow with data that is no object: %j', async (data, trigger) => {
    await listening()
    valueOf(await receive({ data }))
    expect(await executions()).toMatchObject([{ trigger }])
  })
})

describe('a trigger that cannot start its workflow is told of and logged, and does not hold up the others', () => {
  const expectRefused = async (workflow: string, message: RegExp): Promise<void> => {
    const { fired } = valueOf(await receive())
    const refused = fired.find((one) => one.outcome === 'refused')
    expect(refused).toMatchObject({ workflow, problems: [{ message: expect.stringMatching(message) }] })
    expect(fired.find((one) => one.outcome === 'started')).toMatchObject({ workflow: 'good' })
    expect(house.lines).toMatchObject([{ message: `A trigger of "${workflow}" could not start it.` }])
  }

  test('because its condition fails', async () => {
    await listening('good')
    await listening('bad', '{{ trigger.nothing.here > 5 }}')
    await expectRefused('bad', /nothing/)
  })

  test('because its condition is neither true nor false', async () => {
    await listening('good')
    await listening('bad', '{{ trigger.amount }}')
    await expectRefused('bad', /gave 7. It must give true or false/)
  })

  test('because the data does not fit the inputs', async () => {
    await listening('good')
    await house.save(tenantId, {
      name: 'bad',
      trigger: { event: 'order.created' },
      inputs: { vendor: { type: 'string' } },
    })
    await expectRefused('bad', /vendor/)
  })
})

describe('a second event of the same source and id', () => {
  test('does nothing, whether it comes later or at the same time over several connections', async () => {
    await listening()
    const other = createEvents(createTestTriggers(database))
    const receipts = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => receive({}, n % 2 === 0 ? events : other)))
    expect(receipts.map((receipt) => valueOf(receipt).duplicate).toSorted()).toEqual([
      false,
      true,
      true,
      true,
      true,
      true,
    ])
    expect(valueOf(await receive())).toEqual({ duplicate: true, fired: [], signalled: 0 })
    expect(await executions()).toHaveLength(1)
  })

  test('is another one when source or id differ, colons or not', async () => {
    await listening()
    for (const [source, id] of [
      ['a:b', 'c'],
      ['a', 'b:c'],
      ['a%3Ab', 'c'],
      ['a', 'c'],
    ]) {
      expect(valueOf(await receive({ source: source ?? '', id: id ?? '' })).fired).toMatchObject([
        { outcome: 'started' },
      ])
    }
    expect(await executions()).toHaveLength(4)
  })

  test('may come again when the first was not taken', async () => {
    await listening()
    await expect(receive({ tenantId: 'no tenant' })).rejects.toThrow()
    expect(valueOf(await receive()).duplicate).toBe(false)
  })
})

test('an event wakes the steps that wait for it, with its type, id and data', async () => {
  const waiting = newExecution(tenantId)
  await startExecutions(database.engine, [waiting])
  const wait = { tenantId, executionId: waiting.id, event: 'order.created', item: undefined }
  await insertEventWaits(database.engine, [
    { ...wait, step: 'seven', match: { amount: 7 } },
    { ...wait, step: 'eight', match: { amount: 8 } },
    { ...wait, step: 'each', item: 2, match: {} },
  ])
  expect(valueOf(await receive()).signalled).toBe(2)
  const signals = await readSignals(database.engine, [{ tenantId, executionId: waiting.id }])
  const data = { event: 'order.created', id: '1', data: { amount: 7 } }
  expect(signals.toSorted((a, b) => ((a.step ?? '') < (b.step ?? '') ? -1 : 1))).toMatchObject([
    { kind: 'event', step: 'each', item: 2, data },
    { kind: 'event', step: 'seven', item: undefined, data },
  ])
})

test('an event while its workflow is saved again starts one version or the other, once', async () => {
  await listening()
  for (let round = 0; round < 6; round++) {
    const [receipt] = await Promise.all([
      receive({ id: `r${round}` }),
      house.save(tenantId, { name: 'pay', trigger: { event: 'order.created' }, description: `round ${round}` }),
    ])
    expect(valueOf(receipt).fired).toMatchObject([{ outcome: 'started' }])
  }
  expect(await executions()).toHaveLength(6)
})

test.each([
  [{ type: '' }, '/type'],
  [{ source: 'x'.repeat(501) }, '/source'],
  [{ id: 'a\0b' }, '/id'],
])('an event that cannot be named is refused: %j', async (given, pointer) => {
  expect(problemOf(await receive(given))).toMatchObject({ code: 'invalid_input', pointer })
})

test('an event that is too large is refused', async () => {
  expect(problemOf(await receive({ data: 'x'.repeat(1000) }))).toMatchObject({ code: 'payload_too_large' })
})

describe('events that come at the same time', () => {
  const send = (ids: readonly string[], given: Partial<ReceivedEvent> = {}) =>
    Promise.all(ids.map((id) => receive({ id, ...given })))
  const numbers = Array.from({ length: 300 }, (_, index) => String(index))

  /** The transactions that were committed meanwhile, in which a receipt was written. */
  async function transactionsOf(work: () => Promise<unknown>): Promise<number> {
    await work()
    const { rows } = await database.engine.query<{ count: number }>(
      `select count(distinct xmin::text)::integer as count from event_receipts where tenant_id = $1`,
      [tenantId],
    )
    return rows[0]?.count ?? 0
  }

  test('share transactions, whatever their types and tenants', async () => {
    await listening()
    const other = (await createTestTenant(database)).id
    await house.save(other, { name: 'pay', trigger: { event: 'order.created' } })
    const transactions = await transactionsOf(async () => {
      const [mine, theirs] = await Promise.all([send(numbers), send(numbers, { tenantId: other })])
      expect(mine.map((one) => valueOf(one).fired)).toEqual(
        numbers.map(() => [{ workflow: 'pay', outcome: 'started', executionId: expect.any(String) }]),
      )
      expect(theirs.every((one) => valueOf(one).fired[0]?.outcome === 'started')).toBe(true)
    })
    expect(transactions).toBeLessThan(20)
    expect(await executions()).toHaveLength(300)
    expect(await executionsOf(database, other)).toHaveLength(300)
  })

  test('are each taken once, though the same ones come twice in a group and in opposite order elsewhere', async () => {
    await listening()
    const elsewhere = createEvents(createTestTriggers(database))
    const all = await Promise.all([
      send(numbers.flatMap((id) => [id, id])),
      Promise.all(numbers.toReversed().map((id) => receive({ id }, elsewhere))),
    ])
    const receipts = all.flat().map(valueOf)
    expect(receipts.filter(({ duplicate }) => !duplicate)).toHaveLength(300)
    for (const { duplicate, fired } of receipts) expect(fired).toHaveLength(duplicate ? 0 : 1)
    expect(await executions()).toHaveLength(300)
  })

  test('get the answers of their own data: started, not matched, refused', async () => {
    await listening('large', '{{ trigger.amount > 5 }}')
    const amounts = [1, 9, 'many', 3, 7]
    const receipts = await Promise.all(amounts.map((amount, id) => receive({ id: String(id), data: { amount } })))
    const outcomes = receipts.map((one) => valueOf(one).fired.map(({ outcome }) => outcome))
    expect(outcomes).toEqual([['no_match'], ['started'], ['refused'], ['no_match'], ['started']])
    expect((await executions()).map(({ inputs }) => inputs)).toEqual([{ amount: 9 }, { amount: 7 }])
  })

  test('are not harmed by one that the database refuses: it alone is, and nothing of it remains', async () => {
    house = createTestTriggers(database, 1_000_000)
    events = createEvents(house)
    await listening()
    // Deeper than the server's stack lets it read.
    const deep: Json = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
    const outcomes = await Promise.allSettled(numbers.map((id) => receive({ id, data: id === '150' ? deep : { id } })))
    expect(outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([150])
    expect(await executions()).toHaveLength(299)
    expect(valueOf(await receive({ id: '150' })).duplicate).toBe(false)
  })

  test('wake each the step that waits for it', async () => {
    const waiting = numbers.slice(0, 20).map(() => newExecution(tenantId))
    await startExecutions(database.engine, waiting)
    await insertEventWaits(
      database.engine,
      waiting.map(({ id: executionId }, index) => {
        const wait = { tenantId, executionId, step: 'wait', item: undefined, event: 'order.created' }
        return { ...wait, match: { amount: index } }
      }),
    )
    const receipts = await Promise.all(
      waiting.map((_, index) => receive({ id: String(index), data: { amount: index, more: true } })),
    )
    expect(receipts.map((one) => valueOf(one).signalled)).toEqual(waiting.map(() => 1))
    const keys = waiting.map(({ id }) => ({ tenantId, executionId: id }))
    const signals = await readSignals(database.engine, keys)
    const byExecution = new Map(signals.map(({ executionId, data }) => [executionId, data]))
    expect(waiting.map(({ id }) => byExecution.get(id))).toMatchObject(
      waiting.map((_, index) => ({ id: String(index), data: { amount: index } })),
    )
  })
})

/** Events over transactions in which a statement that begins with this word does what `instead` makes of it. */
const eventsThat = (word: string, instead: (run: () => Promise<unknown>) => Promise<unknown>): Events => {
  const { engine } = database
  const connect = async (): Promise<PoolClient> => {
    const client = await engine.connect()
    const query = (...given: [string]) => {
      const run = () => client.query(...given)
      return typeof given[0] === 'string' && given[0].startsWith(word) ? instead(run) : run()
    }
    return Object.assign(Object.create(client), { query, release: client.release.bind(client) })
  }
  const pool = Object.assign(Object.create(engine), { connect, query: engine.query.bind(engine) })
  return createEvents({ ...house, database: { ...database, engine: pool } })
}

test('a version that is replaced after its trigger was found is not started, its successor is, once', async () => {
  await listening()
  await listening('other')
  const saving = eventsThat('begin', async (run) => {
    await house.save(tenantId, { name: 'pay', trigger: { event: 'order.created' }, description: 'the next' })
    return run()
  })
  const fired = valueOf(await receive({}, saving)).fired
  expect(fired.map(({ workflow, outcome }) => `${workflow} ${outcome}`).toSorted()).toEqual([
    'other started',
    'pay started',
  ])
  const rows = (await executions()).map((row) => `${String(row['workflow'])} ${String(row['version'])}`)
  expect(rows.toSorted()).toEqual(['other 1', 'pay 2'])
})

describe('when the database fails', () => {
  const ids = ['1', '2', '3']

  test.each(['begin', 'commit'])(
    'at the %s, each caller of the group hears of it and nothing remains',
    async (word) => {
      await listening()
      const failing = eventsThat(word, () => Promise.reject(new Error('gone')))
      const outcomes = await Promise.allSettled(ids.map((id) => receive({ id }, failing)))
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
      expect(await executions()).toEqual([])
      const again = await Promise.all(ids.map((id) => receive({ id })))
      expect(again.map((one) => valueOf(one).duplicate)).toEqual([false, false, false])
    },
  )

  test('after the commit but before its answer, each caller is told to send again, and nothing is taken twice', async () => {
    await listening()
    const failing = eventsThat('commit', async (run) => {
      await run()
      throw new Error('gone')
    })
    const outcomes = await Promise.allSettled(ids.map((id) => receive({ id }, failing)))
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ reason: { message: expect.stringContaining('Send it again') } })
    const again = await Promise.all(ids.map((id) => receive({ id })))
    expect(again.map((one) => valueOf(one).duplicate)).toEqual([true, true, true])
    expect(await executions()).toHaveLength(3)
  })
})
