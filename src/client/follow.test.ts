import { expect, test } from 'vitest'
import type { ServerResponse } from 'node:http'
import { hangUp, json, problem, startLocalServer } from '../../tests/client/local-server.test-kit.ts'
import { createClient } from './client.ts'
import { readEvents } from './event-source.ts'
import type { ExecutionEvent } from './follow.ts'

/** A signal that nobody aborts. */
const forever = new AbortController().signal

const event = (id: string, type: string, more = {}) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ type, time: '2026-11-21T12:00:00Z', execution_id: 'e1', ...more })}\n\n`

/** Sends some events, and closes the stream or leaves it open. */
const stream =
  (text: string, isOpen = false) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`retry: 1\nid: 0\n\n: beat\n\n${text}`)
    if (!isOpen) response.end()
  }

const journal = (...items: readonly unknown[]) => json(200, { items, total: 0, limit: 1, offset: 0 })

async function follow(url: string, signal?: AbortSignal): Promise<ExecutionEvent[]> {
  const seen: ExecutionEvent[] = []
  const client = createClient({ url, key: 'cs_k', retries: 2 })
  for await (const one of client.follow('e1', signal === undefined ? {} : { signal })) seen.push(one)
  return seen
}

test('events come until the end, over connections that break, each from where the last one stopped', async () => {
  const server = await startLocalServer(
    stream(event('1', 'workflow.started')),
    stream(event('2', 'workflow.step_completed', { step: 'a', output: 7 })),
    hangUp,
    problem(503, 'unavailable'),
    stream(event('3', 'workflow.completed'), true),
    journal(),
  )
  const seen = await follow(server.url)
  expect(seen.map(({ type, step }) => [type, step])).toEqual([
    ['workflow.started', undefined],
    ['workflow.step_completed', 'a'],
    ['workflow.completed', undefined],
  ])
  expect(seen[1]?.data['output']).toBe(7)
  const streams = server.received.filter(({ url }) => url === '/api/v1/stream?topics=execution%3Ae1&from=start')
  expect(streams.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1', '2', '2', '2'])
  expect(streams[0]?.headers).toMatchObject({ authorization: 'Bearer cs_k', accept: 'text/event-stream' })
})

test('an end that was retried is not the last word', async () => {
  const failed = event('1', 'workflow.failed', { id: 'e1/3' })
  const server = await startLocalServer(
    stream(failed + event('2', 'workflow.retried') + event('3', 'workflow.completed', { id: 'e1/9' }), true),
    journal({ seq: 4 }),
    stream(event('2', 'workflow.retried') + event('3', 'workflow.completed', { id: 'e1/9' }), true),
    journal(),
  )
  expect((await follow(server.url)).map(({ type }) => type)).toEqual([
    'workflow.failed',
    'workflow.retried',
    'workflow.completed',
  ])
  expect(server.received.map(({ url, headers }) => [url.split('?')[1], headers['last-event-id']])).toEqual([
    ['topics=execution%3Ae1&from=start', undefined],
    ['limit=1&offset=3', undefined],
    ['topics=execution%3Ae1&from=start', '1'],
    ['limit=1&offset=9', undefined],
  ])
})

test('what cannot be followed is refused at once', async () => {
  const server = await startLocalServer(problem(404, 'not_found'))
  await expect(follow(server.url)).rejects.toMatchObject({ name: 'ProblemError', code: 'not_found' })
  expect(server.received).toHaveLength(1)
})

test('a server that stays away is given up', async () => {
  const server = await startLocalServer(hangUp)
  await expect(follow(server.url)).rejects.toMatchObject({ name: 'ConnectionError' })
  expect(server.received).toHaveLength(3)
})

test('whoever follows can leave', async () => {
  const leaving = new AbortController()
  const server = await startLocalServer((response) => {
    stream('', true)(response)
    setImmediate(() => leaving.abort(new Error('bye')))
  })
  await expect(follow(server.url, leaving.signal)).rejects.toThrow('bye')
})

test.each([
  ['data: a\ndata: b\n\n', [{ type: 'message', data: 'a\nb' }]],
  ['event: x\r\ndata:  a\r\n\r\n', [{ type: 'x', data: ' a' }]],
  [
    'data: a\r\rdata\r\r',
    [
      { type: 'message', data: 'a' },
      { type: 'message', data: '' },
    ],
  ],
  [': comment\n\nevent: x\n\ndata: a\n\n', [{ type: 'message', data: 'a' }]],
  ['data: unfinished', []],
  ['unknown: a\ndata: ü€😀\n\n', [{ type: 'message', data: 'ü€😀' }]],
])('a stream is read by the standard, however it is cut: %j', async (text, expected) => {
  const bytes = new TextEncoder().encode(text)
  for (const size of [1, 2, 3, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
        controller.close()
      },
    })
    const seen = []
    for await (const one of readEvents(body, { lastEventId: '', retryMs: 0 }, () => undefined, forever)) seen.push(one)
    expect(seen).toEqual(expected)
  }
})

test('ids and waits are kept, those that are none are not', async () => {
  const place = { lastEventId: '', retryMs: 5 }
  const text = 'id: 7\nretry: 10\n\nid: a\0b\nretry: soon\n\n'
  const body = new Blob([text]).stream()
  for await (const _ of readEvents(body, place, () => undefined, forever));
  expect(place).toEqual({ lastEventId: '7', retryMs: 10 })
})

test('an abort ends the reading, whoever else knows of it', async () => {
  const leaving = new AbortController()
  const silent = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => undefined) })
  const reading = readEvents(silent, { lastEventId: '', retryMs: 0 }, () => undefined, leaving.signal).next()
  leaving.abort()
  expect(await reading).toEqual({ done: true, value: undefined })
})
