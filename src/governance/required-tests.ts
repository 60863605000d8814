// Tests that a policy requires before a version may be approved.

import type { Problem } from '../kernel/problem.ts'
import { contentHash } from '../engine/triggers/save-workflow.ts'
import type { Queryable } from '../record/database.ts'
import { hasGreenTests } from '../record/test-results.ts'
import type { ActivatedVersion, ActivationNeeds } from './activation-needs.ts'

/** Why it may not even be asked for; undefined when its tests have passed, or none are required. */
export async function testProblem(
  client: Queryable,
  tenantId: string,
  { workflow }: Pick<ActivatedVersion, 'workflow'>,
  { needsTests, impact }: ActivationNeeds,
): Promise<Problem | undefined> {
  if (!needsTests || (await hasGreenTests(client, tenantId, contentHash(workflow)))) return undefined
  return {
    code: 'conflict',
    message: `The policy requires tests of class ${impact.impact}, and those of "${workflow.name}" have not passed with this content.`,
    hint: 'Run them: npx countersign test FILE. Then activate it.',
  }
}
