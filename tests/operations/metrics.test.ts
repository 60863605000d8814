// What metrics promise: the right figures under bounded labels, cheap to read, and closed to strangers.

// cspell:ignore eventloop
import { fastify } from 'fastify'
import { describe, expect, test } from 'vitest'
import { addMetrics, createMetrics, type Metrics } from '../../src/api/metrics.ts'
import { Histogram } from '../../src/api/histogram.ts'
import { asTenant, type Database, type Queryable } from '../../src/record/database.ts'
import { insertApprovals } from '../../src/record/approvals.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { readFigures } from '../../src/record/metrics.ts'
import { createTestTenant, openOwnDatabase } from '../setup/database.ts'
import { later, newExecution, now, queue } from '../setup/executions.ts'
import { watchEngine } from './engine-watch.ts'

const nothing = createMetrics({ now: Date.now, database: () => undefined })

async function serve(metrics: Metrics, access: Partial<Parameters<typeof addMetrics>[2]> = {}) {
  const app = fastify()
  addMetrics(app, metrics, { host: '127.0.0.1', url: 'http://127.0.0.1:4000', token: undefined, ...access })
  app.get('/things/:id', () => 'thing')
  await app.ready()
  return app
}

test('an engine that runs feeds step, execution and commit figures by action and outcome', async () => {
  const open: { database?: Database } = {}
  const metrics = createMetrics({ now: Date.now, database: () => open.database })
  const engine = await watchEngine(metrics.watch)
  open.database = engine.database
  const log = (id: string, after: string[] = []) => ({ id, action: 'log', config: { message: id }, depends_on: after })
  await engine.run({ name: 'fine', steps: [log('a'), log('b', ['a'])] })
  await engine.run({
    name: 'choice',
    steps: [{ id: 'c', action: 'decision', config: { branches: [{ name: 'any-name', when: '{{ true }}' }] } }],
  })
  await engine.run({ name: 'bad', steps: [{ id: 'f', action: 'http.request', config: { url: 'http://a.test' } }] })
  const text = await metrics.text()
  await engine.stop()
  expect(text).toMatch(/countersign_step_seconds_count\{action="log",outcome="completed"\} 2\n/)
  expect(text).toMatch(/countersign_step_seconds_count\{action="http.request",outcome="failed"\} 1\n/)
  expect(text).toContain('countersign_execution_seconds_count{outcome="completed"} 2')
  expect(text).toContain('countersign_execution_seconds_count{outcome="failed"} 1')
  expect(text).toMatch(/countersign_commit_events_count [3-9]\n/)
  expect(text).toContain('countersign_claims_total 3')
  expect(text).toContain('countersign_executions{status="queued"} 0')
  expect(text).toMatch(/countersign_database_connections\{pool="engine",state="idle"\} \d/)
  expect(text).toContain('nodejs_eventloop_lag_seconds')
  for (const secret of ['any-name', engine.tenant.id]) expect(text).not.toContain(secret)
})

