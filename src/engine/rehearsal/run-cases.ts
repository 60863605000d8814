// Runs test cases of a workflow: each a rehearsal with what the case says, compared with what it expects.

import type { Workflow } from '../../kernel/definition/workflow.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { answersOf } from '../../kernel/testcase/answers.ts'
import { type Difference, differencesOf } from '../../kernel/testcase/compare.ts'
import type { TestCase } from '../../kernel/testcase/test-case.ts'
import { checkInputs } from '../../kernel/definition/inputs.ts'
import { Budget } from './budget.ts'
import type { Rehearsal, RehearsalParts, RehearsalRequest } from './rehearsal.ts'
import { rehearse } from './rehearse.ts'

export interface CaseResult {
  readonly name: string
  /** None where the case passes. */
  readonly differences: readonly Difference[]
  readonly rehearsal: Rehearsal
}

/** When a case starts that says nothing of it: the same moment each time. */
const usualStart = Date.UTC(2026, 0, 15, 9)

/** In their order; one after the other. */
export async function runCases(
  parts: RehearsalParts,
  workflow: Workflow,
  cases: readonly TestCase[],
  tenant: RehearsalRequest['tenant'],
): Promise<CaseResult[]> {
  const budget = new Budget()
  const results: CaseResult[] = []
  for (const one of cases) results.push(await runCase(parts, workflow, one, { tenant, budget }))
  return results
}

async function runCase(
  parts: RehearsalParts,
  workflow: Workflow,
  one: TestCase,
  given: { readonly tenant: RehearsalRequest['tenant']; readonly budget: Budget },
): Promise<CaseResult> {
  const { name, inputs, trigger, now, expect } = one
  // The cases were read against the workflow: what they give fits.
  const checked = checkInputs(workflow, inputs ?? trigger ?? {}, { allowUnknown: true })
  const rehearsal = await rehearse(parts, {
    ...given,
    workflow,
    inputs: checked.ok ? checked.value : {},
    ...(trigger !== undefined && { trigger }),
    now: now === undefined ? usualStart : Date.parse(now),
    answers: answersOf(one),
  })
  return { name, rehearsal, differences: differencesOf(expect, { ...rehearsal, outputs: outputsOf(rehearsal) }) }
}

/** Of the steps that have completed. */
function outputsOf({ steps }: Rehearsal): JsonObject {
  const completed = steps.filter(({ status }) => status === 'completed')
  return Object.fromEntries(completed.map(({ step, output }) => [step, output]))
}
