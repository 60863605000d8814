// Whether a template's fields, defaults and copy blocks fit its workflow, told when it is saved.

import { pointerTo } from '../definition/finding.ts'
import { inputProblems } from '../definition/inputs.ts'
import { sayThere, suggest } from '../definition/wording.ts'
import type { Workflow } from '../definition/workflow.ts'
import type { Problem } from '../problem.ts'
import { copyReferences, placeholdersOf } from './copy-blocks.ts'
import type { TemplateFields } from './template-inputs.ts'

/** Every problem at once (code `invalid_input`, pointers into the template as the API takes it). */
export function fieldProblems(workflow: Pick<Workflow, 'inputs'>, fields: TemplateFields): readonly Problem[] {
  const inputs = workflow.inputs ?? {}
  return [
    ...listProblems(inputs, fields.requiredFields, '/required_fields'),
    ...listProblems(inputs, fields.optionalFields, '/optional_fields', fields.requiredFields),
    ...defaultProblems(inputs, fields),
    ...blockProblems(inputs, fields),
    ...uncovered(inputs, fields),
  ]
}

type Inputs = NonNullable<Workflow['inputs']>

const invalid = (pointer: string, message: string, hint?: string): Problem => ({
  code: 'invalid_input',
  pointer,
  message,
  ...(hint !== undefined && { hint }),
})

function noInput(inputs: Inputs, name: string, pointer: string): Problem {
  const names = Object.keys(inputs)
  const known = sayThere(names) ?? 'It has no inputs.'
  return invalid(pointer, `The workflow has no input \`${name}\`.`, suggest(name, names, known))
}

function listProblems(inputs: Inputs, names: readonly string[], list: string, taken: readonly string[] = []) {
  return names.flatMap((name, index): Problem[] => {
    const pointer = pointerTo(list, index)
    if (!Object.hasOwn(inputs, name)) return [noInput(inputs, name, pointer)]
    if (names.indexOf(name) !== index) return [invalid(pointer, `The field \`${name}\` is listed twice.`)]
    return taken.includes(name) ? [invalid(pointer, `The field \`${name}\` is required already.`)] : []
  })
}

function defaultProblems(inputs: Inputs, { defaultInputs, copyBlocks }: TemplateFields): Problem[] {
  return Object.entries(defaultInputs).flatMap(([name, value]): readonly Problem[] => {
    const pointer = pointerTo('/default_inputs', name)
    const schema = Object.hasOwn(inputs, name) ? inputs[name] : undefined
    if (schema === undefined) return [noInput(inputs, name, pointer)]
    const copies = copyReferences(value)
    // What a text will be is known when its blocks are filled in.
    if (copies.length === 0) return inputProblems(schema, value, pointer, `The default of \`${name}\``)
    const strangers = copies.filter((copy) => !Object.hasOwn(copyBlocks, copy))
    return strangers.map((copy) => {
      const known = Object.keys(copyBlocks)
      return invalid(
        pointer,
        `There is no copy block \`${copy}\`.`,
        suggest(copy, known, sayThere(known) ?? 'Add it to `approved_copy_blocks`.'),
      )
    })
  })
}

function blockProblems(inputs: Inputs, { copyBlocks }: TemplateFields): Problem[] {
  return Object.entries(copyBlocks).flatMap(([name, text]): Problem[] => {
    const pointer = pointerTo('/approved_copy_blocks', name)
    if (text.includes('{{')) {
      const message = `The copy block \`${name}\` is plain text: it holds no expressions.`
      return [invalid(pointer, message, 'Write {customer} for the input `customer`.')]
    }
    return placeholdersOf(text).flatMap((input) =>
      Object.hasOwn(inputs, input) ? [] : [noInput(inputs, input, pointer)],
    )
  })
}

/** Inputs that the workflow needs and that nobody could give. */
function uncovered(inputs: Inputs, { defaultInputs, requiredFields }: TemplateFields): Problem[] {
  return Object.entries(inputs).flatMap(([name, schema]): Problem[] => {
    const isOptional = schema.default !== undefined || schema.required === false
    if (isOptional || requiredFields.includes(name) || Object.hasOwn(defaultInputs, name)) return []
    const message = `The workflow needs the input \`${name}\`, which the template neither asks for nor gives.`
    return [invalid('/required_fields', message, `Add \`${name}\` to required_fields, or a value to default_inputs.`)]
  })
}
