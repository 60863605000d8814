// Validates a definition: every problem at once, each with its place in the source and a way out.

import type { Problem } from '../problem.ts'
import { actionFindings } from './action-findings.ts'
import type { ActionCatalog } from './action-shape.ts'
import { childWorkflowFindings, type ChildWorkflows } from './child-workflows.ts'
import { draftOf, type DraftStep, type DraftWorkflow } from './draft-workflow.ts'
import { expressionFindings } from './expression-findings.ts'
import { pathOf, pointerTo, type Finding } from './finding.ts'
import { inputDefinitionFindings } from './input-definitions.ts'
import { misplacedExpressions } from './misplaced-expressions.ts'
import { schemaFindings } from './schema-findings.ts'
import { graphOf } from './step-graph.ts'
import { findCycles, findUnreachable } from './step-order.ts'
import { timeFindings } from './times.ts'
import { workflowSchema, type Workflow } from './workflow.ts'
import { parseWorkflow, type WorkflowSource } from './yaml-source.ts'

/** What a definition may refer to, as its tenant sees it. */
export interface ValidationContext {
  readonly actions: ActionCatalog
  /** The names of the tenant's secrets; undefined: not checked. */
  readonly secrets: ReadonlySet<string> | undefined
  /** The tenant's workflows and their inputs; undefined: not checked. */
  readonly childWorkflows?: ChildWorkflows | undefined
}

export interface Validation {
  /** Present only when there is no problem. */
  readonly workflow?: Workflow
  /** In the order of the source. */
  readonly problems: readonly Problem[]
}

/** Nobody mends more in one round, and each costs a search for its hint. */
const maxProblems = 500

/** Validates the YAML (or JSON) of a definition. It never throws, whatever the source is. */
export function validateWorkflow(source: string, context: ValidationContext): Validation {
  const read = parseWorkflow(source)
  const { value } = read
  if (value === undefined) return { problems: read.problems }
  const parsed = workflowSchema.safeParse(value)
  const subject = { code: 'schema', schema: workflowSchema, value, pointer: '', name: 'the definition' } as const
  const shape = schemaFindings(parsed.error?.issues ?? [], subject)
  const findings = [...withoutEchoes(shape, misplacedExpressions(value)), ...meaningFindings(draftOf(value), context)]
  const problems = inOrder(read.problems, findings, read)
  return parsed.success && problems.length === 0 ? { workflow: parsed.data, problems } : { problems }
}

function meaningFindings(draft: DraftWorkflow, context: ValidationContext): readonly Finding[] {
  const graph = graphOf(draft.steps, context.actions)
  const cycles = findCycles(graph)
  return [
    ...duplicateSteps(draft.steps),
    ...actionFindings(draft.steps, context.actions),
    ...graph.findings,
    ...cycles.findings,
    ...findUnreachable(graph, cycles.members),
    ...timeFindings(draft),
    ...inputDefinitionFindings(draft),
    ...childWorkflowFindings(draft, context.childWorkflows),
    ...expressionFindings(draft, graph, context),
  ]
}

function duplicateSteps(steps: readonly DraftStep[]): readonly Finding[] {
  const seen = new Set([''])
  return steps.flatMap(({ id, pointer }) => {
    const isTaken = seen.has(id) && id !== ''
    seen.add(id)
    if (!isTaken) return []
    return [
      {
        code: 'duplicate_step',
        pointer: `${pointer}/id`,
        message: `Another step above has the id \`${id}\`.`,
        hint: 'Rename one of the two.',
      } as const,
    ]
  })
}

/**
 * One finding for one mistake: an expression that has no business somewhere need not be told that it is no identifier,
 * and what stands under an unknown key is not looked at.
 */
function withoutEchoes(shape: readonly Finding[], misplaced: readonly Finding[]): readonly Finding[] {
  const unknown = new Set(shape.filter(({ at }) => at === 'key').map(({ pointer }) => pointer))
  const told = misplaced.filter(({ pointer }) => !isWithin(pointer, unknown))
  const places = new Set(told.map(({ pointer }) => pointer))
  return [...shape.filter(({ pointer }) => !places.has(pointer)), ...told]
}

/** Whether a pointer is one of those, or leads below one. */
function isWithin(pointer: string, bases: ReadonlySet<string>): boolean {
  return pathOf(pointer).some((_, depth, path) => bases.has(pointerTo('', ...path.slice(0, depth + 1))))
}

function inOrder(read: readonly Problem[], findings: readonly Finding[], source: WorkflowSource): readonly Problem[] {
  const refused = new Set(read.map(({ pointer = '' }) => pointer))
  const sound = findings.filter(({ pointer }) => !isWithin(pointer, refused))
  const located = sound.map((finding) => ({ finding, ...source.locate(finding.pointer, finding) }))
  const all = [...read.map((problem) => ({ line: 1, column: 1, ...problem })), ...located]
  all.sort((a, b) => a.line - b.line || a.column - b.column)
  const shown = all
    .slice(0, maxProblems)
    .map((each) => ('finding' in each ? problemOf(each.finding, each.line, each.column) : each))
  const [rest] = all.slice(maxProblems)
  if (rest === undefined) return shown
  const message = `There are ${all.length - maxProblems} more problems from here on.`
  return [
    ...shown,
    { code: 'schema', pointer: '', line: rest.line, column: rest.column, message, hint: 'Mend those above first.' },
  ]
}

function problemOf({ code, pointer, message, hint }: Finding, line: number, column: number): Problem {
  const advice = typeof hint === 'function' ? hint() : hint
  return { code, pointer, line, column, message, ...(advice === undefined ? {} : { hint: advice }) }
}
