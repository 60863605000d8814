// Checks the inputs that a definition declares: their defaults and choices fit them, and each rule suits the type.

import type { DraftWorkflow } from './draft-workflow.ts'
import { pointerTo, type Finding } from './finding.ts'
import { inputProblems, readInputs, type InputProblem } from './inputs.ts'
import { sayChoices } from './wording.ts'
import type { InputSchema } from './workflow.ts'

export function inputDefinitionFindings({ inputs, triggers }: DraftWorkflow): readonly Finding[] {
  return [
    ...Object.entries(inputs).flatMap(([name, schema]) =>
      schema === undefined ? [] : definitionFindings(schema, pointerTo('/inputs', name)),
    ),
    ...triggers.flatMap((trigger) => {
      if (trigger.schedule === undefined && trigger.every === undefined) return []
      return readInputs(inputs, trigger.inputs).problems.map((problem) =>
        scheduledInput(problem, `${trigger.pointer}/inputs`),
      )
    }),
  ]
}

function scheduledInput(problem: InputProblem, base: string): Finding {
  const finding = { ...problem, pointer: `${base}${problem.pointer}` }
  const hint =
    'Nobody fills in a form when a schedule fires: write the value under `inputs` of the trigger, or give the input a default.'
  return problem.message.endsWith(' is missing.') ? { ...finding, hint } : finding
}

function definitionFindings(schema: InputSchema, pointer: string): readonly Finding[] {
  const { default: given, enum: choices, items, properties, ...plain } = schema
  return [
    ...misplacedRules(schema, pointer),
    ...crossedBounds(schema, pointer),
    ...(given === undefined ? [] : inputProblems(schema, given, `${pointer}/default`, 'The default')),
    ...(choices ?? []).flatMap((choice, index) =>
      inputProblems(
        { ...plain, items, properties },
        choice,
        pointerTo(pointer, 'enum', index),
        `Entry ${index + 1} of \`enum\``,
      ),
    ),
    ...(items === undefined ? [] : definitionFindings(items, `${pointer}/items`)),
    ...Object.entries(properties ?? {}).flatMap(([name, property]) =>
      definitionFindings(property, pointerTo(pointer, 'properties', name)),
    ),
  ]
}

/** Which types each rule says something about. */
const rules = {
  minimum: ['number', 'integer'],
  maximum: ['number', 'integer'],
  minLength: ['string', 'array'],
  maxLength: ['string', 'array'],
  format: ['string'],
  items: ['array'],
  properties: ['object'],
} as const satisfies Partial<Record<keyof InputSchema, readonly InputSchema['type'][]>>

function misplacedRules(schema: InputSchema, pointer: string): readonly Finding[] {
  return Object.entries(rules).flatMap(([rule, types]) => {
    if (!Object.hasOwn(schema, rule) || types.some((type) => type === schema.type)) return []
    const message = `\`${rule}\` says nothing about an input of type \`${schema.type}\`.`
    return [
      {
        code: 'schema',
        pointer: `${pointer}/${rule}`,
        at: 'key',
        message,
        hint: `It goes with ${sayChoices(types, 'and')}.`,
      } as const,
    ]
  })
}

function crossedBounds({ minimum, maximum, minLength, maxLength }: InputSchema, pointer: string): readonly Finding[] {
  const crossed = (
    low: string,
    least: number | undefined,
    high: string,
    most: number | undefined,
  ): readonly Finding[] =>
    least === undefined || most === undefined || least <= most
      ? []
      : [
          {
            code: 'schema',
            pointer: `${pointer}/${low}`,
            message: `\`${low}\` (${least}) is above \`${high}\` (${most}), so nothing fits.`,
            hint: 'Swap them, or remove one.',
          },
        ]
  return [
    ...crossed('minimum', minimum, 'maximum', maximum),
    ...crossed('minLength', minLength, 'maxLength', maxLength),
  ]
}
