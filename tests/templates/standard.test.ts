// The twelve templates that every tenant is offered: valid, and each runs to its end with its example.

import { expect, test } from 'vitest'
import { standardTemplates } from '../../src/cli/standard-templates.ts'
import { validateWorkflow } from '../../src/kernel/definition/validation.ts'
import { fieldProblems } from '../../src/kernel/template/field-problems.ts'
import { templateUse } from '../../src/kernel/template/template-inputs.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { createHouseRegistry } from '../../src/main.ts'
import { openExampleHouse } from '../examples/example-house.ts'

const templates = await standardTemplates()
const actions = createHouseRegistry().actions(['core'])

const checked = templates.map((template) => {
  const { workflow, problems } = validateWorkflow(template.source, { actions, secrets: new Set() })
  if (workflow === undefined) throw new Error(`${template.name}: ${JSON.stringify(problems)}`)
  const { default_inputs: defaultInputs, approved_copy_blocks: copyBlocks } = template
  const lists = { requiredFields: template.required_fields, optionalFields: template.optional_fields }
  return { template, workflow, fields: { defaultInputs, copyBlocks, ...lists } }
})

test('there are twelve, for operations, finance, marketing and IT, and each says what it is for', () => {
  expect(templates.map(({ name }) => name)).toHaveLength(12)
  const categories = new Set(templates.map(({ category }) => category))
  expect(['operations', 'finance', 'marketing', 'it'].filter((one) => !categories.has(one))).toEqual([])
  expect(checked.filter(({ template, workflow }) => workflow.name !== template.name)).toEqual([])
})

test.each(checked)('$template.name asks for what its workflow needs', ({ workflow, fields, template }) => {
  expect(fieldProblems(workflow, fields)).toEqual([])
  expect(templateUse(workflow, fields, {}).missing).toEqual(template.required_fields)
  expect(templateUse(workflow, fields, template.example_inputs).problems).toEqual([])
})

test('each runs to its end with its example, people agreeing', async () => {
  const house = await openExampleHouse()
  const run = async ({ template, workflow, fields }: (typeof checked)[number]) => {
    await house.save('data-quality', () => template.source)
    const { inputs } = templateUse(workflow, fields, template.example_inputs)
    const id = await house.start(template.name, inputs)
    const answers: Readonly<Record<string, JsonObject>> = template.example_answers
    for (const { id: step, action } of workflow.steps) {
      // Those that a run passes by never wait.
      if (action === 'approval.request') {
        void house.waiting(id, step).then((wait) => house.decide(wait, 'ana', 'approve'))
      }
      if (action === 'form.request') {
        void house.waiting(id, step).then((wait) => house.fill(wait, 'ana', answers[step] ?? {}))
      }
    }
    const { status, path } = await house.ended(id)
    return `${template.name}: ${status}, ${path.at(-1)}`
  }
  expect(await Promise.all(checked.map(run))).toEqual([
    'access-request: completed, take: completed',
    'campaign-go-no-go: completed, go: completed',
    'content-review: completed, released: completed',
    'customer-refund: completed, granted: completed',
    'data-export-approval: completed, allowed: completed',
    'expense-check: completed, pay: completed',
    'incident-postmortem: completed, tell: completed',
    'maintenance-window: completed, over: completed',
    'on-call-handover: completed, tell: completed',
    'purchase-order-sign-off: completed, signed: completed',
    'vendor-onboarding: completed, record: completed',
    'weekly-report-reminder: completed, pass_on: completed',
  ])
  const notes = await house.notes()
  expect(notes.map(({ message }) => message)).toContain(
    'Write to the customer: Dear Ms Lima, we refund 80 EUR for your order SO-77. It takes up to five days.',
  )
})
