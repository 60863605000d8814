// Whether a draft can be submitted: all that is wrong with it at once.

import { checkInputs } from '../kernel/definition/inputs.ts'
import { triggersOf, type Workflow } from '../kernel/definition/workflow.ts'
import type { DraftContent } from '../kernel/draft/difference.ts'
import { scheduleProblems } from '../kernel/draft/schedule.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { findCouncil } from '../record/councils.ts'
import type { Queryable } from '../record/database.ts'
import type { KindParts } from './approval-kinds.ts'
import { checkDefinition } from './definition-check.ts'
import { definitionOf } from './draft-content.ts'

type Parts = Pick<KindParts, 'now' | 'registry' | 'sharedSecrets'>

/** The workflow that it would run. Problems have pointers into the draft; those of its definition lie below `/source`. */
export async function checkDraft(
  parts: Parts,
  client: Queryable,
  tenantId: string,
  draft: DraftContent,
): Promise<Result<Workflow>> {
  const definition = await definitionProblems(parts, client, tenantId, draft)
  const workflow = await definitionOf(client, tenantId, draft)
  const problems = [
    ...definition,
    ...(workflow === undefined ? [] : inputProblems(workflow, draft)),
    ...(draft.schedule === null ? [] : scheduleProblems(draft.schedule, parts.now())),
    ...(await councilProblems(client, tenantId, draft)),
  ]
  return workflow === undefined || problems.length > 0 ? failed(...problems) : ok(workflow)
}

async function definitionProblems(
  parts: Parts,
  client: Queryable,
  tenantId: string,
  draft: DraftContent,
): Promise<Problem[]> {
  if (draft.source === null) return workflowProblems(client, tenantId, draft)
  const { problems } = await checkDefinition(parts, client, tenantId, draft.source)
  return problems.map((problem) => ({ ...problem, pointer: `/source${problem.pointer ?? ''}` }))
}

/** While it is edited, a draft may say what it likes of a workflow that is not written yet; one that it names must be there. */
export async function workflowProblems(
  client: Queryable,
  tenantId: string,
  draft: Pick<DraftContent, 'source' | 'workflow'>,
): Promise<Problem[]> {
  if (draft.workflow === null || (await definitionOf(client, tenantId, draft)) !== undefined) return []
  return [{ code: 'not_found', message: `There is no workflow "${draft.workflow}".`, pointer: '/workflow' }]
}

/** As when it is started: events may bring more than is declared. */
function inputProblems(workflow: Workflow, { inputs }: DraftContent): Problem[] {
  const isManual = triggersOf(workflow).every((trigger) => 'manual' in trigger)
  const checked = checkInputs(workflow, inputs, { allowUnknown: !isManual })
  return checked.ok
    ? []
    : checked.problems.map((problem) => ({ ...problem, pointer: `/inputs${problem.pointer ?? ''}` }))
}

export async function councilProblems(
  client: Queryable,
  tenantId: string,
  { council }: Pick<DraftContent, 'council'>,
): Promise<Problem[]> {
  if (council === null || (await findCouncil(client, tenantId, council)) !== undefined) return []
  return [{ code: 'not_found', message: `There is no council "${council}".`, pointer: '/council' }]
}
