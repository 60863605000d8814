// The listeners of a tenant: one text for all who want the same, and nobody gets an event twice.

import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { newId } from '../../../tests/setup/database.ts'
import { valueOf } from '../../../tests/setup/triggers.ts'
import type { FeedEntry } from '../../record/feed.ts'
import { nil } from '../../record/feed-position.ts'
import { checkAllowed } from './allowed.ts'
import { auditEvent, executionEvent, type StreamEvent } from './stream-event.ts'
import { StreamListener } from './stream-listener.ts'
import { TenantListeners } from './tenant-listeners.ts'
import { parseTopics } from './topics.ts'

const tenantId = newId()
const place = (xid: number): string => `${xid}.0.${nil}.0`

class FakeSink extends EventEmitter {
  writableLength = 0
  ended = ''
  readonly chunks: (string | Buffer)[] = []
  write(chunk: string | Buffer): void {
    this.chunks.push(chunk)
  }
  end(): void {
    this.ended = 'end'
  }
  destroy(): void {
    this.ended = 'destroy'
  }
  get text(): string {
    return this.chunks.map(String).join('')
  }
}

function listenerOf(topics: string, at = 1, stillAllowed = async () => true) {
  const sink = new FakeSink()
  const given = {
    tenantId,
    owner: 'o',
    credential: topics,
    topics: valueOf(parseTopics(topics, { role: 'owner' })),
    stillAllowed,
    sink,
  }
  return { sink, listener: new StreamListener(given, { feed: place(at), audit: 0 }) }
}

function entryOf(xid: number, given: Partial<FeedEntry> = {}): StreamEvent {
  const row = {
    step: null,
    item: null,
    attempt: null,
    outcome: null,
    startedAt: null,
    data: { started_by: 'x', parent_execution_id: 'p' },
  }
  const entry: FeedEntry = {
    ...row,
    tenantId,
    executionId: newId(),
    position: place(xid),
    seq: 0,
    type: 'execution.started',
    at: 0,
    ...given,
  }
  const event = executionEvent(entry, 'w', 0)
  if (event === undefined) throw new Error('No event')
  return event
}

test('all who want the same are written the same bytes', () => {
  const tenant = new TenantListeners(tenantId)
  const all = [listenerOf('executions'), listenerOf('executions'), listenerOf('approvals')]
  for (const { listener } of all) tenant.add(listener)
  tenant.tell([entryOf(2)], { feed: place(3), audit: 0 })
  const [one, two, three] = all
  expect(one?.sink.text).toContain('event: workflow.started\ndata: {"type":"workflow.started"')
  expect(one?.sink.text).toContain('"parent_execution_id":"p"')
  expect(one?.sink.chunks[0]).toBe(two?.sink.chunks[0])
  expect(three?.sink.text).toBe('')
  expect(all.map(({ listener }) => listener.place.feed)).toEqual([place(3), place(3), place(3)])
  tenant.beat({ feed: place(3), audit: 0 })
  expect(three?.sink.text).toBe(`:\nid: ${place(3)}.0\n\n`)
  for (const { listener } of all) expect([tenant.remove(listener), tenant.remove(listener)]).toEqual([true, false])
  expect(tenant.size).toBe(0)
})

test('a listener that has read further than the hub gets nothing twice, and keeps its own place', () => {
  const tenant = new TenantListeners(tenantId)
  const { listener, sink } = listenerOf('executions,audit')
  tenant.add(listener)
  listener.hold()
  tenant.tell([entryOf(2)], { feed: place(3), audit: 0 })
  listener.recall([entryOf(2), entryOf(4)], { feed: place(5), audit: 1 })
  listener.release()
  tenant.beat({ feed: place(3), audit: 0 })
  expect(sink.text.match(/event: /g)).toHaveLength(2)
  expect(sink.text).toContain(`:\nid: ${place(5)}.1\n\n`)
  const news = {
    tenantId,
    seq: 1,
    action: 'secret.created',
    at: 0,
    object: { type: 'secret', id: 's', name: null },
    actor: { kind: 'member', id: 'm', name: 'M' },
  }
  tenant.tell([entryOf(4), auditEvent(news, place(4)), auditEvent({ ...news, seq: 2 }, place(4))], {
    feed: place(4),
    audit: 2,
  })
  expect(sink.text.match(/event: /g)).toHaveLength(3)
  expect(sink.text).toContain(`id: ${place(5)}.2\nevent: secret.created`)
  tenant.tell([entryOf(6)], { feed: place(7), audit: 2 })
  expect([listener.isInStep, listener.place.feed]).toEqual([true, place(7)])
})

test('who follows an execution is told what its events hold, but for outputs that are too long', () => {
  const executionId = newId()
  const { listener, sink } = listenerOf(`execution:${executionId}`)
  const failure = { code: 'step_failed', message: 'No.', retry: false, detail: 'secret' }
  const wait = { on: 'approval', ref: 'r', until: 1000 }
  const step = { executionId, step: 'a', item: 1, attempt: 2 }
  listener.tell([
    entryOf(2, { ...step, type: 'step.waiting', seq: 1, data: { wait } }),
    entryOf(3, { ...step, type: 'step.failed', seq: 2, outcome: 'failed', startedAt: 5, data: { failure } }),
    entryOf(4, { ...step, type: 'step.completed', seq: 3, data: { output: 'x'.repeat(70_000) } }),
    entryOf(5, { executionId, type: 'execution.paused', seq: 4, data: { by: 'ana' } }),
    entryOf(6),
  ])
  const told = sink.text
    .split('\n')
    .flatMap((line): unknown[] => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []))
  expect(told).toMatchObject([
    {
      type: 'workflow.awaiting_approval',
      approval_id: 'r',
      until: '1970-01-01T00:00:01.000Z',
      waits_for: 'approval',
      step: 'a',
      item: 1,
      attempt: 2,
    },
    {
      type: 'workflow.step_failed',
      failure: { code: 'step_failed', message: 'No.' },
      started_at: '1970-01-01T00:00:00.005Z',
    },
    { type: 'workflow.step_completed', output_omitted: true },
    { type: 'workflow.paused', by: 'ana' },
  ])
  expect(sink.text).not.toContain('secret')
})

test('a listener that takes nothing is let go, and one whose connection is gone waits for nothing', async () => {
  const { listener, sink } = listenerOf('executions')
  sink.writableLength = 500_000
  const drained = listener.drained()
  sink.emit('close')
  await drained
  sink.writableLength = 2_000_000
  listener.beat()
  expect([listener.isClosed, sink.ended]).toEqual([true, 'destroy'])
  await listener.drained()
  const held = listenerOf('executions')
  held.listener.hold()
  held.listener.tell(Array.from({ length: 5001 }, () => entryOf(2)))
  expect(held.sink.ended).toBe('end')
})

test('each session is asked about once, and nobody is sent off while it cannot be told', async () => {
  let asked = 0
  const refuse = async (): Promise<boolean> => ++asked < 0
  const [one, two] = [listenerOf('executions', 1, refuse), listenerOf('executions', 1, refuse)]
  const away = listenerOf('approvals', 1, async () => Promise.reject(new Error('away')))
  const refused = await checkAllowed([one, two, away].map(({ listener }) => listener))
  expect(refused).toEqual([one.listener, two.listener])
  expect(asked).toBe(1)
})
