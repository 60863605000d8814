// Previews: what a workflow would do, without doing it.

import { z } from 'zod'
import { failed, ok } from '../../kernel/problem.ts'
import { answersOf } from '../../kernel/testcase/answers.ts'
import { testCaseSchema } from '../../kernel/testcase/test-case.ts'
import { previewSource } from '../../governance/preview.ts'
import { noWorkflow } from '../../governance/workflows.ts'
import { findWorkflowDetail } from '../../record/workflow-lists.ts'
import { asJsonObject } from '../../packs/payload.ts'
import { route } from '../route.ts'
import { jsonObject } from '../shapes/execution.ts'
import { previewBody, previewShape } from '../shapes/preview.ts'
import { definitionExample, workflowName, yamlTypes } from '../shapes/workflow.ts'

const { mocks, answers } = testCaseSchema.shape

const body = z.preprocess(
  (given: unknown): unknown => (typeof given === 'string' ? { source: given } : given),
  z
    .strictObject({
      source: z.string().max(600_000).optional().meta({ description: 'A definition as YAML.' }),
      definition: jsonObject.optional().meta({ description: 'A definition as JSON.' }),
      name: workflowName.optional().meta({ description: 'A workflow that is saved.' }),
      inputs: jsonObject.optional().meta({ description: 'Samples stand for required ones that are not given.' }),
      trigger: jsonObject.optional().meta({ description: 'What an event or webhook brings; the inputs when absent.' }),
      mocks: mocks.meta({ description: 'What steps give, as in test cases; samples stand for the others.' }),
      answers: answers.meta({
        description: 'What people and events answer, as in test cases; else every way is walked.',
      }),
    })
    .refine(
      ({ source, definition, name }) => [source, definition, name].filter((one) => one !== undefined).length === 1,
      'must hold one of "source", "definition" and "name"',
    ),
)

const preview = route({
  method: 'POST',
  path: '/workflows/preview',
  operation: 'previewWorkflow',
  tag: 'Workflows',
  summary: 'Preview a workflow',
  description:
    'Says what each step would do, what would leave the company and with what content, who would have to agree and whether they ' +
    'can, and how long it would take. Conditions and templates are computed for real; nothing is sent, written or started. What ' +
    'depends on what only a real run gives is walked both ways.',
  access: 'workflows:read',
  problems: ['not_found', 'invalid_input'],
  bodyTypes: yamlTypes,
  body,
  bodyExample: { ...definitionExample, inputs: { who: 'Ana' } },
  mostPerMinute: 60,
  answers: { 200: { description: 'The preview.', schema: previewShape } },
  async handle({ parts, db, principal, body: given }) {
    const { name, definition, inputs, trigger, mocks: mocked, answers: answered } = given
    const saved = name === undefined ? undefined : await findWorkflowDetail(db, principal.tenantId, name)
    if (name !== undefined && saved === undefined) return failed(noWorkflow(name))
    const source = given.source ?? saved?.source ?? JSON.stringify(definition, null, 2)
    const previewed = await previewSource(parts, db, principal, source, {
      ...(inputs !== undefined && { inputs: asJsonObject(inputs) }),
      ...(trigger !== undefined && { trigger: asJsonObject(trigger) }),
      answers: answersOf({ mocks: mocked, answers: answered }),
    })
    return previewed.ok ? ok({ status: 200, body: previewBody(previewed.value) } as const) : previewed
  },
})

export const previewRoutes = [preview]
