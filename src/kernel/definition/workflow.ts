// The shape of a workflow definition: the one zod schema from which types, JSON Schema, docs and forms are made.

import { z } from 'zod'

const identifier = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be a lower-case identifier such as "sign_off"')
const slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be a slug such as "purchase-order-approval"')
  .max(100)
const duration = z.string().min(1).describe('A duration: 30s, 5m, 48h, 2d, 1w, 1h30m, or ISO 8601 (PT5M)')
const expression = z.string().min(1).describe('A CEL expression in {{ }}')
const description = z.string().max(4000)

export interface InputSchema {
  type: 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array'
  title?: string | undefined
  description?: string | undefined
  default?: z.core.util.JSONType | undefined
  required?: boolean | undefined
  enum?: z.core.util.JSONType[] | undefined
  minimum?: number | undefined
  maximum?: number | undefined
  minLength?: number | undefined
  maxLength?: number | undefined
  format?: 'date' | 'date-time' | 'email' | 'uri' | 'uuid' | undefined
  items?: InputSchema | undefined
  properties?: Record<string, InputSchema> | undefined
}

export const inputSchema: z.ZodType<InputSchema> = z.lazy(() =>
  z
    .strictObject({
      type: z.enum(['string', 'number', 'integer', 'boolean', 'object', 'array']),
      title: z.string().max(200).optional(),
      description: description.optional(),
      default: z.json().optional().describe('Taken when the input is not given; makes it optional'),
      required: z.boolean().optional().describe('true unless a default is given'),
      enum: z.array(z.json()).min(1).max(500).optional(),
      minimum: z.number().optional(),
      maximum: z.number().optional(),
      minLength: z.int().min(0).optional(),
      maxLength: z.int().min(0).optional(),
      format: z.enum(['date', 'date-time', 'email', 'uri', 'uuid']).optional(),
      items: inputSchema.optional(),
      properties: z.record(z.string(), inputSchema).optional(),
    })
    .meta({ id: 'Input', title: 'Input' }),
)

const missed = z
  .enum(['skip', 'once', 'all'])
  .describe(
    'What happens to fire times that passed while nothing ran: skip them, run once for all of them (default), or run each',
  )
const scheduleOptions = {
  timezone: z.string().optional().describe('IANA time zone, UTC when absent'),
  missed: missed.optional(),
  inputs: z.record(z.string(), z.json()).optional().describe('Inputs of each scheduled execution'),
}

export const triggerSchema = z
  .union([
    z.strictObject({ manual: z.strictObject({}) }),
    z.strictObject({
      event: z.string().min(1).max(200).describe('The type of the event, such as "order.created"'),
      where: expression.optional(),
    }),
    z.strictObject({
      schedule: z.string().min(1).describe('A cron expression of five or six fields'),
      ...scheduleOptions,
    }),
    z.strictObject({ every: duration, ...scheduleOptions }),
    z.strictObject({
      webhook: z.strictObject({
        signature: z
          .enum(['standard', 'github', 'stripe'])
          .optional()
          .describe(
            'Who posts must sign: as Standard Webhooks, GitHub or Stripe do; the address is enough when absent',
          ),
      }),
      where: expression.optional(),
    }),
    z.strictObject({
      workflow: slug.describe('The workflow whose end starts this one'),
      on: z.enum(['completed', 'failed', 'cancelled']).optional().describe('completed when absent'),
      where: expression.optional(),
    }),
  ])
  .meta({ id: 'Trigger', title: 'Trigger' })

export const retrySchema = z.strictObject({
  attempts: z.int().min(1).max(100).describe('All tries together, the first included'),
  backoff: z.enum(['fixed', 'linear', 'exponential']).optional().describe('exponential when absent'),
  initial: duration.optional().describe('A duration: the wait before the second try; 1s when absent'),
  max: duration.optional().describe('A duration: the longest wait; 5m when absent'),
  jitter: z.boolean().optional().describe('Spread each wait over its upper half; true when absent'),
})

const configSchema = z
  .record(z.string(), z.json())
  .describe('What the action needs; values may be expressions in {{ }}')

export const stepSchema = z
  .strictObject({
    id: identifier.describe('The name of the step, such as "sign_off"'),
    title: z.string().max(200).optional(),
    description: description.optional(),
    action: z.string().min(1).max(200).describe('What the step does: the name of an action, such as "http.request"'),
    config: configSchema.optional(),
    depends_on: z
      .array(
        z
          .string()
          .regex(
            /^[a-z][a-z0-9_]*(\.[A-Za-z0-9_-]+)?$/,
            'must be a step id, or a step id and an outcome such as "sign_off.approved"',
          ),
      )
      .max(500)
      .optional()
      .describe('A list of step ids, each with an outcome where only that outcome counts: [stock, sign_off.approved]'),
    condition: expression
      .optional()
      .describe('An expression in {{ }}; when it is false, the step is skipped and its dependents go on'),
    for_each: z
      .strictObject({
        items: z
          .union([expression, z.array(z.json())])
          .describe('A list, or an expression in {{ }} that gives one; each entry is `item`, its position `index`'),
        concurrency: z.int().min(1).max(1000).optional().describe('How many at once; 10 when absent'),
        on_item_error: z
          .enum(['fail', 'continue'])
          .optional()
          .describe('continue: failed items are listed in the output, the step completes'),
      })
      .optional(),
    retry: retrySchema.optional(),
    timeout: duration.optional().describe('A duration such as 30s or 48h, for each attempt, waiting included'),
    on_error: identifier.optional().describe('The step that runs when this one fails'),
    on_timeout: identifier.optional().describe('The step that runs when this one expires'),
    compensate: z
      .strictObject({ action: z.string().min(1).max(200), config: configSchema.optional() })
      .optional()
      .describe('What undoes the step when the execution fails or is cancelled'),
  })
  .meta({ id: 'Step', title: 'Step' })

export const workflowSchema = z
  .strictObject({
    name: slug.describe('The name of the workflow, unique in the tenant, such as "purchase-order-approval"'),
    title: z.string().max(200).optional(),
    description: description.optional(),
    category: z.string().max(100).optional(),
    inputs: z.record(identifier, inputSchema).optional(),
    vars: z.record(identifier, z.json()).optional().describe('Constants, read as vars.<name>'),
    trigger: z
      .union([triggerSchema, z.array(triggerSchema).min(1).max(20)])
      .optional()
      .describe('How executions start; a list where there are several ways; manual when absent'),
    settings: z
      .strictObject({
        timeout: duration.optional().describe('A duration such as 12h or 30d, for the whole execution'),
        concurrency: z
          .strictObject({
            limit: z.int().min(1).max(10_000),
            key: expression.optional().describe('Executions with the same key share the limit'),
          })
          .optional(),
      })
      .optional(),
    steps: z.array(stepSchema).min(1).max(1000).describe('A list of steps, each with an `id` and an `action`'),
    output: z.json().optional().describe('What the execution returns; may hold expressions'),
  })
  .meta({ id: 'Workflow', title: 'Countersign workflow' })

export type Workflow = z.infer<typeof workflowSchema>
export type Step = z.infer<typeof stepSchema>
export type Trigger = z.infer<typeof triggerSchema>
export type Retry = z.infer<typeof retrySchema>

/** The triggers of a workflow as a list; a workflow that names none is started by hand. */
export function triggersOf(workflow: Workflow): readonly Trigger[] {
  const { trigger } = workflow
  if (trigger === undefined) return [{ manual: {} }]
  return Array.isArray(trigger) ? trigger : [trigger]
}
