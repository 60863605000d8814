// workflow.run: starts another workflow, and can wait for its end.

import { z } from 'zod'
import { ActionError, anyJson, defineAction, duration } from '../kit.ts'

const config = z
  .strictObject({
    workflow: z.string().min(1).max(100).describe('The name of the workflow'),
    inputs: z.record(z.string(), anyJson).default({}).describe('Its inputs'),
    wait: z.boolean().default(true).describe('Wait for its end; else go on at once'),
    expires_in: duration
      .optional()
      .describe('How long to wait; without limit when absent. The child goes on when the time is up.'),
  })
  .refine((given) => given.wait || given.expires_in === undefined, {
    message: 'belongs to wait: true',
    path: ['expires_in'],
  })

export const workflowRun = defineAction({
  name: 'workflow.run',
  title: 'Run a workflow',
  description:
    'Starts another workflow exactly once. The step fails when the child fails or is cancelled, and settles as expired when it takes too long.',
  config,
  output: z.strictObject({
    started: z.literal(true),
    execution_id: z.string().optional().describe('The child execution, when it was waited for'),
    output: anyJson.optional().describe('What the child returned, when it was waited for'),
  }),
  impact: 'A',
  // Starting the child is a record that is written with the step's event; the run itself touches nothing.
  effect: 'pure',
  outcomes: ['completed', 'expired'],
  examples: [
    {
      title: 'Run and wait',
      config: { workflow: 'reorder-stock', inputs: { sku: '{{ trigger.sku }}' }, expires_in: '2h' },
    },
    { title: 'Start and go on', config: { workflow: 'weekly-report', wait: false } },
  ],
  async run({ config: { workflow, inputs, wait, expires_in: expiresIn }, now }) {
    if (!wait) return { output: { started: true as const }, writes: [{ write: 'execution', workflow, inputs }] }
    return { wait: { on: 'child', workflow, inputs, ...(expiresIn !== undefined && { until: now + expiresIn }) } }
  },
  async resume({ config: { workflow } }, signal) {
    if (signal.kind === 'expired') return { outcome: 'expired', output: { started: true as const } }
    if (signal.kind !== 'child') return 'keep waiting'
    const { status, executionId, output, message } = signal
    if (status === 'completed') return { output: { started: true as const, execution_id: executionId, output } }
    const why = message === undefined ? '' : `: ${message}`
    throw new ActionError(
      'child_failed',
      `The workflow "${workflow}" ${status === 'failed' ? 'failed' : 'was cancelled'}${why}`,
      {
        detail: { execution_id: executionId, status },
      },
    )
  },
})
