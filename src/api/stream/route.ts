// The route of the stream.

import { z } from 'zod'
import { failed, type Result } from '../../kernel/problem.ts'
import { knownExecutions } from '../../record/feed-context.ts'
import { beginning } from '../../record/feed-position.ts'
import { type Call, hijacked, route } from '../route.ts'
import { openStream } from './open-stream.ts'
import { onlyExecution, parseTopics, type Topics, topicPermissions } from './topics.ts'

const query = z.strictObject({
  topics: z
    .string()
    .min(1)
    .max(2000)
    .meta({
      description: `Separated by commas: ${Object.keys(topicPermissions).join(', ')}, and execution:<id>. Each takes the permission to read what it tells of.`,
      example: 'executions,approvals',
    }),
  last_event_id: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'For whoever cannot send the header Last-Event-ID: the id of the last event that arrived.' }),
  from: z.literal('start').optional().meta({
    description:
      'With one execution as the only topic: all that has happened to it comes first. The id of an event that arrived goes before it.',
  }),
})

const example = `retry: 2000
id: 812.1795262400000.00000000-0000-0000-0000-000000000000.0

id: 815.1795262400310.01a1ff28-479d-702e-847d-9f8b6b253e0e.0
event: workflow.started
data: {"type":"workflow.started","id":"01a1ff28-479d-702e-847d-9f8b6b253e0e/0","time":"2026-11-21T12:00:04.310Z","execution_id":"01a1ff28-479d-702e-847d-9f8b6b253e0e","workflow":"invoice-approval","started_by":"operator"}
`

export const streamRoutes = [
  route({
    method: 'GET',
    path: '/stream',
    operation: 'openStream',
    tag: 'Stream',
    summary: 'Listen to what happens, as it happens',
    description:
      'Server-Sent Events. The answer does not end: a comment comes every 15 seconds, and with Last-Event-ID (the header or ?last_event_id=) it goes on after that event, out of the record, without a gap.',
    access: 'stream:read',
    problems: ['malformed_request', 'forbidden', 'not_found', 'rate_limited', 'unavailable'],
    query,
    answers: { 200: { description: 'Events until somebody ends the connection.', type: 'text/event-stream', example } },
    handle: async (call) => {
      const topics = parseTopics(call.query.topics, call.principal)
      if (!topics.ok) return topics
      const fromStart = call.query.from === 'start'
      if (fromStart && onlyExecution(topics.value) === undefined) return notOneExecution
      const unknown = await unknownExecution(call, topics.value)
      if (unknown !== undefined) return unknown
      const { stream } = call.parts
      const { request, reply } = call.raw
      const header = request.headers['last-event-id']
      const seen = call.query.last_event_id ?? (Array.isArray(header) ? header[0] : header)
      // A browser that comes back asks as at the first time, and says what it has.
      const lastEventId = seen === undefined && fromStart ? beginning : seen
      const stillAllowed = async (): Promise<boolean> => stream.stillAllowed(call.principal, request)
      return openStream(stream.hub, { ...call, request, reply, topics: topics.value, lastEventId, stillAllowed })
    },
  }),
]

const notOneExecution = failed({
  code: 'malformed_request',
  message: 'Only a stream of one execution can begin at its start.',
  hint: 'Ask for ?topics=execution:<id>&from=start, or leave ?from away.',
})

async function unknownExecution(
  { db, principal }: Pick<Call<unknown, unknown, unknown>, 'db' | 'principal'>,
  { executions }: Topics,
): Promise<Result<typeof hijacked> | undefined> {
  if (executions.size === 0) return undefined
  const known = await knownExecutions(db, principal.tenantId, [...executions])
  const missing = [...executions].find((id) => !known.has(id))
  return missing === undefined ? undefined : failed({ code: 'not_found', message: `There is no execution ${missing}.` })
}
