// The live stream: how soon after its commit an event has reached all of 2,000 listeners, and what a listener takes.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Bench, Run } from './bench.ts'
import { onStage } from './stage.ts'
import { percentile } from './statistics.ts'
import { linear } from './workloads.ts'

const listeners = 2000
const events = 100
/** Executions that are started in a second: each ends, and each end reaches every listener. */
const perSecond = 5

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), port: z.number() }),
  z.object({ type: z.literal('durable'), at: z.number(), ids: z.array(z.string()) }),
  z.object({ type: z.literal('memory'), rss: z.number(), heapUsed: z.number(), listeners: z.number() }),
])
type Message = z.infer<typeof message>

interface Asked {
  readonly program: string
  readonly environment: Readonly<Record<string, string>>
  readonly path: string
  readonly counts: { readonly listeners: number; readonly events: number }
  /** Makes an event happen. */
  trigger(child: ChildProcess): void
}

async function measure({ program, environment, path, counts, trigger }: Asked): Promise<Record<string, number>> {
  const url = new URL(program, import.meta.url)
  const child = fork(url, [], { execArgv: ['--expose-gc'], env: { ...environment } })
  const sockets: Socket[] = []
  try {
    const { port } = await told(child, 'ready')
    const arrivals = new Arrivals(child)
    const empty = await memoryOf(child)
    for (let index = 0; index < counts.listeners; index++) sockets.push(await listen(port, path, arrivals))
    let full = await memoryOf(child)
    while (full.listeners < counts.listeners) full = await memoryOf(child)
    for (let index = 0; index < counts.events; index++) {
      trigger(child)
      await pause(1000 / perSecond)
    }
    await arrivals.of(counts.events * counts.listeners)
    const after = await memoryOf(child)
    return {
      ...arrivals.figures(counts.listeners),
      listeners: counts.listeners,
      kb_per_listener: (full.rss - empty.rss) / counts.listeners / 1000,
      heap_kb_per_listener: (full.heapUsed - empty.heapUsed) / counts.listeners / 1000,
      memory_mb: after.rss / 1e6,
    }
  } finally {
    for (const socket of sockets) socket.destroy()
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
  }
}

/** When each event was durable, and when it reached each listener. */
class Arrivals {
  private readonly durableAt = new Map<string, number>()
  private readonly times = new Map<string, number[]>()
  private count = 0

  constructor(child: ChildProcess) {
    child.on('message', (raw) => {
      const parsed = message.parse(raw)
      if (parsed.type === 'durable') for (const id of parsed.ids) this.durableAt.set(id, parsed.at)
    })
  }

  take(id: string): void {
    const times = this.times.get(id)
    const at = performance.timeOrigin + performance.now()
    if (times === undefined) this.times.set(id, [at])
    else times.push(at)
    this.count++
  }

  async of(count: number): Promise<void> {
    while (this.count < count) await pause(50)
    if (this.count > count) throw new Error('An event came twice.')
  }

  figures(each: number): Record<string, number> {
    const [all, last]: [number[], number[]] = [[], []]
    for (const [id, times] of this.times) {
      if (times.length !== each) throw new Error(`${id} reached ${times.length} of ${each}.`)
      const durableAt = this.durableAt.get(id) ?? Number.NaN
      for (const at of times) all.push(at - durableAt)
      last.push(Math.max(...times) - durableAt)
    }
    return {
      p50_ms: percentile(all, 0.5),
      p99_ms: percentile(all, 0.99),
      max_ms: percentile(all, 1),
      last_listener_p99_ms: percentile(last, 0.99),
    }
  }
}

async function listen(port: number, path: string, arrivals: Arrivals): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n\r\n`)
  const opened = once(socket, 'data')
  let rest = ''
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1')
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data: {"type":"workflow.completed"')) continue
      arrivals.take(/"id":"([^"]+)"/.exec(line)?.[1] ?? '')
    }
  })
  await opened
  return socket
}

async function memoryOf(child: ChildProcess): Promise<Extract<Message, { type: 'memory' }>> {
  const answer = told(child, 'memory')
  child.send('memory')
  return answer
}

/** The next message of a type; fails when the process ends before it. */
async function told<Type extends Message['type']>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<Message, { type: Type }>> {
  const isOf = (parsed: Message): parsed is Extract<Message, { type: Type }> => parsed.type === type
  return new Promise((resolve, reject) => {
    const exited = (): void => reject(new Error('The process ended by itself.'))
    const hear = (raw: unknown): void => {
      const parsed = message.parse(raw)
      if (!isOf(parsed)) return
      child.off('message', hear)
      child.off('exit', exited)
      resolve(parsed)
    }
    child.on('message', hear)
    child.once('exit', exited)
  })
}

async function measureStream({ server, scaled }: Run): Promise<Record<string, number>> {
  const counts = { listeners: scaled(listeners), events: scaled(events) }
  return onStage(server, { engine: false }, async (stage) => {
    await stage.save(linear)
    return measure({
      program: './stream-process.ts',
      environment: { DATABASE_URL: stage.access.url, COUNTERSIGN_KEY_FILE: server.keyFile },
      path: `/stream?tenant=${stage.tenantId}`,
      counts,
      trigger: (child) => child.send({ tenantId: stage.tenantId, workflow: linear.name }),
    })
  })
}

export const stream: Bench = {
  name: 'stream',
  about: 'from the commit of an event until it has reached 2,000 listeners, beside a bare broadcast of as many events',
  measure: async (run) => {
    const counts = { listeners: run.scaled(listeners), events: run.scaled(events) }
    const bare = await measure({
      program: './broadcast-process.ts',
      environment: {},
      path: '/',
      counts,
      trigger: (child) => child.send('event'),
    })
    return [
      { bench: 'stream', values: await measureStream(run) },
      { bench: 'stream-bare', values: bare },
    ]
  },
}
