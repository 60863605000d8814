// A server with nothing but the stream, for tests: who asks says so by headers, and a client that reads what comes.

import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { fastify } from 'fastify'
import type { Role } from '../../src/kernel/access/permissions.ts'
import { failed, ok, type Result } from '../../src/kernel/problem.ts'
import type { Principal } from '../../src/api/principal.ts'
import { replyProblems } from '../../src/api/problem-reply.ts'
import { StreamHub, type StreamLimits } from '../../src/api/stream/hub.ts'
import { openStream } from '../../src/api/stream/open-stream.ts'
import { createStreamParts } from '../../src/api/stream/still-allowed.ts'
import { parseTopics } from '../../src/api/stream/topics.ts'
import type { Database } from '../../src/record/database.ts'

export interface StreamServer {
  readonly port: number
  readonly hub: StreamHub
  readonly troubles: string[]
  /** What roles members have; one that is missing is not signed in. */
  readonly roles: Map<string, Role>
  close(): Promise<void>
}

/** Everybody is the member whom the query names, of the tenant that it names. */
export async function startStreamServer(
  database: Database,
  limits: Partial<StreamLimits> = {},
  port = 0,
): Promise<StreamServer> {
  const troubles: string[] = []
  const roles = new Map<string, Role>()
  const hub = new StreamHub({
    database,
    limits,
    report: (_, message, detail) => troubles.push(`${message} ${JSON.stringify(detail)}`),
  })
  const app = fastify({ forceCloseConnections: 'idle' })
  const principalOf = (query: Record<string, string>): Result<Principal> => {
    const { tenant: tenantId = '', member: id = 'ana' } = query
    const role = roles.get(id)
    if (role === undefined) return failed({ code: 'unauthenticated', message: 'Not signed in.' })
    const actor = { tenantId, kind: 'member', id, name: id, channel: 'api', address: null, requestId: null } as const
    return ok({ ...actor, role, via: { kind: 'session', id } })
  }
  roles.set('ana', 'owner')
  const parts = createStreamParts(hub, async ({ query }) => principalOf(Object(query)))
  app.get<{ Querystring: Record<string, string> }>('/stream', async (call, reply) => {
    const principal = principalOf(call.query)
    if (!principal.ok) return replyProblems(reply, principal.problems)
    const topics = parseTopics(call.query['topics'] ?? '', principal.value)
    if (!topics.ok) return replyProblems(reply, topics.problems)
    const lastEventId = call.query['last_event_id']
    const stillAllowed = async (): Promise<boolean> => parts.stillAllowed(principal.value, call)
    const opened = openStream(hub, {
      principal: principal.value,
      request: call,
      reply,
      topics: topics.value,
      lastEventId,
      stillAllowed,
    })
    return opened.ok ? reply : replyProblems(reply, opened.problems)
  })
  app.addHook('preClose', async () => hub.close())
  await app.listen({ port, host: '127.0.0.1' })
  const address = app.server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    hub,
    troubles,
    roles,
    close: async () => app.close(),
  }
}

export interface StreamMessage {
  readonly id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Reads a stream as the standard says: an id without data moves the last id on and tells nothing. */
export class StreamClient {
  status = 0
  lastId = ''
  isEnded = false
  readonly messages: StreamMessage[] = []
  private readonly waiting: (() => void)[] = []
  private readonly sent: ClientRequest
  private text = ''

  constructor(port: number, query: Readonly<Record<string, string>>) {
    this.sent = request({
      port,
      host: '127.0.0.1',
      agent: false,
      path: `/stream?${new URLSearchParams(query).toString()}`,
    })
    this.sent.on('error', () => this.end())
    this.sent.end()
  }

  /** Resolves once the server has said where the stream begins, or has refused. */
  async opened(): Promise<this> {
    const [answer]: IncomingMessage[] = await once(this.sent, 'response')
    this.status = answer?.statusCode ?? 0
    answer?.setEncoding('utf8')
    answer?.on('data', (chunk: string) => this.take(chunk))
    answer?.on('close', () => this.end())
    answer?.on('error', () => this.end())
    await this.until(() => this.lastId !== '' || this.isEnded || this.status !== 200)
    return this
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.waiting.push(resolve))
  }

  /** Resolves once so many messages have come. */
  async has(count: number): Promise<readonly StreamMessage[]> {
    await this.until(() => this.messages.length >= count || this.isEnded)
    return this.messages
  }

  pause(): void {
    this.sent.socket?.pause()
  }

  close(): void {
    this.sent.destroy()
  }

  private end(): void {
    this.isEnded = true
    this.tell()
  }

  /** Lets whoever waits look again. */
  tell(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  private take(chunk: string): void {
    this.text += chunk
    const blocks = this.text.split('\n\n')
    this.text = blocks.pop() ?? ''
    for (const block of blocks) this.read(block)
    this.tell()
  }

  private read(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(': ') + 2)]),
    )
    this.lastId = fields.get('id') ?? this.lastId
    const data = fields.get('data')
    if (data === undefined) return
    this.messages.push({ id: this.lastId, event: fields.get('event') ?? '', data: Object(JSON.parse(data)) })
  }
}
