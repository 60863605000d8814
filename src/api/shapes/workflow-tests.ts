// Test cases of a workflow, and what came of them, as the API shows them.

import { z } from 'zod'
import type { StoredTests, TestRun } from '../../record/test-results.ts'
import { etagOf } from '../edit.ts'
import { anyValue, uuid } from './execution.ts'
import { moment, version } from './workflow.ts'

export const testsShape = z
  .strictObject({
    source: z.string().meta({ description: 'YAML.' }),
    tests_hash: z.string().meta({ description: 'SHA-256 of the source.' }),
    updated_by: z.string(),
    updated_at: moment,
  })
  .meta({ id: 'WorkflowTests', description: 'The test cases of a workflow.' })

const caseShape = z.strictObject({
  name: z.string(),
  passed: z.boolean(),
  differences: z.array(
    z.strictObject({
      at: z.string().meta({ description: 'JSON Pointer into what the case expects.' }),
      expected: anyValue,
      got: anyValue.optional().meta({ description: 'Absent where there is nothing.' }),
    }),
  ),
})

export const testRunShape = z
  .strictObject({
    id: uuid,
    version,
    content_hash: z.string().meta({ description: 'Of the version: what an approval signs.' }),
    tests_hash: z.string(),
    green: z.boolean().meta({ description: 'There are cases, and all have passed.' }),
    passed: z.number().int(),
    failed: z.number().int(),
    cases: z.array(caseShape),
    ran_by: z.string(),
    ran_at: moment,
  })
  .meta({ id: 'TestRun', description: 'What came of the test cases.' })

export function testsBody({ source, testsHash, updatedBy, updatedAt }: StoredTests): z.input<typeof testsShape> {
  return { source, tests_hash: testsHash, updated_by: updatedBy, updated_at: updatedAt.toISOString() }
}

export function testRunBody(run: TestRun): z.input<typeof testRunShape> {
  const { id, green, passed, failed } = run
  return {
    id,
    green,
    passed,
    failed,
    version: run.version,
    content_hash: run.contentHash,
    tests_hash: run.testsHash,
    cases: z.array(caseShape).parse(run.cases),
    ran_by: run.ranBy,
    ran_at: run.ranAt.toISOString(),
  }
}

/** Of what is there, or of nothing. */
export function testsEtag(tests: Pick<StoredTests, 'testsHash'> | undefined): string {
  return etagOf(['tests', tests?.testsHash ?? null])
}
