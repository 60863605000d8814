// Reads test cases from YAML: every problem at once, each with its place; steps that the workflow does not have are problems.

import { pointerTo, type Finding } from '../definition/finding.ts'
import { readInputs } from '../definition/inputs.ts'
import { schemaFindings } from '../definition/schema-findings.ts'
import { sayThere, suggest } from '../definition/wording.ts'
import type { Workflow } from '../definition/workflow.ts'
import { parseWorkflow } from '../definition/yaml-source.ts'
import type { Problem } from '../problem.ts'
import { type TestCase, testCasesSchema } from './test-case.ts'

export interface ReadTestCases {
  /** Present only when there is no problem. */
  readonly cases?: readonly TestCase[]
  /** In the order of the source. */
  readonly problems: readonly Problem[]
}

/** Reads the YAML of a workflow's test cases. It never throws, whatever the source is. */
export function readTestCases(source: string, workflow: Pick<Workflow, 'steps' | 'inputs'>): ReadTestCases {
  const read = parseWorkflow(source)
  const { value } = read
  if (value === undefined || read.problems.length > 0) return { problems: read.problems }
  const parsed = testCasesSchema.safeParse(value)
  const subject = { code: 'schema', schema: testCasesSchema, value, pointer: '', name: 'the test cases' } as const
  const findings = parsed.success
    ? meaningFindings(parsed.data, workflow)
    : schemaFindings(parsed.error.issues, subject)
  const problems = findings.map((finding) => ({ ...toProblem(finding), ...read.locate(finding.pointer, finding) }))
  problems.sort((a, b) => a.line - b.line || a.column - b.column)
  return parsed.success && problems.length === 0 ? { cases: parsed.data, problems } : { problems }
}

function toProblem({ code, pointer, message, hint }: Finding): Problem {
  const advice = typeof hint === 'function' ? hint() : hint
  return { code, pointer, message, ...(advice !== undefined && { hint: advice }) }
}

function meaningFindings(cases: readonly TestCase[], workflow: Pick<Workflow, 'steps' | 'inputs'>): Finding[] {
  const known = workflow.steps.map(({ id }) => id)
  const names = new Set<string>()
  return cases.flatMap((one, index) => {
    const pointer = `/${index}`
    const isTaken = names.has(one.name)
    names.add(one.name)
    return [
      ...(isTaken ? [sameName(one.name, pointer)] : []),
      ...stepsNamed(one, pointer).flatMap((named) => unknownStep(named, known)),
      ...saidTwice(one, pointer),
      ...inputFindings(one, workflow, pointer),
    ]
  })
}

interface NamedStep {
  readonly step: string
  readonly pointer: string
  readonly at: 'key' | 'value'
}

/** Each place at which a case names a step. */
function stepsNamed({ mocks = {}, answers = {}, expect }: TestCase, base: string): NamedStep[] {
  const { path = [], never = [], outputs = {}, effects = [] } = expect
  const keys = (object: object, ...at: string[]): NamedStep[] =>
    Object.keys(object).map((step) => ({ step, pointer: pointerTo(base, ...at, step), at: 'key' }))
  const entries = (steps: readonly string[], field: string): NamedStep[] =>
    steps.map((text, index) => ({
      step: text.replace(/\..*$/s, ''),
      pointer: pointerTo(base, 'expect', field, index),
      at: 'value',
    }))
  return [
    ...keys(mocks, 'mocks'),
    ...keys(answers, 'answers'),
    ...entries(path, 'path'),
    ...keys(outputs, 'expect', 'outputs'),
    ...effects.map(({ step }, index) => ({
      step,
      pointer: pointerTo(base, 'expect', 'effects', index, 'step'),
      at: 'value' as const,
    })),
    ...entries(never, 'never'),
  ]
}

function unknownStep({ step, pointer, at }: NamedStep, known: readonly string[]): Finding[] {
  if (known.includes(step)) return []
  const hint = (): string | undefined => suggest(step, known, sayThere(known))
  return [{ code: 'unknown_step', pointer, at, message: `The workflow has no step \`${step}\`.`, hint }]
}

function sameName(name: string, pointer: string): Finding {
  const message = `Another case above is named "${name}".`
  return { code: 'schema', pointer: `${pointer}/name`, message, hint: 'Rename one of the two.' }
}

function saidTwice({ mocks = {}, answers = {} }: TestCase, base: string): Finding[] {
  return Object.keys(answers)
    .filter((step) => Object.hasOwn(mocks, step))
    .map((step) => ({
      code: 'schema',
      pointer: pointerTo(base, 'answers', step),
      at: 'key',
      message: `\`${step}\` has both a mock and an answer.`,
      hint: 'Remove one of the two: a mock stands for the whole step, an answer only ends its waiting.',
    }))
}

function inputFindings({ inputs, trigger }: TestCase, workflow: Pick<Workflow, 'inputs'>, base: string): Finding[] {
  const given = inputs ?? trigger ?? {}
  const field = inputs !== undefined || trigger === undefined ? 'inputs' : 'trigger'
  return readInputs(workflow.inputs, given, { allowUnknown: true }).problems.map(({ pointer, ...problem }) => ({
    ...problem,
    pointer: `${base}/${field}${pointer}`,
  }))
}
