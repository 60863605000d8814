// http.request: one call to an HTTP API.

import { z } from 'zod'
import { impactOfCall } from './call-impact.ts'
import { anyJson, defineAction, duration } from '../kit.ts'
import type { HttpRequest, Json } from '../kit.ts'
import { readBody, requireStatus, showUrl, statusRange } from './http-answer.ts'

const auth = z
  .strictObject({
    bearer: z.string().min(1).optional().describe('Sent as Authorization: Bearer …'),
    basic: z
      .strictObject({ user: z.string(), password: z.string() })
      .optional()
      .describe('Sent as Authorization: Basic …'),
    header: z
      .strictObject({ name: z.string().min(1), value: z.string().min(1) })
      .optional()
      .describe('Sent as a header of this name'),
  })
  .refine(
    (given) => Object.values(given).filter((one) => one !== undefined).length === 1,
    'name exactly one of bearer, basic and header',
  )

const config = z.strictObject({
  method: z
    .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    .default('GET')
    .describe('The HTTP method'),
  url: z.string().min(1).max(8000).describe('An http or https address'),
  query: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('Added to the query of the address'),
  headers: z.record(z.string(), z.string()).optional().describe('Headers to send'),
  body: anyJson
    .optional()
    .describe('Text is sent as it is, everything else as JSON; as a form when the content-type header says so'),
  auth: auth.optional().describe('Credentials; refer to them as {{ secrets.NAME }}'),
  timeout: duration
    .optional()
    .describe('Longest time for the whole call, redirects included; the limit of the installation when absent'),
  max_bytes: z
    .int()
    .min(1)
    .max(50_000_000)
    .optional()
    .describe('Largest response body; the limit of the installation when absent'),
  follow_redirects: z
    .boolean()
    .default(true)
    .describe('Follow up to 5 redirects; credentials are not sent to another origin'),
  expect_status: z
    .array(
      z.union([
        z.int().min(100).max(599),
        z.string().regex(statusRange, 'must be a status such as 404, 2xx or 200-299'),
      ]),
    )
    .min(1)
    .default(['2xx'])
    .describe('Statuses that count as success: 404, "2xx", "200-299"'),
  response: z
    .enum(['auto', 'json', 'text', 'base64'])
    .default('auto')
    .describe('How to read the body; auto goes by its content type'),
})

const output = z.strictObject({
  status: z.int().describe('The HTTP status'),
  headers: z.record(z.string(), z.string()).describe('Names in lower case'),
  body: anyJson.describe('The body as JSON, text or base64'),
  url: z.string().describe('Where the answer came from, after redirects'),
  duration_ms: z.int().describe('How long the call took'),
})

type Config = z.output<typeof config>

export const httpRequest = defineAction({
  name: 'http.request',
  title: 'HTTP request',
  description:
    'Calls an HTTP API. A 4xx answer fails the step; 5xx, 408, 425, 429 and a missing answer may be tried again.',
  config,
  output,
  impact: ({ url }, surroundings) => impactOfCall('http.request', url, surroundings),
  effect: 'external',
  examples: [
    {
      title: 'Read an order',
      config: {
        url: 'https://shop.example.com/api/orders/{{ trigger.order_id }}',
        auth: { bearer: '{{ secrets.SHOP_TOKEN }}' },
      },
    },
    {
      title: 'Create a ticket',
      config: {
        method: 'POST',
        url: 'https://desk.example.com/api/tickets',
        body: { subject: '{{ trigger.subject }}' },
        expect_status: [201],
        timeout: '10s',
      },
    },
  ],
  async run({ config: given, idempotencyKey, doors, signal }) {
    const started = performance.now()
    const response = await doors.http(toRequest(given, idempotencyKey), signal)
    requireStatus(showUrl(response.url), response, given.expect_status)
    const { status, headers, url } = response
    return {
      output: {
        status,
        headers,
        url,
        body: readBody(response, given.response),
        duration_ms: Math.round(performance.now() - started),
      },
    }
  },
})

function toRequest(given: Config, idempotencyKey: string): HttpRequest {
  const headers = toHeaders(given, idempotencyKey)
  const body = given.body === undefined ? undefined : toBody(given.body, headers)
  return {
    method: given.method,
    url: withQuery(given.url, given.query ?? {}),
    headers: Object.fromEntries(headers),
    maxRedirects: given.follow_redirects ? 5 : 0,
    ...(body !== undefined && { body }),
    ...(given.timeout !== undefined && { timeoutMs: given.timeout }),
    ...(given.max_bytes !== undefined && { maxBytes: given.max_bytes }),
  }
}

function toHeaders({ method, headers = {}, auth: credentials }: Config, idempotencyKey: string): Map<string, string> {
  const all = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const isSafe = method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
  if (!isSafe && !all.has('idempotency-key')) all.set('idempotency-key', idempotencyKey)
  if (credentials?.bearer !== undefined) all.set('authorization', `Bearer ${credentials.bearer}`)
  if (credentials?.basic !== undefined) {
    const { user, password } = credentials.basic
    all.set('authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`)
  }
  if (credentials?.header !== undefined) all.set(credentials.header.name.toLowerCase(), credentials.header.value)
  return all
}

/** Sets the content type that the body has, unless the config named one. */
function toBody(body: Json, headers: Map<string, string>): string {
  const contentType = headers.get('content-type')
  if (
    contentType?.startsWith('application/x-www-form-urlencoded') === true &&
    typeof body === 'object' &&
    body !== null
  ) {
    return new URLSearchParams(
      Object.entries(body).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    ).toString()
  }
  if (contentType === undefined)
    headers.set('content-type', typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json')
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function withQuery(url: string, query: NonNullable<Config['query']>): string {
  const parsed = URL.parse(url)
  // The door names what is wrong with an address that cannot be read.
  if (parsed === null) return url
  for (const [name, value] of Object.entries(query)) parsed.searchParams.append(name, String(value))
  return parsed.href
}
