// validate: holds data against rules and a shape.

import { z } from 'zod'
import { ActionError, anyJson, checkInputs, defineAction, inputSchema } from '../kit.ts'

const config = z
  .strictObject({
    data: anyJson
      .optional()
      .describe(
        'The data, for `schema` and for the output; the trigger and other steps can be named in the rules directly',
      ),
    rules: z
      .array(
        z.strictObject({
          check: z.boolean().describe('Must be true'),
          message: z.string().min(1).max(1000).describe('What to say when it is not'),
        }),
      )
      .max(200)
      .default([])
      .describe('Each is checked; all messages are reported'),
    schema: z
      .record(z.string(), inputSchema)
      .optional()
      .describe('The fields that `data` must have, written like the inputs of a workflow'),
    on_invalid: z
      .enum(['fail', 'branch'])
      .default('fail')
      .describe('fail: the step fails; branch: it settles as invalid'),
  })
  .refine(({ rules, schema }) => rules.length > 0 || schema !== undefined, 'give rules, schema, or both')

export const validate = defineAction({
  name: 'validate',
  title: 'Validate',
  description: 'Holds data against rules and a shape, and reports everything that is wrong at once.',
  config,
  output: z.strictObject({
    valid: z.boolean(),
    problems: z.array(z.string()).describe('One message for each problem'),
    data: anyJson.describe('The data, with defaults filled in when it fits the schema; null when none was given'),
  }),
  impact: 'A',
  effect: 'pure',
  outcomes: ['valid', 'invalid'],
  examples: [
    {
      title: 'Fail on a bad order',
      config: { rules: [{ check: '{{ trigger.amount > 0 }}', message: 'The amount must be above 0' }] },
    },
    {
      title: 'Go another way',
      config: { data: '{{ trigger }}', schema: { email: { type: 'string', format: 'email' } }, on_invalid: 'branch' },
    },
  ],
  async run({ config: { data = null, rules, schema, on_invalid: onInvalid } }) {
    const broken = rules.flatMap(({ check, message }) => (check ? [] : [message]))
    const checked = schema === undefined ? undefined : checkInputs({ inputs: schema }, data, { allowUnknown: true })
    const problems = [...broken, ...(checked?.ok === false ? checked.problems.map(({ message }) => message) : [])]
    if (problems.length === 0)
      return { outcome: 'valid', output: { valid: true, problems, data: checked?.ok === true ? checked.value : data } }
    if (onInvalid === 'branch') return { outcome: 'invalid', output: { valid: false, problems, data } }
    throw new ActionError('validation_failed', `The data does not satisfy the rules: ${problems.join('; ')}`, {
      detail: { problems },
    })
  },
})
