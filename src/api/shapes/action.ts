// Actions and packs as the API shows them.

import { z } from 'zod'
import type { RegisteredAction } from '../../packs/kit.ts'
import { type ActionDescription, describeAction } from '../../packs/registry.ts'
import type { TenantPack } from '../../governance/packs.ts'
import { requiredPack } from '../../governance/packs.ts'

const dependsOnConfig = 'depends on config'

const jsonSchema = z
  .record(z.string(), z.unknown())
  .meta({ description: 'JSON Schema 2020-12. An expression in {{ }} may stand wherever a value is asked for.' })

export const impactRule = z.enum(['A', 'B', 'C', dependsOnConfig])

export const actionShape = z
  .strictObject({
    name: z.string().meta({ examples: ['http.request'] }),
    title: z.string(),
    description: z.string(),
    pack: z.string(),
    impact: impactRule,
    effect: z.enum(['pure', 'transactional', 'external']).meta({
      description:
        '`pure` does nothing outside; `transactional` happens exactly once; `external` at least once, with an idempotency key.',
    }),
    outcomes: z.union([z.array(z.string()), z.literal(dependsOnConfig)]),
    config: jsonSchema,
    output: jsonSchema,
    examples: z.array(z.strictObject({ title: z.string(), config: z.record(z.string(), z.unknown()) })),
  })
  .meta({ id: 'Action', description: 'What a step can do.' })

export type ActionBody = z.input<typeof actionShape>

export const packShape = z
  .strictObject({
    name: z.string().meta({ examples: ['core'] }),
    title: z.string(),
    description: z.string(),
    enabled: z.boolean(),
    required: z.boolean().meta({ description: 'Whether it cannot be disabled.' }),
    actions: z.array(z.string()).meta({ description: 'The names of its actions.' }),
  })
  .meta({ id: 'Pack', description: 'A set of actions that a tenant switches on or off.' })

const described = new WeakMap<RegisteredAction, ActionDescription>()

/** Actions never change, and their schemas are costly to print. */
function descriptionOf(action: RegisteredAction): ActionDescription {
  const known = described.get(action) ?? describeAction(action)
  described.set(action, known)
  return known
}

export function actionBody(action: RegisteredAction, pack: string): ActionBody {
  const { name, title, description, impact, effect, outcomes, config, output, examples } = descriptionOf(action)
  return {
    name,
    title,
    description,
    pack,
    impact,
    effect,
    outcomes: typeof outcomes === 'string' ? outcomes : [...outcomes],
    config,
    output,
    examples: examples.map((example) => ({ ...example })),
  }
}

export function packBody({ pack, isEnabled }: TenantPack): z.input<typeof packShape> {
  const { name, title, description, actions } = pack
  return {
    name,
    title,
    description,
    enabled: isEnabled,
    required: name === requiredPack,
    actions: actions.map((action) => action.name),
  }
}
