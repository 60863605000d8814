// What a step gives that a rehearsal does not run: what was said of it, else a sample of what its action promises.

import { z } from 'zod'
import { jsonCopy } from '../../kernel/definition/canonical-json.ts'
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import { sampleOf } from '../../kernel/testcase/sample.ts'
import { ActionError, type RegisteredAction } from '../../packs/kit.ts'

const samples = new WeakMap<RegisteredAction, Json>()

/** A sample of the action's output, made from its schema. */
export function sampleOutput(action: RegisteredAction): Json {
  const known = samples.get(action)
  if (known !== undefined) return known
  const schema = jsonCopy(z.toJSONSchema(action.output, { io: 'output', unrepresentable: 'any' }))
  const sample = isJsonObject(schema) ? sampleOf(schema, 'output') : null
  samples.set(action, sample)
  return sample
}

/** A given output, its missing fields filled in from the sample. Throws where the action could never give it. */
export function givenOutput(action: RegisteredAction, step: string, given: Json): Json {
  const sample = sampleOutput(action)
  const output = isJsonObject(sample) && isJsonObject(given) ? { ...sample, ...given } : given
  const parsed = action.output.safeParse(output)
  if (parsed.success) return output
  const issues = parsed.error.issues.map(({ path, message }) => [...path.map(String), message].join(': ')).join('; ')
  throw new ActionError('invalid_output', `The mock of "${step}" is not what ${action.name} gives: ${issues}.`)
}

/** The outcomes that a step of the action can settle with, by its config as it is written. */
export function outcomesOf({ outcomes }: RegisteredAction, config: JsonObject): readonly string[] {
  return typeof outcomes === 'function' ? outcomes(config) : outcomes
}

/** Throws unless the config suits the action; returns it as the action would see it is of no use here. */
export function requireConfig({ name, config: schema }: RegisteredAction, config: Json): void {
  const parsed = schema.safeParse(config)
  if (parsed.success) return
  const issues = parsed.error.issues.map(({ path, message }) => [...path.map(String), message].join(': ')).join('; ')
  throw new ActionError('action_config', `The config of ${name} does not fit: ${issues}.`)
}
