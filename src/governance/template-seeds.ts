// Templates that come with the product: offered to a tenant once, and theirs from then on.

import type { Actor } from '../kernel/access/actor.ts'
import type { JsonObject } from '../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import type { Queryable } from '../record/database.ts'
import { hasTemplateNamed } from '../record/templates.ts'
import { createTemplate, type TemplateParts } from './templates.ts'

/** As packs write them. */
export interface Seed {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly category: string
  readonly tags: readonly string[]
  readonly source: string
  readonly default_inputs: JsonObject
  readonly required_fields: readonly string[]
  readonly optional_fields: readonly string[]
  readonly approved_copy_blocks: Readonly<Record<string, string>>
}

/**
 * Creates one that the tenant never had: what somebody has edited stays, and what was deleted does not come back. False when
 * there was one. Problems: those of `createTemplate`.
 */
export async function seedTemplate(
  parts: TemplateParts,
  client: Queryable,
  actor: Actor,
  seed: Seed,
): Promise<Result<boolean>> {
  const { name, title, description, category, tags, source } = seed
  if (await hasTemplateNamed(client, actor.tenantId, name)) return ok(false)
  const made = await createTemplate(parts, client, actor, {
    name,
    title,
    description,
    category,
    tags,
    source,
    defaultInputs: seed.default_inputs,
    copyBlocks: seed.approved_copy_blocks,
    requiredFields: seed.required_fields,
    optionalFields: seed.optional_fields,
  })
  return made.ok ? ok(true) : failed(...made.problems.map((problem) => named(name, problem)))
}

const named = (name: string, problem: Problem): Problem => ({ ...problem, message: `${name}: ${problem.message}` })
