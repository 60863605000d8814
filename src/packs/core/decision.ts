// decision: chooses one of several ways.

import { z } from 'zod'
import { ActionError, defineAction, isJsonObject } from '../kit.ts'
import type { JsonObject } from '../kit.ts'

const branchName = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be a name such as "large_order"')

const config = z
  .strictObject({
    when: z.boolean().optional().describe('The step settles as true or false'),
    branches: z
      .array(
        z.strictObject({
          name: branchName.describe('The outcome'),
          when: z.boolean().describe('Whether this branch is taken'),
        }),
      )
      .min(1)
      .max(100)
      .optional()
      .describe('The first branch whose `when` is true names the outcome'),
    default: branchName.optional().describe('The outcome when no branch is taken; without it the step fails'),
  })
  .refine(
    (given) => (given.when === undefined) !== (given.branches === undefined),
    'give exactly one of when and branches',
  )
  .refine((given) => given.default === undefined || given.branches !== undefined, {
    message: 'belongs to branches',
    path: ['default'],
  })

export const decision = defineAction({
  name: 'decision',
  title: 'Decision',
  description:
    'Chooses a way: true or false by one condition, or the first of several branches. Dependents name it: depends_on: [choose.large].',
  config,
  output: z.strictObject({ branch: z.string().describe('The outcome') }),
  impact: 'A',
  effect: 'pure',
  outcomes: outcomesOf,
  examples: [
    { title: 'Yes or no', config: { when: '{{ trigger.amount > 1000 }}' } },
    {
      title: 'Several ways',
      config: {
        branches: [
          { name: 'large', when: '{{ trigger.amount > 50000 }}' },
          { name: 'medium', when: '{{ trigger.amount > 1000 }}' },
        ],
        default: 'small',
      },
    },
  ],
  async run({ config: given, step }) {
    if (given.when !== undefined) return settle(String(given.when))
    const taken = given.branches?.find(({ when }) => when)?.name ?? given.default
    if (taken === undefined)
      throw new ActionError(
        'step_failed',
        `No branch of "${step}" applies, and it has no default. Add \`default\` or a branch for this case.`,
      )
    return settle(taken)
  },
})

function settle(branch: string): { outcome: string; output: { branch: string } } {
  return { outcome: branch, output: { branch } }
}

/** Reads the config as written, where `when` still holds expressions. */
function outcomesOf(raw: JsonObject): readonly string[] {
  if (raw['when'] !== undefined) return ['true', 'false']
  const branches = Array.isArray(raw['branches']) ? raw['branches'] : []
  const names = [...branches.map((branch) => (isJsonObject(branch) ? branch['name'] : undefined)), raw['default']]
  return [...new Set(names.filter((name) => typeof name === 'string'))]
}
