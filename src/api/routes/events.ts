// Events that come in: CloudEvents 1.0 over HTTP, single and in batches, each taken once.

import { z } from 'zod'
import {
  isBinaryMode,
  readBinary,
  readPlain,
  readStructured,
  type CloudEvent,
} from '../../engine/triggers/cloud-events.ts'
import type { EventReceipt } from '../../engine/triggers/events.ts'
import { isJsonObject, type Json } from '../../kernel/json.ts'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import { toPayload } from '../../packs/payload.ts'
import { type CallContext, route } from '../route.ts'
import { problemShape } from '../shapes/workflow.ts'

const single = 'application/cloudevents+json'
const batch = 'application/cloudevents-batch+json'
const mostEvents = 100

const eventShape = z
  .looseObject({
    specversion: z.literal('1.0').optional(),
    id: z.string().min(1).meta({ description: 'With the source it names the event: a second one is a duplicate.' }),
    source: z
      .string()
      .min(1)
      .meta({ description: 'A URI reference.', examples: ['/shop/orders'] }),
    type: z
      .string()
      .min(1)
      .meta({ examples: ['order.created'] }),
    data: z.json().optional(),
  })
  .meta({ id: 'CloudEvent', description: 'An event of CloudEvents 1.0, with any further attributes.' })

const receiptFields = {
  id: z.string(),
  source: z.string(),
  duplicate: z.boolean().meta({ description: 'It came before, and nothing was done now.' }),
  started: z.array(z.string().meta({ format: 'uuid' })).meta({ description: 'The executions that it started.' }),
  signalled: z.number().int().meta({ description: 'How many waiting steps it woke.' }),
  refused: z
    .array(z.strictObject({ workflow: z.string(), problems: z.array(problemShape) }))
    .meta({ description: 'Workflows that listen for it and could not be started.' }),
}

const receiptShape = z.strictObject(receiptFields).meta({ id: 'EventReceipt', description: 'What an event did.' })
const itemShape = z
  .union([
    z.strictObject({ status: z.literal('taken'), ...receiptFields }),
    z.strictObject({ status: z.literal('refused'), id: z.string().nullable(), problems: z.array(problemShape) }),
  ])
  .meta({ id: 'EventOfBatch', description: 'What became of one event of a batch.' })

const send = route({
  method: 'POST',
  path: '/events',
  operation: 'sendEvents',
  tag: 'Events',
  summary: 'Send events',
  description:
    `CloudEvents 1.0: structured (\`${single}\`), up to ${mostEvents} in a batch (\`${batch}\`), or in binary mode (\`ce-\` headers, ` +
    'the body is the data). Without an envelope, `application/json` with type, source, id and data is taken as well. ' +
    'Each event is taken once by its source and id. The answer to a batch names, in its order, what became of each.',
  access: 'events:send',
  problems: [],
  bodyTypes: [single, batch],
  body: z.union([eventShape, z.array(eventShape), z.json()]),
  bodyExample: { type: 'order.created', source: '/shop/orders', id: '4711', data: { amount: 120 } },
  idempotency: 'stored',
  answers: {
    202: { description: 'The event was taken.', schema: receiptShape },
    200: {
      description: 'The batch was read.',
      schema: z.strictObject({ items: z.array(itemShape) }),
      example: {
        items: [
          {
            status: 'taken',
            id: 'order-1042',
            source: '/shop',
            duplicate: false,
            started: ['01a1ff28-479d-702e-847d-9f8b6b253e0e'],
            signalled: 0,
            refused: [],
          },
        ],
      },
    },
  },
  async handle(call) {
    const { request } = call
    const body = jsonOf(call.body)
    if (request.contentType === batch) return receiveBatch(call, body)
    const event = readOne(call, body)
    if (!event.ok) return event
    const taken = await receive(call, event.value)
    return taken.ok ? ok({ status: 202, body: taken.value } as const) : taken
  },
})

export const eventRoutes = [send]

/** It was JSON before the schema looked at it. */
function jsonOf(body: unknown): Json {
  const payload = toPayload(body)
  return payload.ok ? payload.value : null
}

function readOne({ request, raw }: CallContext, body: Json): Result<CloudEvent> {
  if (request.contentType === single) return readStructured(body)
  const headers = raw.request.headers
  if (!isBinaryMode(headers)) return readPlain(body)
  const texts: Record<string, string> = {}
  for (const [name, value = ''] of Object.entries(headers))
    texts[name] = Array.isArray(value) ? value.join(', ') : value
  return readBinary(texts, body)
}

type Receipt = z.input<typeof receiptShape>

async function receive({ parts, principal }: CallContext, event: CloudEvent): Promise<Result<Receipt>> {
  const taken = await parts.events.receive({ ...event, tenantId: principal.tenantId })
  return taken.ok ? ok(receiptOf(event, taken.value)) : taken
}

async function receiveBatch(call: CallContext, body: Json) {
  if (!Array.isArray(body)) {
    return failed({ code: 'invalid_input', message: 'A batch of events is a JSON list.' })
  }
  if (body.length > mostEvents) {
    const message = `A batch has up to ${mostEvents} events; this one has ${body.length}. Send it in parts.`
    return failed({ code: 'invalid_input', message })
  }
  const items = await Promise.all(body.map((value: Json) => receiveItem(call, value)))
  return ok({ status: 200, body: { items } } as const)
}

/** One that is refused holds up no other. */
async function receiveItem(call: CallContext, value: Json): Promise<z.input<typeof itemShape>> {
  const event = readStructured(value)
  const taken = event.ok ? await receive(call, event.value) : event
  if (taken.ok) return { status: 'taken', ...taken.value }
  const id = isJsonObject(value) && typeof value['id'] === 'string' ? value['id'] : null
  return { status: 'refused', id, problems: [...taken.problems] }
}

function receiptOf({ id, source }: CloudEvent, { duplicate, fired, signalled }: EventReceipt): Receipt {
  const started = fired.flatMap((one) => (one.outcome === 'started' ? [one.executionId] : []))
  const refused = fired.flatMap((one) =>
    one.outcome === 'refused' ? [{ workflow: one.workflow, problems: [...one.problems] }] : [],
  )
  return { id, source, duplicate, started, signalled, refused }
}
