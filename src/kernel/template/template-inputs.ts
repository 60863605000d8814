// What a template is used with: its own inputs, those that are given, and what is missing or not expected.

import { pointerTo } from '../definition/finding.ts'
import { checkInputs, type InputProblem } from '../definition/inputs.ts'
import { sayThere, suggest } from '../definition/wording.ts'
import type { Workflow } from '../definition/workflow.ts'
import type { JsonObject } from '../json.ts'
import type { Problem } from '../problem.ts'
import { type CopyBlocks, fillCopy } from './copy-blocks.ts'

export interface TemplateFields {
  readonly defaultInputs: JsonObject
  /** Names of inputs that must have a value in the end. */
  readonly requiredFields: readonly string[]
  /** Those that may be given besides. A default in neither list is fixed: nobody who uses the template changes it. */
  readonly optionalFields: readonly string[]
  readonly copyBlocks: CopyBlocks
}

export interface TemplateUse {
  /** The defaults with what was given, and copy blocks filled in. */
  readonly inputs: JsonObject
  /** Required fields without a value. */
  readonly missing: readonly string[]
  /** Fields that were given and are not asked for. */
  readonly unknown: readonly string[]
  /** All that is wrong, what is missing and unknown included (code `invalid_input`, pointers into what was given). */
  readonly problems: readonly Problem[]
}

/** Merges, and says everything that is wrong at once. */
export function templateUse(
  workflow: Pick<Workflow, 'inputs'>,
  fields: TemplateFields,
  given: JsonObject,
): TemplateUse {
  const { defaultInputs, requiredFields, optionalFields, copyBlocks } = fields
  const asked = [...requiredFields, ...optionalFields]
  const unknown = Object.keys(given).filter((name) => !asked.includes(name))
  const known = Object.entries(given).filter(([name]) => asked.includes(name))
  const merged: JsonObject = { ...defaultInputs, ...Object.fromEntries(known) }
  const missing = requiredFields.filter((name) => isBlank(merged, name))
  const filled = fillCopy(merged, copyBlocks)
  const said: Problem[] = [
    ...missing.map((name) => missingProblem(workflow, name)),
    ...unknown.map((name) => unknownProblem(fields, asked, name)),
    ...filled.problems,
  ]
  const checked = checkInputs(workflow, filled.inputs)
  const more = checked.ok ? [] : checked.problems.filter(({ pointer }) => said.every((one) => one.pointer !== pointer))
  return { inputs: filled.inputs, missing, unknown, problems: [...said, ...more] }
}

function isBlank(inputs: JsonObject, name: string): boolean {
  const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

function missingProblem({ inputs = {} }: Pick<Workflow, 'inputs'>, name: string): InputProblem {
  const hint = (Object.hasOwn(inputs, name) ? inputs[name] : undefined)?.description
  return {
    code: 'invalid_input',
    pointer: pointerTo('', name),
    message: `The field \`${name}\` is missing.`,
    ...(hint !== undefined && { hint }),
  }
}

function unknownProblem({ defaultInputs }: TemplateFields, asked: readonly string[], name: string): InputProblem {
  const pointer = pointerTo('', name)
  if (Object.hasOwn(defaultInputs, name)) {
    const message = `The field \`${name}\` is fixed by the template.`
    return { code: 'invalid_input', pointer, message, hint: 'Leave it out, or edit the template.' }
  }
  const message = `The template has no field \`${name}\`.`
  const otherwise = 'It asks for nothing.'
  return { code: 'invalid_input', pointer, message, hint: suggest(name, asked, sayThere(asked)) ?? otherwise }
}
