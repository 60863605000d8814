// Reads as much of a broken definition as can be read, so that its other mistakes are found in the same round.

import { z } from 'zod'
import { pointerTo } from './finding.ts'
import { inputSchema } from './workflow.ts'

const text = z.string().optional().catch(undefined)
/** `null` is a config that is no mapping: nothing can be said about its fields. */
const config = z.record(z.string(), z.json()).nullable().optional().catch(null)

const draftStep = z.object({
  id: z.string().catch(''),
  action: z.string().catch(''),
  config,
  depends_on: z.array(z.string().catch('')).catch([]),
  condition: text,
  for_each: z
    .object({ items: z.json().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  retry: z.object({ initial: text, max: text }).optional().catch(undefined),
  timeout: text,
  on_error: text,
  on_timeout: text,
  compensate: z
    .object({ action: z.string().catch(''), config })
    .optional()
    .catch(undefined),
})

const draftTrigger = z.object({
  event: z.unknown().optional(),
  webhook: z.unknown().optional(),
  schedule: text,
  every: text,
  timezone: text,
  inputs: z.record(z.string(), z.json()).optional().catch(undefined),
  workflow: text,
  where: text,
})

const draftSettings = z.object({
  timeout: text,
  concurrency: z.object({ key: text }).optional().catch(undefined),
})

const draftSchema = z
  .object({
    inputs: z.record(z.string(), inputSchema.optional().catch(undefined)).catch({}),
    vars: z.record(z.string(), z.json()).catch({}),
    trigger: z
      .union([z.array(draftTrigger.catch({})), draftTrigger])
      .optional()
      .catch(undefined),
    settings: draftSettings.optional().catch(undefined),
    steps: z.array(draftStep.optional().catch(undefined)).catch([]),
    output: z.json().optional().catch(undefined),
  })
  .catch({ inputs: {}, vars: {}, steps: [] })

type Located<T> = T & { readonly pointer: string }

export type DraftStep = Located<z.infer<typeof draftStep>>
export type DraftTrigger = Located<z.infer<typeof draftTrigger>>
export interface DraftWorkflow extends Omit<z.infer<typeof draftSchema>, 'steps' | 'trigger'> {
  readonly steps: readonly DraftStep[]
  readonly triggers: readonly DraftTrigger[]
}

/** As many as a definition may have; the schema complains of the others. */
const maxSteps = 1000
const maxTriggers = 20

export function draftOf(value: unknown): DraftWorkflow {
  const { steps, trigger, ...rest } = draftSchema.parse(value)
  return {
    ...rest,
    steps: steps
      .slice(0, maxSteps)
      .flatMap((step, index) => (step === undefined ? [] : [{ ...step, pointer: pointerTo('/steps', index) }])),
    triggers: Array.isArray(trigger)
      ? trigger.slice(0, maxTriggers).map((each, index) => ({ ...each, pointer: pointerTo('/trigger', index) }))
      : [{ ...trigger, pointer: '/trigger' }],
  }
}
