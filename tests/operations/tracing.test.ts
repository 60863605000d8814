// What traces promise: every execution is one trace, whoever works on it and whatever the collector does.

import { createServer, type IncomingMessage } from 'node:http'
import { fastify } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { addRequestSpans } from '../../src/api/request-spans.ts'
import { watchSpans, executionSpanId } from '../../src/engine/tracing/execution-spans.ts'
import type { Span } from '../../src/engine/tracing/span.ts'
import { createSpanSender } from '../../src/engine/tracing/span-sender.ts'
import { parseTraceparent, sayTraceparent, spanIdOf, traceOf } from '../../src/engine/tracing/trace-context.ts'
import { watchTogether } from '../../src/engine/watch.ts'
import { until } from '../engine/engine.test-kit.ts'
import { newId } from '../setup/database.ts'
import { watchEngine } from './engine-watch.ts'

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close()
})

interface Received {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code: number; readonly message?: string }
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, string | number>> }[]
}

/** A collector that takes OTLP over HTTP as JSON, or answers with a status. */
async function collect(
  status = 200,
): Promise<{ endpoint: string; spans: Received[]; bodies: string[]; paths: string[] }> {
  const got: { spans: Received[]; bodies: string[]; paths: string[] } = { spans: [], bodies: [], paths: [] }
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      got.bodies.push(body)
      got.paths.push(request.url ?? '')
      const resources: { scopeSpans: { spans: Received[] }[] }[] = JSON.parse(body).resourceSpans
      if (status === 200) got.spans.push(...resources.flatMap((r) => r.scopeSpans.flatMap((scope) => scope.spans)))
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closings.push(() => server.close())
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { endpoint: `http://127.0.0.1:${port}/`, ...got }
}

async function read(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

function sender(endpoint: string) {
  const troubles: string[] = []
  const made = createSpanSender({
    endpoint,
    serviceVersion: '0.1.0',
    onTrouble: (error) => troubles.push(error.message),
  })
  return { ...made, troubles }
}

const attributesOf = ({ attributes }: Received) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

test('an execution, its steps and their attempts arrive at a collector as one trace, without what they worked on', async () => {
  const collector = await collect()
  const spans = sender(collector.endpoint)
  const engine = await watchEngine(watchSpans(spans.send))
  const steps = [
    { id: 'say', action: 'log', config: { message: '{{ inputs.word }}' } },
    { id: 'wait', action: 'delay', config: { for: '20ms' }, depends_on: ['say'] },
    {
      ...{ id: 'call', action: 'http.request', config: { url: 'http://hidden-host.test' }, depends_on: ['wait'] },
      retry: { attempts: 2, backoff: 'fixed' as const, initial: '1ms' },
    },
  ]
  const id = await engine.run({ name: 'traced', inputs: { word: { type: 'string' } }, steps }, { word: 'confidential' })
  await engine.stop()
  await spans.close()
  const root = collector.spans.find(({ name }) => name === 'execution traced')
  expect(root).toMatchObject({
    traceId: id.replaceAll('-', ''),
    spanId: executionSpanId(id),
    status: { code: 2, message: 'not_configured' },
  })
  expect(root?.parentSpanId ?? '').toBe('')
  for (const span of collector.spans) expect(span.traceId).toBe(root?.traceId)
  const named = (name: string) => collector.spans.filter((span) => span.name === name)
  for (const step of ['say', 'wait', 'call']) {
    const [span] = named(`step ${step}`)
    expect(span?.parentSpanId).toBe(root?.spanId)
    for (const attempt of named(`attempt ${step}`)) expect(attempt.parentSpanId).toBe(span?.spanId)
  }
  const [waited] = named('step wait')
  expect(Number(waited?.endTimeUnixNano) - Number(waited?.startTimeUnixNano)).toBeGreaterThanOrEqual(19e6)
  const [call] = named('attempt call')
  expect(call === undefined ? {} : attributesOf(call)).toMatchObject({
    'countersign.execution_id': id,
    'countersign.tenant_id': engine.tenant.id,
    'countersign.workflow': 'traced',
    'countersign.version': 1,
    'countersign.step': 'call',
    'countersign.action': 'http.request',
    'countersign.attempt': 1,
    'countersign.outcome': 'failed',
  })
  expect(collector.bodies.join('')).not.toMatch(/confidential|hidden-host|no such door/)
  expect(collector.paths[0]).toBe('/v1/traces')
  expect(spans.dropped()).toBe(0)
})

describe('an execution that a traced request started', () => {
  const parent = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }

  test('continues its trace; one that is not sampled is left out', async () => {
    const told: Span[] = []
    const engine = await watchEngine(watchSpans((span) => told.push(span)))
    const steps = [{ id: 'a', action: 'log', config: { message: 'a' } }]
    await engine.run({ name: 'one', steps }, {}, { traceparent: sayTraceparent({ ...parent, isSampled: true }) })
    expect(told.map(({ traceId }) => traceId)).toEqual(Array.from({ length: 3 }, () => parent.traceId))
    expect(told.find(({ name }) => name === 'execution one')?.parentSpanId).toBe(parent.spanId)
    told.length = 0
    await engine.run({ name: 'two', steps }, {}, { traceparent: sayTraceparent({ ...parent, isSampled: false }) })
    expect(told).toEqual([])
    await engine.stop()
  })

  test('what was started is stored only in the form of the standard', async () => {
    const engine = await watchEngine(watchTogether([]))
    const run = engine.run(
      { name: 'bad', steps: [{ id: 'a', action: 'log', config: { message: 'a' } }] },
      {},
      { traceparent: 'x' },
    )
    await expect(run).rejects.toThrow('traceparent_form')
    await engine.stop()
  })
})

