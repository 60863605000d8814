// The impact of an action that depends on its config, which may still hold expressions.

import type { z } from 'zod'
import type { Impact } from '../kernel/definition/action-shape.ts'
import type { Judgement, Surroundings } from '../kernel/impact/classify.ts'
import type { JsonObject } from '../kernel/json.ts'

type Rule<Config extends z.ZodType> = (config: z.output<Config>, surroundings: Surroundings) => Impact | Judgement

export type ImpactOf<Config extends z.ZodType> = Impact | Rule<Config>

/** One that depends on a value known only at run time is the highest one. */
export function impactOf<Config extends z.ZodType>(
  name: string,
  schema: Config,
  rule: Rule<Config>,
  raw: JsonObject,
  surroundings: Surroundings,
): Impact | Judgement {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return rule(parsed.data, surroundings)
  return { impact: 'C', reason: `What ${name} will do is told by values that only the run will know.` }
}
