// What becomes of a workflow when people have decided on its activation.

import { failed, ok, type Problem } from '../kernel/problem.ts'
import { closureOf } from '../engine/gate/closure.ts'
import { switchStanding } from '../engine/triggers/save-workflow.ts'
import type { Queryable } from '../record/database.ts'
import { lockWorkflowByName } from '../record/workflow-lists.ts'
import { findWorkflow } from '../record/workflows.ts'
import { activatedVersion } from './activation-asks.ts'
import { type ActivatedVersion, activationNeeds, countersigned, standingWithout } from './activation-needs.ts'
import type { KindHandler } from './approval-kinds.ts'
import { giveGrant } from './grants.ts'

export const settleActivation: KindHandler = {
  settle: async (parts, client, actor, settled) => {
    // What is not approved leaves the workflow as it is: inactive, or held by the gate.
    if (settled.decision !== 'approved') return ok({ entries: [] })
    const { tenantId } = actor
    const version = await activatedVersion(client, tenantId, settled.subjectId)
    const name = version?.workflow.name ?? ''
    const locked = await lockWorkflowByName(client, tenantId, name)
    if (version === undefined || locked?.version !== version.version || locked.status === 'deleted') {
      return failed({ code: 'conflict', message: `"${name}" has another version by now. Decide on that one.` })
    }
    const granted = await giveGrant(parts, client, actor, {
      kind: 'activation',
      workflowId: version.workflowId,
      versionId: version.versionId,
      acts: settled.acts,
      contentHash: settled.contentHash,
      content: settled.content,
      approvalId: settled.approvalId,
    })
    const needs = await activationNeeds(parts, client, tenantId, version.workflow)
    const { missing, closure } = await countersigned(parts, client, tenantId, version, needs)
    // A workflow that it starts was saved since the approval was held against it: the next decision finds it void.
    if (closure.hash !== settled.contentHash) return failed(changedMeanwhile(name))
    const facts = { version: version.version, impact: needs.impact.impact, approval_id: settled.approvalId }
    const standing = standingWithout(missing)
    // One that was active when the policy was raised stays so, held by the gate, while other acts are decided on.
    const kept =
      locked.status === 'active'
        ? ({ status: 'active', isScheduled: standing.isScheduled || 'as before' } as const)
        : standing
    const switched = await switchStanding(parts, client, tenantId, name, { ...kept, facts })
    return switched.ok ? ok({ entries: [granted, ...switched.value] }) : switched
  },
  contentNow: async (_parts, client, tenantId, subjectId) => {
    const version = await activatedVersion(client, tenantId, subjectId)
    if (version === undefined || !(await isCurrent(client, tenantId, version))) return undefined
    return closureOf(client, tenantId, version.workflow)
  },
}

function changedMeanwhile(name: string): Problem {
  const message = `What "${name}" starts was changed meanwhile. Look at it again.`
  return { code: 'conflict', message }
}

async function isCurrent(client: Queryable, tenantId: string, { workflow, versionId }: ActivatedVersion) {
  return (await findWorkflow(client, tenantId, workflow.name))?.versionId === versionId
}
