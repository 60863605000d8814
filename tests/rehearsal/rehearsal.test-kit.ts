// What tests of rehearsals share: the parts of one, without a database.

import { afterAll } from 'vitest'
import { createExpressionThreads } from '../../src/engine/expressions/expression-threads.ts'
import type { RehearsalParts, RehearsalRequest } from '../../src/engine/rehearsal/rehearsal.ts'
import { checkInputs } from '../../src/kernel/definition/inputs.ts'
import { validateWorkflow } from '../../src/kernel/definition/validation.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { parseWorkflow } from '../../src/kernel/definition/yaml-source.ts'
import { workflowSchema } from '../../src/kernel/definition/workflow.ts'
import { failed, ok } from '../../src/kernel/problem.ts'
import { createHouseRegistry } from '../../src/main.ts'

const tenant = { id: '01980000-0000-7000-8000-00000000aaaa', slug: 'acme', name: 'Acme' }
export const noon = Date.UTC(2026, 0, 15, 12)
export const coreActions = createHouseRegistry().actions(['core'])

/** Call it once at the top of a file. */
export function rehearsalParts(children: readonly Workflow[] = []): RehearsalParts {
  const threads = createExpressionThreads({})
  afterAll(() => threads.close())
  return {
    evaluate: threads.evaluate,
    findAction: (name) => coreActions.get(name),
    findWorkflow: async (name) => {
      const child = children.find((one) => one.name === name)
      return child === undefined ? failed({ code: 'not_found', message: `There is no workflow "${name}".` }) : ok(child)
    },
  }
}

/** A valid definition; throws with what is wrong. */
export function workflowOf(source: string): Workflow {
  const { workflow, problems } = validateWorkflow(source, { actions: coreActions, secrets: undefined })
  if (workflow === undefined) throw new Error(JSON.stringify(problems))
  return workflow
}

/** A definition as it is, valid or not. */
export function anyWorkflow(source: string): Workflow {
  return workflowSchema.parse(parseWorkflow(source).value)
}

/** With the defaults of inputs filled in. */
export function requestOf(workflow: Workflow, given: Partial<RehearsalRequest> = {}): RehearsalRequest {
  const checked = checkInputs(workflow, given.inputs ?? {})
  const inputs = checked.ok ? checked.value : (given.inputs ?? {})
  return { now: noon, answers: new Map(), tenant, ...given, workflow, inputs }
}
