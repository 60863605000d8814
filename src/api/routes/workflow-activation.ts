// Workflows switched on, with the approval that this may need, and off.

import { ok } from '../../kernel/problem.ts'
import { activateWorkflow, switchOff } from '../../governance/workflows.ts'
import { route } from '../route.ts'
import { workflowDetail, workflowParams } from '../shapes/workflow.ts'
import { detailReply, ifUnchanged } from '../workflow-reply.ts'

const etag = { ETag: 'For `If-Match` of an edit.' }

const activate = route({
  method: 'POST',
  path: '/workflows/{name}/activate',
  operation: 'activateWorkflow',
  tag: 'Workflows',
  summary: 'Let a workflow start, and its triggers fire',
  description:
    'At once where the policy asks nobody, or where it is countersigned. Otherwise its approval is asked for, unless it waits ' +
    'already, and whoever approves it activates it.',
  access: 'workflows:write',
  problems: ['not_found', 'conflict', 'unreachable_quorum'],
  params: workflowParams,
  ifMatch: 'optional',
  answers: {
    200: { description: 'It is active, with nothing left to be countersigned.', schema: workflowDetail, headers: etag },
    202: { description: 'It waits for the approvals that `activation` names.', schema: workflowDetail, headers: etag },
  },
  async handle(call) {
    const { parts, db, principal, params } = call
    const change = { name: params.name, precondition: ifUnchanged(call, 'optional') }
    const activated = await activateWorkflow(parts, db, principal, change)
    if (!activated.ok) return activated
    const reply = await detailReply(call, params.name)
    if (!reply.ok || activated.value.approvals.length === 0) return reply
    return ok({ ...reply.value, status: 202 } as const)
  },
})

const deactivate = route({
  method: 'POST',
  path: '/workflows/{name}/deactivate',
  operation: 'deactivateWorkflow',
  tag: 'Workflows',
  summary: 'Start nothing of a workflow any more',
  description: 'An approval of its activation that waits is withdrawn.',
  access: 'workflows:write',
  problems: ['not_found'],
  params: workflowParams,
  ifMatch: 'optional',
  answers: { 200: { description: 'The workflow.', schema: workflowDetail, headers: etag } },
  async handle(call) {
    const { parts, db, principal, params } = call
    const change = { name: params.name, status: 'inactive', precondition: ifUnchanged(call, 'optional') } as const
    const switched = await switchOff(parts, db, principal, change)
    return switched.ok ? detailReply(call, params.name) : switched
  },
})

export const workflowActivationRoutes = [activate, deactivate]
