// approval.request: holds the execution until people decide.

import { z } from 'zod'
import { anyJson, audience, defineAction, duration } from '../kit.ts'

const weekMs = 7 * 24 * 3_600_000

export const approvalRequest = defineAction({
  name: 'approval.request',
  title: 'Ask for approval',
  description:
    'Holds the execution until a quorum of people approves, one rejection too many makes that impossible, or time is up. Silence never approves.',
  config: z.strictObject({
    approvers: audience.describe('Who decides: a role, a council, or members'),
    quorum: z
      .union([z.int().min(1).max(1000), z.enum(['majority', 'unanimous'])])
      .default(1)
      .describe('How many must approve: a number, majority (more than half of the seats) or unanimous; 1 when absent'),
    expires_in: duration.default(weekMs).describe('How long people have; 7d when absent'),
    summary: z.string().min(1).max(1000).optional().describe('What is decided, in one sentence'),
    details: anyJson.optional().describe('What people need to know in order to decide'),
  }),
  output: z.strictObject({
    decision: z.enum(['approved', 'rejected', 'expired']),
    votes: z.array(z.record(z.string(), anyJson)).describe('Who voted what, when and why'),
    edited: z.boolean().optional().describe('True when who approved it changed the details'),
    details: anyJson.optional().describe('The details as they were changed; absent when nobody changed them'),
  }),
  impact: 'A',
  effect: 'pure',
  outcomes: ['approved', 'rejected', 'expired'],
  examples: [
    {
      title: 'Two finance managers',
      config: {
        approvers: { role: 'finance_manager' },
        quorum: 2,
        expires_in: '48h',
        summary: 'PO {{ trigger.order_id }} for {{ trigger.amount }}',
      },
    },
    {
      title: 'A council by majority',
      config: { approvers: { council: 'media' }, quorum: 'majority', summary: 'Publish the spring campaign' },
    },
  ],
  async run({ config: { approvers, quorum, expires_in: expiresIn, summary, details }, now, step, workflow }) {
    const request = {
      approvers,
      quorum,
      summary: summary ?? `Approve "${step}" of ${workflow}`,
      ...(details !== undefined && { details }),
    }
    return { wait: { on: 'approval', request, until: now + expiresIn } }
  },
  async resume(_context, signal) {
    if (signal.kind === 'expired') return { outcome: 'expired', output: { decision: 'expired' as const, votes: [] } }
    if (signal.kind !== 'approval') return 'keep waiting'
    const edited = signal.edit !== undefined && { edited: true, details: signal.edit }
    return { outcome: signal.decision, output: { decision: signal.decision, votes: [...signal.votes], ...edited } }
  },
})
