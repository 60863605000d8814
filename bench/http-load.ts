// One load over HTTP from a process of its own: `node bench/http-load.ts '<Load as JSON>'` prints what came of it.

import autocannon, { type Client } from 'autocannon'

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

async function main(text: string): Promise<void> {
  // Written by bench/http.ts.
  const load: HttpLoad = JSON.parse(text)
  const { url, method, headers, paths, keys = [], body, connections, seconds } = load
  const requests = paths.map((path, index) => ({
    method,
    path,
    headers: { ...headers, ...(keys.length > 0 && { authorization: `Bearer ${keys[index % keys.length]}` }) },
    ...(body !== undefined && { body }),
  }))
  // Side by side they would ask for the same, which the server reads once for all.
  let connected = 0
  const setupClient = (client: Client): void => {
    const first = Math.floor((connected++ * requests.length) / connections)
    client.setRequests([...requests.slice(first), ...requests.slice(0, first)])
  }
  const result = await autocannon({ url, connections, duration: seconds, requests, setupClient })
  const { latency, non2xx, errors } = result
  const figures: HttpResult = {
    per_s: result['2xx'] / result.duration,
    p50_ms: latency.p50,
    p99_ms: latency.p99,
    max_ms: latency.max,
    failures: non2xx + errors,
  }
  process.stdout.write(JSON.stringify(figures))
}

await main(process.argv[2] ?? '{}')