describe('the figures of the database', () => {
  test('count what lives by status, and find what has waited longest', async () => {
    const database = await openOwnDatabase()
    const [tenant, other] = [await createTestTenant(database), await createTestTenant(database)]
    expect(await readFigures(database.engine, now)).toEqual({
      live: {},
      oldestQueuedAt: undefined,
      oldestRunnableAt: undefined,
      approvals: { pending: 0, oldestAt: undefined },
      deliveries: { pending: 0, failedLastHour: 0 },
    })
    await queue(database, tenant.id, 2, { createdAt: later(-60_000) })
    await queue(database, other.id, 1, { createdAt: later(-90_000), concurrency: { key: 'one', limit: 1 } })
    const timer = newExecution(other.id, { createdAt: later(-300_000) })
    const overdue = newExecution(other.id, { createdAt: later(-200_000) })
    await startExecutions(database.engine, [timer, overdue])
    const wait = `update live_executions set status = 'waiting', runnable_at = $2 where id = $1`
    await database.engine.query(wait, [timer.id, later(60_000)])
    await database.engine.query(wait, [overdue.id, later(-70_000)])
    const id = `${later(-5000)
      .getTime()
      .toString(16)
      .padStart(12, '0')
      .replace(/(.{8})(.{4})/, '$1-$2')}-7000-8000-000000000000`
    const approval = {
      id,
      tenantId: tenant.id,
      executionId: timer.id,
      step: 'a',
      item: undefined,
      createdAt: later(-5000),
    }
    await insertApprovals(database.engine, [
      { ...approval, summary: 'Pay?', details: null, approvers: {}, quorum: 1, expiresAt: undefined },
    ])
    expect(await readFigures(database.engine, now)).toEqual({
      live: { queued: 3, waiting: 2 },
      oldestQueuedAt: later(-90_000).getTime(),
      oldestRunnableAt: later(-70_000).getTime(),
      approvals: { pending: 1, oldestAt: later(-5000).getTime() },
      deliveries: { pending: 0, failedLastHour: 0 },
    })
    await database.close()
  })

  test('are found by indexes, however empty the tables were when it was planned', async () => {
    const database = await openOwnDatabase()
    const plan: string[] = []
    const explain = async (text: string) => {
      const { rows } = await database.engine.query<Record<string, string>>(`explain (generic_plan) ${text}`)
      plan.push(...rows.flatMap((row) => Object.values(row)))
      return { rows: [], rowCount: 0 }
    }
    const db: Queryable = Object.assign(Object.create(database.engine), { query: explain })
    await readFigures(db, now)
    expect(plan.length).toBeGreaterThan(20)
    expect(plan.filter((line) => /Seq Scan|Hash Join|Merge Join|Sort Key/.test(line))).toEqual([])
    await database.close()
  })

  test('are read once for all who ask within seconds', async () => {
    const database = await openOwnDatabase()
    let reads = 0
    const query = (...given: Parameters<typeof database.engine.query>) => {
      reads++
      return database.engine.query(...given)
    }
    const counted = { ...database, engine: Object.assign(Object.create(database.engine), { query }) }
    const metrics = createMetrics({ now: Date.now, database: () => counted })
    await Promise.all([metrics.text(), metrics.text()])
    const once = reads
    await metrics.text()
    expect(reads).toBe(once)
    expect(once).toBeGreaterThan(0)
    await database.close()
  })

  test('are left out when the database does not answer; the rest is told', async () => {
    const database = await openOwnDatabase()
    await database.close()
    const text = await createMetrics({ now: Date.now, database: () => database }).text()
    expect(text).not.toMatch(/^countersign_executions\{/m)
    expect(text).toContain('process_cpu_seconds_total')
  })
})

test('requests are counted by pattern, never by path', async () => {
  const metrics = createMetrics({ now: Date.now, database: () => undefined, listeners: () => 7, droppedSpans: () => 3 })
  const app = await serve(metrics)
  await app.inject({ url: '/things/secret-id' })
  await app.inject({ url: '/nowhere/else' })
  const { body, headers } = await app.inject({ url: '/metrics' })
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(body).toContain('countersign_http_request_seconds_count{route="/things/:id",method="GET",status="200"} 1')
  expect(body).toContain('countersign_http_request_seconds_count{route="none",method="GET",status="404"} 1')
  expect(body).toContain('countersign_stream_listeners 7')
  expect(body).toContain('countersign_spans_dropped_total 3')
  expect(body).not.toMatch(/secret-id|nowhere/)
  await app.close()
})

describe('who may read them', () => {
  test.each([
    ['0.0.0.0', 'http://127.0.0.1:4000', 404],
    ['127.0.0.1', 'https://flows.example', 404],
    ['::', 'http://localhost:4000', 404],
    ['127.0.0.1', 'http://localhost:4000', 200],
    ['::1', 'http://[::1]:4000', 200],
    ['127.example.com', 'http://127.0.0.1', 404],
  ])('without a token, listening on %s as %s: %i', async (host, url, status) => {
    const app = await serve(nothing, { host, url })
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(status)
    await app.close()
  })

  test.each([
    [undefined, 401],
    ['Bearer wrong', 401],
    ['Bearer a-token-and-more', 401],
    ['a-token', 401],
    ['Bearer a-token', 200],
  ])('with a token, sending %s: %i', async (authorization, status) => {
    const app = await serve(nothing, { host: '0.0.0.0', token: 'a-token' })
    const headers = authorization === undefined ? {} : { authorization }
    expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(status)
    await app.close()
  })
})

test('a histogram counts what is at most each bound, and escapes what stands in labels', () => {
  const histogram = new Histogram({ name: 'h', help: 'H.', labels: ['a'], bounds: [1, 2] })
  for (const value of [1, 1.5, 2, 3]) histogram.cell('x"\\\n').observe(value)
  expect(histogram.text().split('\n')).toEqual([
    '# HELP h H.',
    '# TYPE h histogram',
    'h_bucket{a="x\\"\\\\\\n",le="1"} 1',
    'h_bucket{a="x\\"\\\\\\n",le="2"} 3',
    'h_bucket{a="x\\"\\\\\\n",le="+Inf"} 4',
    'h_sum{a="x\\"\\\\\\n"} 7.5',
    'h_count{a="x\\"\\\\\\n"} 4',
    '',
  ])
})

test('the role of the API has no way to the figures of all tenants', async () => {
  const database = await openOwnDatabase()
  const [tenant, other] = [await createTestTenant(database), await createTestTenant(database)]
  await queue(database, other.id, 3)
  expect(await asTenant(database, tenant.id, (client) => readFigures(client, now))).toMatchObject({ live: {} })
  await database.close()
})
