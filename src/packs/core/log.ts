// log: writes a line to the execution's log.

import { z } from 'zod'
import { anyJson, defineAction } from '../kit.ts'

export const log = defineAction({
  name: 'log',
  title: 'Log',
  description: 'Writes a line to the log of the execution.',
  config: z.strictObject({
    message: z.string().min(1).max(10_000).describe('What to write'),
    level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    data: anyJson.optional().describe('Values to keep with the line'),
  }),
  output: z.strictObject({}),
  impact: 'A',
  effect: 'pure',
  examples: [
    {
      title: 'A line',
      config: { message: 'Order {{ trigger.order_id }} came in', data: { amount: '{{ trigger.amount }}' } },
    },
  ],
  async run(context) {
    const { level, message, data } = context.config
    context.log(level, message, data)
    return { output: {} }
  },
})
