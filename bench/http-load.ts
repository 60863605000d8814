// One load over HTTP from a process of its own: `node bench/http-load.ts '<Load as JSON>'` prints what came of it. It shares the
// machine with what it measures, so it reads of an answer no more than its status and its length.

import { connect, type Socket } from 'node:net'
import { latencies } from './statistics.ts'

export interface HttpLoad {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  /** Sent in turn; each connection begins with another one. */
  readonly paths: readonly string[]
  /** The keys of the paths, in turn; the one in the headers when absent. */
  readonly keys?: readonly string[]
  readonly body?: string
  readonly connections: number
  readonly seconds: number
}

export interface HttpResult {
  readonly per_s: number
  readonly p50_ms: number
  readonly p99_ms: number
  readonly max_ms: number
  /** Answers other than 2xx, and broken connections. */
  readonly failures: number
}

/** One connection, one request at a time. */
class Caller {
  readonly latencies: number[] = []
  failures = 0
  private readonly socket: Socket
  private readonly requests: readonly Buffer[]
  private next: number
  private sentAt = 0
  /** Of the answer that is being read; negative before its head is complete. */
  private missing = -1
  private head = ''
  private isOver = false

  constructor(socket: Socket, requests: readonly Buffer[], first: number) {
    this.socket = socket
    this.requests = requests
    this.next = first
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.read(chunk))
    socket.on('error', () => this.failures++)
    socket.on('connect', () => this.send())
  }

  stop(): void {
    this.isOver = true
    this.socket.destroy()
  }

  private send(): void {
    const request = this.requests[this.next++ % this.requests.length]
    if (this.isOver || request === undefined) return
    this.sentAt = performance.now()
    this.socket.write(request)
  }

  private read(chunk: Buffer): void {
    if (this.missing < 0) {
      const end = chunk.indexOf('\r\n\r\n')
      this.head += chunk.toString('latin1', 0, end < 0 ? chunk.length : end)
      if (end < 0) return
      this.missing = Number(/\r\ncontent-length: (\d+)/i.exec(this.head)?.[1]) - (chunk.length - end - 4)
      if (!this.head.startsWith('HTTP/1.1 2')) this.failures++
      this.head = ''
    } else this.missing -= chunk.length
    if (this.missing > 0) return
    this.missing = -1
    this.latencies.push(performance.now() - this.sentAt)
    this.send()
  }
}

async function main(text: string): Promise<void> {
  // Written by bench/http.ts.
  const load: HttpLoad = JSON.parse(text)
  const { paths, connections, seconds } = load
  const { hostname, port } = new URL(load.url)
  const requests = paths.map((path, index) => requestOf(load, path, index))
  const callers = Array.from({ length: connections }, (_, number) => {
    // Side by side they would ask for the same, which the server reads once for all.
    const first = Math.floor((number * requests.length) / connections)
    return new Caller(connect(Number(port), hostname), requests, first)
  })
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  for (const caller of callers) caller.stop()
  const all = callers.flatMap(({ latencies: own }) => own)
  const failures = callers.reduce((sum, caller) => sum + caller.failures, 0)
  const max = all.reduce((most, each) => Math.max(most, each), 0)
  const figures = { per_s: (all.length - failures) / seconds, ...latencies(all), max_ms: max, failures }
  process.stdout.write(JSON.stringify(figures))
}

function requestOf({ url, method, headers, keys = [], body = '' }: HttpLoad, path: string, index: number): Buffer {
  const own = keys.length > 0 ? { authorization: `Bearer ${keys[index % keys.length]}` } : {}
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {}
  const all = Object.entries({ host: new URL(url).host, ...headers, ...own, ...length })
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`)
}

await main(process.argv[2] ?? '{}')
