// A small catalog of actions, shaped like those of the packs, against which the corpus and the kernel's tests validate.

import { z } from 'zod'
import type { ActionCatalog, ActionShape } from '../../src/kernel/definition/action-shape.ts'
import type { ChildWorkflows } from '../../src/kernel/definition/child-workflows.ts'
import { parseDuration } from '../../src/kernel/schedule/duration.ts'

const duration = z.string().refine((text) => parseDuration(text) !== undefined, 'must be a duration such as "48h"')
const audience = z.union([
  z.strictObject({ role: z.string().min(1) }),
  z.strictObject({ council: z.string().min(1) }),
  z.strictObject({ members: z.array(z.email()).min(1) }),
])

function shape(name: string, title: string, config: z.ZodType, output: z.ZodType, more: Partial<ActionShape> = {}): ActionShape {
  return { name, title, description: `${title}.`, config, output, outcomes: ['completed'], ...more }
}

const core = [
  shape(
    'http.request',
    'HTTP request',
    z.strictObject({
      method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
      url: z.url(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.json().optional(),
      auth: z
        .discriminatedUnion('type', [
          z.strictObject({ type: z.literal('bearer'), token: z.string() }),
          z.strictObject({ type: z.literal('basic'), user: z.string(), password: z.string() }),
        ])
        .optional(),
      max_bytes: z.int().min(1).max(10_000_000).optional().describe('The largest answer that is read'),
    }),
    z.object({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.json() }),
  ),
  shape(
    'approval.request',
    'Ask for approval',
    z.strictObject({
      approvers: audience,
      quorum: z.union([z.int().min(1), z.enum(['majority', 'unanimous'])]).optional(),
      expires_in: duration.optional(),
      summary: z.string().optional(),
    }),
    z.object({ decision: z.enum(['approved', 'rejected']), votes: z.array(z.object({ member: z.string() })) }),
    { outcomes: ({ expires_in }) => ['approved', 'rejected', ...(expires_in === undefined ? [] : ['expired'])] },
  ),
  shape(
    'decision',
    'Decide',
    z.strictObject({ branches: z.array(z.strictObject({ name: z.string(), when: z.string() })).min(1) }),
    z.object({ branch: z.string() }),
    { outcomes: ({ branches }) => z.array(z.object({ name: z.string() })).parse(branches).map(({ name }) => name) },
  ),
  shape('transform', 'Transform data', z.strictObject({ value: z.json() }), z.json()),
  shape('log', 'Log', z.strictObject({ message: z.string(), level: z.enum(['debug', 'info', 'warn', 'error']).optional() }), z.object({})),
  shape('delay', 'Wait', z.strictObject({ for: duration }), z.object({})),
  shape(
    'wait_for_event',
    'Wait for an event',
    z.strictObject({ event: z.string().min(1), where: z.string().optional(), expires_in: duration.optional() }),
    z.object({ data: z.json() }),
    { outcomes: ['completed', 'expired'], ownExpressions: { where: ['event'] } },
  ),
  shape('notification.send', 'Notify', z.strictObject({ to: audience, message: z.string().min(1) }), z.object({ sent: z.int() })),
  shape('workflow.run', 'Run a workflow', z.strictObject({ workflow: z.string(), inputs: z.record(z.string(), z.json()).optional() }), z.object({ output: z.json() })),
]

const erp = [
  shape('inventory.check', 'Check stock', z.strictObject({ sku: z.string() }), z.object({ available: z.int(), reserved: z.int() })),
  shape('purchase_order.send', 'Send a purchase order', z.strictObject({ order_id: z.string().optional() }), z.object({ sent_at: z.string() })),
  shape('purchase_order.cancel', 'Cancel a purchase order', z.strictObject({ order_id: z.string() }), z.object({})),
]

export const corpusActions: ActionCatalog = new Map([...core, ...erp].map((action) => [action.name, action]))
export const corpusSecrets: ReadonlySet<string> = new Set(['STRIPE_KEY', 'SLACK_URL'])
export const corpusWorkflows: ChildWorkflows = new Map([['invoice', { number: { type: 'string' }, paid: { type: 'boolean' } }]])
