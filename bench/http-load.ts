// One load over HTTP from a process of its own: `node bench/http-load.ts '<Load as JSON>'` prints what came of it.

import autocannon from 'autocannon'

export interface HttpLoad {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  /** Sent in turn. */
  readonly paths: readonly string[]
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
  const { url, method, headers, paths, body, connections, seconds } = load
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    headers: { ...headers },
    requests: paths.map((path) => ({ method, path, ...(body !== undefined && { body }) })),
  })
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