const span: Span = {
  ...{
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    parentSpanId: undefined,
    name: 'n',
    kind: 'internal' as const,
  },
  ...{ startedAt: 1_700_000_000_123, endedAt: 1_700_000_000_456, errorCode: undefined, attributes: {} },
}

describe('a collector that is away', () => {
  test('loses spans, which are counted; that is told once, and nothing waits for it', async () => {
    const spans = sender('http://127.0.0.1:1')
    for (let count = 0; count < 600; count++) spans.send(span)
    await spans.close()
    await until(() => (spans.dropped() === 600 ? true : undefined))
    expect(spans.troubles).toHaveLength(1)
  })

  test('the queue is bounded', async () => {
    const spans = sender('http://127.0.0.1:1')
    for (let count = 0; count < 20_005; count++) spans.send(span)
    expect(spans.dropped()).toBe(5)
    expect(spans.troubles).toEqual(['More spans come than the collector takes.'])
    await spans.close()
  })

  test('one that refuses is told of, and one that is back gets what comes', async () => {
    const refusing = sender((await collect(400)).endpoint)
    refusing.send(span)
    await refusing.close()
    expect(refusing.dropped()).toBe(1)
    const collector = await collect()
    const spans = sender(collector.endpoint)
    spans.send(span)
    await until(() => (collector.spans.length === 1 ? true : undefined))
    expect(collector.spans[0]).toMatchObject({
      name: 'n',
      startTimeUnixNano: '1700000000123000000',
      endTimeUnixNano: '1700000000456000000',
    })
    await spans.close()
  })
})

describe('requests', () => {
  test('have a span in the trace of the caller, and hand it on', async () => {
    const told: Span[] = []
    const app = fastify()
    addRequestSpans(
      app,
      (made) => told.push(made),
      () => 7,
    )
    app.get('/things/:id', ({ headers }) => headers.traceparent)
    app.get('/broken', () => Promise.reject(new Error('no')))
    app.get('/ready', () => 'yes')
    const caller = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), isSampled: true }
    const { body } = await app.inject({ url: '/things/secret', headers: { traceparent: sayTraceparent(caller) } })
    const handed = parseTraceparent(body)
    expect(handed).toMatchObject({ traceId: caller.traceId, isSampled: true })
    expect(told[0]).toMatchObject({
      traceId: handed?.traceId,
      spanId: handed?.spanId,
      parentSpanId: caller.spanId,
      name: 'GET /things/:id',
      kind: 'server',
    })
    expect(JSON.stringify(told)).not.toContain('secret')
    await app.inject({ url: '/broken', headers: { traceparent: 'garbage' } })
    expect(told[1]).toMatchObject({ parentSpanId: undefined, errorCode: '500' })
    expect(told[1]?.traceId).toMatch(/^[0-9a-f]{32}$/)
    await app.inject({ url: '/ready' })
    await app.inject({ url: '/things/1', headers: { traceparent: sayTraceparent({ ...caller, isSampled: false }) } })
    expect(told).toHaveLength(2)
    await app.close()
  })
})

test('ids follow from the execution; what is no traceparent starts no trace', () => {
  const id = newId()
  expect(traceOf(id)).toEqual({ traceId: id.replaceAll('-', ''), parent: undefined })
  expect(spanIdOf(id, 'a', 1)).toBe(spanIdOf(id, 'a', 1))
  expect(spanIdOf(id, 'a', 1)).not.toBe(spanIdOf(id, 'a', 2))
  for (const header of [
    undefined,
    '',
    `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
    `00-${'1'.repeat(32)}-${'0'.repeat(16)}-01`,
    `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
  ]) {
    expect(parseTraceparent(header)).toBeUndefined()
  }
})
