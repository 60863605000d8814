// Whatever the writers do, each reader of the feed gets each committed event once, and all get them in one order.

import fc from 'fast-check'
import type { PoolClient } from 'pg'
import { expect, test } from 'vitest'
import type { Database } from '../../src/record/database.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { feedHorizon, readFeed } from '../../src/record/feed.ts'
import { beginning } from '../../src/record/feed-position.ts'
import { asOwner, newId, openOwnDatabase } from '../setup/database.ts'
import { newExecution } from '../setup/executions.ts'

const clients = 4

/** A transaction that is open on one of the connections, and what happens next on it. */
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      on: fc.nat(clients - 1),
      count: fc.integer({ min: 1, max: 4 }),
      lagMs: fc.constantFrom(0, 0, 0, 900, 1990, 2010, 70_000, 4_000_000, -1500, -2500, -3_600_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      how: fc.constantFrom('commit' as const, 'commit' as const, 'rollback' as const),
      on: fc.nat(clients - 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('start' as const), on: fc.nat(clients - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('freeze' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('read' as const), by: fc.nat(2), limit: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconnect' as const), by: fc.nat(2), back: fc.nat(10) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

test('each reader gets each committed event once, in one order, whatever is written and read in between', async () => {
  const database = await openOwnDatabase(clients + 4)
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => play(database, steps)),
      { numRuns: Number(process.env['FEED_RUNS'] ?? 60) },
    )
  } finally {
    await database.close()
  }
})

async function play(database: Database, steps: readonly Step[]): Promise<void> {
  const tenantId = newId()
  const from = await feedHorizon(database.engine)
  const writers = await Promise.all(
    Array.from({ length: clients }, async () => new Writer(await database.engine.connect(), tenantId)),
  )
  const readers = Array.from({ length: 3 }, () => new Reader(from))
  try {
    for (const one of steps) {
      if (one.do === 'write') await writers[one.on]?.write(one.count, one.lagMs)
      else if (one.do === 'start') await writers[one.on]?.start()
      else if (one.do === 'end') await writers[one.on]?.end(one.how)
      else if (one.do === 'freeze')
        await asOwner(database.address, (client) => client.query('vacuum freeze journal, executions'))
      else if (one.do === 'reconnect') readers[one.by]?.goBack(one.back)
      else await readers[one.by]?.read(database, tenantId, one.limit)
    }
    for (const writer of writers) await writer.end('commit')
    const committed = writers.flatMap(({ committed: keys }) => keys)
    const late = new Reader(beginning)
    for (const reader of [...readers, late]) await readAll(database, tenantId, reader, committed.length)
    const [first] = readers
    expect(first?.seen.toSorted()).toEqual(committed.toSorted())
    for (const reader of [...readers, late]) expect(reader.seen).toEqual(first?.seen)
  } finally {
    for (const writer of writers) writer.release()
  }
}

const longestMs = 20_000

/** A transaction of anybody on the server holds the feed back until it ends, one of its own housekeeping as well. */
async function readAll(database: Database, tenantId: string, reader: Reader, count: number): Promise<void> {
  const deadline = performance.now() + longestMs
  const isShort = () => reader.seen.length < count && performance.now() < deadline
  while ((await reader.read(database, tenantId, 7)) || isShort());
}

type Client = PoolClient

class Writer {
  readonly committed: string[] = []
  private readonly client: Client
  private readonly tenantId: string
  private readonly executionId = newId()
  private open: string[] | undefined
  private seq = 0

  constructor(client: Client, tenantId: string) {
    this.client = client
    this.tenantId = tenantId
  }

  async write(count: number, lagMs: number): Promise<void> {
    await this.begin()
    for (let turn = 0; turn < count; turn++) {
      const seq = ++this.seq
      await this.client.query(
        `insert into journal (tenant_id, execution_id, seq, type, step, at) values ($1, $2, $3, 'step.skipped', 'a', to_timestamp($4::float8 / 1000))`,
        [this.tenantId, this.executionId, seq, Date.now() - lagMs],
      )
      this.open?.push(`${this.executionId}/${seq}`)
    }
  }

  async start(): Promise<void> {
    await this.begin()
    const execution = newExecution(this.tenantId, { createdAt: new Date() })
    await startExecutions(this.client, [execution])
    this.open?.push(`${execution.id}/0`)
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    if (this.open === undefined) return
    await this.client.query(how)
    if (how === 'commit') this.committed.push(...this.open)
    this.open = undefined
  }

  release(): void {
    this.client.release(this.open !== undefined)
  }

  private async begin(): Promise<void> {
    if (this.open !== undefined) return
    await this.client.query('begin')
    this.open = []
  }
}

class Reader {
  seen: string[] = []
  private places: string[]

  constructor(from: string) {
    this.places = [from]
  }

  /** Forgets the last events and goes on after the one before them, as a listener whose connection broke. */
  goBack(by: number): void {
    const keep = Math.max(0, this.seen.length - by)
    this.seen = this.seen.slice(0, keep)
    this.places = this.places.slice(0, keep + 1)
  }

  async read(database: Database, tenantId: string, limit: number): Promise<boolean> {
    const page = await readFeed(database.engine, this.places.at(-1) ?? '', { limit, tenantId })
    for (const { executionId, seq, position } of page.entries) {
      this.seen.push(`${executionId}/${seq}`)
      this.places.push(position)
    }
    // Where nothing is to be told any more the place moves on all the same.
    if (page.entries.length < limit) this.places[this.places.length - 1] = page.position
    return page.isCut
  }
}
