// A server with the stream and an engine in a process of its own: tells its parent when events are durable.

import { fastify } from 'fastify'
import type { JournalEntry } from '../src/record/journal.ts'
import { StreamHub } from '../src/api/stream/hub.ts'
import { openStream } from '../src/api/stream/open-stream.ts'
import { parseTopics } from '../src/api/stream/topics.ts'
import { readConfig } from '../src/config.ts'
import { buildEngine } from '../src/main/build-engine.ts'
import { type HouseOptions, openHouse } from '../src/main.ts'
import { benchPack } from './pack.ts'

const epochMs = (): number => performance.timeOrigin + performance.now()

const options: HouseOptions = {
  log: () => {},
  packs: [benchPack],
  onDurable: (entries: readonly JournalEntry[]) => {
    hub.wake()
    const at = epochMs()
    const ended = entries.filter(({ event }) => event.type === 'execution.ended')
    if (ended.length > 0)
      process.send?.({ type: 'durable', at, ids: ended.map((entry) => `${entry.executionId}/${entry.seq}`) })
  },
}
const house = await openHouse(readConfig(process.env), options)
// Nothing is durable before the engine starts.
const hub = new StreamHub({ database: house.database, report: () => {}, limits: { owner: 5000 } })
const engine = buildEngine(house, options)
await engine.start()

const app = fastify()
app.get<{ Querystring: { tenant: string } }>('/stream', async (request, reply) => {
  const topics = parseTopics('executions', { role: 'owner' })
  if (!topics.ok) throw new Error('No such topic')
  const principal = {
    tenantId: request.query.tenant,
    kind: 'member',
    id: 'bench',
    via: { kind: 'session', id: 'bench' },
  } as const
  openStream(hub, {
    principal,
    request,
    reply,
    topics: topics.value,
    lastEventId: undefined,
    stillAllowed: async () => true,
  })
  return reply
})
await app.listen({ port: 0, host: '127.0.0.1' })
const address = app.server.address()
process.send?.({ type: 'ready', port: typeof address === 'object' ? address?.port : undefined })

process.on('message', (asked) => {
  if (asked === 'memory') {
    globalThis.gc?.()
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    process.send?.({ type: 'memory', rss, heapUsed, listeners: hub.listeners })
    return
  }
  const { tenantId, workflow } = Object(asked)
  void house.starter.start({ tenantId, workflow, inputs: {}, startedBy: 'bench' })
})
process.once('disconnect', () => process.exit(1))
process.once('SIGTERM', () => {
  hub.close()
  void app
    .close()
    .then(() => engine.stop())
    .then(() => house.close())
    .then(() => process.exit(0))
})
