// Test cases of workflows: saved beside them, run against a version, their results kept by content hash.

import { z } from 'zod'
import { ok } from '../../kernel/problem.ts'
import { readWorkflowTests, replaceWorkflowTests, runWorkflowTests } from '../../governance/workflow-tests.ts'
import { checkIfMatch } from '../edit.ts'
import { route } from '../route.ts'
import { testRunBody, testRunShape, testsBody, testsEtag, testsShape } from '../shapes/workflow-tests.ts'
import { workflowParams, yamlTypes } from '../shapes/workflow.ts'

const etag = { ETag: 'For `If-Match` of an edit.' }
const source = z.string().min(1).max(600_000).meta({ description: 'The test cases as YAML.' })
const fromText = (given: unknown): unknown => (typeof given === 'string' ? { source: given } : given)
const example = {
  source: '- name: It says hello\n  inputs: { who: Ana }\n  expect: { status: completed, path: [greet] }\n',
}

const get = route({
  method: 'GET',
  path: '/workflows/{name}/tests',
  operation: 'getWorkflowTests',
  tag: 'Workflows',
  summary: 'Get the test cases of a workflow',
  description: 'And what came of them, the newest result first.',
  access: 'workflows:read',
  problems: ['not_found'],
  params: workflowParams,
  answers: {
    200: {
      description: 'The cases; null where there are none.',
      schema: z.strictObject({ tests: testsShape.nullable(), runs: z.array(testRunShape) }),
      headers: etag,
    },
  },
  async handle({ db, principal, params }) {
    const read = await readWorkflowTests(db, principal, params.name)
    if (!read.ok) return read
    const { tests, runs } = read.value
    const body = { tests: tests === undefined ? null : testsBody(tests), runs: runs.map(testRunBody) }
    return ok({ status: 200, body, headers: { etag: testsEtag(tests) } } as const)
  },
})

const replace = route({
  method: 'PUT',
  path: '/workflows/{name}/tests',
  operation: 'replaceWorkflowTests',
  tag: 'Workflows',
  summary: 'Save the test cases of a workflow',
  description:
    'They are read against its current version: a step that it does not have is a problem. They are not run.',
  access: 'workflows:write',
  problems: ['not_found'],
  params: workflowParams,
  bodyTypes: yamlTypes,
  body: z.preprocess(fromText, z.strictObject({ source })),
  bodyExample: example,
  ifMatch: 'optional',
  answers: { 200: { description: 'The cases.', schema: testsShape, headers: etag } },
  async handle({ parts, db, principal, params, body, request }) {
    const saved = await replaceWorkflowTests(parts, db, principal, {
      name: params.name,
      source: body.source,
      precondition: (current) => checkIfMatch(request.ifMatch, testsEtag(current), 'optional'),
    })
    if (!saved.ok) return saved
    return ok({ status: 200, body: testsBody(saved.value), headers: { etag: testsEtag(saved.value) } } as const)
  },
})

const run = route({
  method: 'POST',
  path: '/workflows/{name}/tests',
  operation: 'runWorkflowTests',
  tag: 'Workflows',
  summary: 'Run test cases',
  description:
    'Runs the saved cases against a version and keeps the result, which a policy may ask for before an approval. Cases that are ' +
    'sent along are tried instead, and what they show is not kept. Nothing is sent, written or started.',
  access: 'workflows:write',
  problems: ['not_found'],
  params: workflowParams,
  body: z
    .strictObject({
      version: z
        .number()
        .int()
        .min(1)
        .max(2_147_483_647)
        .optional()
        .meta({ description: 'The current one when absent.' }),
      source: source.optional(),
    })
    .default({}),
  bodyExample: {},
  idempotency: 'stored',
  mostPerMinute: 60,
  answers: {
    200: {
      description: 'The result.',
      schema: z.strictObject({ is_kept: z.boolean(), result: testRunShape }),
    },
  },
  async handle({ parts, db, principal, params, body }) {
    const tested = await runWorkflowTests(parts, db, principal, { name: params.name, ...body })
    if (!tested.ok) return tested
    const { run: result, isKept } = tested.value
    return ok({ status: 200, body: { is_kept: isKept, result: testRunBody(result) } } as const)
  },
})

export const workflowTestRoutes = [get, replace, run]
