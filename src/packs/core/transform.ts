// transform: makes new data out of what is there.

import { z } from 'zod'
import { anyJson, defineAction } from '../kit.ts'

export const transform = defineAction({
  name: 'transform',
  title: 'Transform',
  description: 'Makes new data with expressions. What `set` resolves to is the output.',
  config: z.strictObject({ set: anyJson.describe('A mapping, a list or a value; its {{ }} are resolved') }),
  output: anyJson,
  impact: 'A',
  effect: 'pure',
  examples: [
    {
      title: 'A mapping',
      config: { set: { order: '{{ trigger.order_id }}', total: '{{ trigger.net + trigger.tax }}' } },
    },
    { title: 'A list', config: { set: '{{ trigger.lines.filter(line, line.quantity > 0) }}' } },
  ],
  async run({ config: { set } }) {
    return { output: set }
  },
})
