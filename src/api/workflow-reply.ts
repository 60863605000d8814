// A workflow as it is answered with, and the check that nobody has changed it since it was read.

import { failed, ok, type Result } from '../kernel/problem.ts'
import { activationOf, versionOf } from '../governance/activation-state.ts'
import { noWorkflow, type Precondition } from '../governance/workflows.ts'
import { findWorkflowDetail, pageOfTriggers } from '../record/workflow-lists.ts'
import { checkIfMatch } from './edit.ts'
import type { CallContext } from './route.ts'
import { triggerBody } from './shapes/trigger.ts'
import { definitionOf, type DetailBody, detailBody, workflowEtag } from './shapes/workflow.ts'

/** As many triggers as a definition may have. */
const mostTriggers = 20

export function ifUnchanged({ request }: CallContext, need: 'optional' | 'required'): Precondition {
  return (current) => checkIfMatch(request.ifMatch, workflowEtag(current), need)
}

export async function detailReply(
  { parts, db, principal }: CallContext,
  name: string,
): Promise<Result<{ status: 200; body: DetailBody; headers: Record<string, string> }>> {
  const { tenantId } = principal
  const row = await findWorkflowDetail(db, tenantId, name)
  if (row === undefined) return failed(noWorkflow(name))
  const definition = definitionOf(row.definition)
  const page = { limit: mostTriggers, offset: 0, countTo: 0 }
  const { rows: triggers } = await pageOfTriggers(db, tenantId, { workflow: name, ...page })
  const standing = await activationOf(parts, db, tenantId, versionOf(row, definition))
  const body = detailBody(row, definition, { triggers: triggers.map(triggerBody), ...standing })
  return ok({ status: 200, body, headers: { etag: workflowEtag(row) } } as const)
}
