// Further requests for some operations: about other kinds of objects, and naming others in their bodies.

import type { Role } from '../../src/kernel/access/permissions.ts'
import { fresh, inDays, type Sample, type SampleRequest } from './requests.ts'
import type { World } from './world.ts'

const calling = (name: string, workflow: string): string =>
  `name: ${name}\nsteps:\n  - id: call\n    action: workflow.run\n    config: { workflow: ${workflow} }\n`

/** More requests for an operation: what the first one does not name. */
export const furtherSamples: Readonly<Record<string, readonly Sample[]>> = {
  createWorkflow: [({ workflow }) => ({ body: { source: calling(fresh(), workflow) }, foreign: 422 })],
  previewWorkflow: [({ workflow }) => ({ body: { source: calling('caller', workflow) }, foreign: 422 })],
  getWorkflow: [({ critical }) => ({ params: { name: critical } })],
  activateWorkflow: [({ critical }) => ({ params: { name: critical } })],
  deactivateWorkflow: [({ critical }) => ({ params: { name: critical } })],
  listApprovals: [({ board }) => ({ query: { council: board } })],
  getApproval: kindsOf((kind) => ({ instead: agentOf(kind) })),
  listApprovalComments: kindsOf((kind) => ({ instead: agentOf(kind) })),
  commentOnApproval: kindsOf((kind) => ({ body: { body: 'Why?' }, instead: agentOf(kind) })),
  decideApproval: [
    // Whose seat it is has to be told where there are several.
    ({ handed, members }) => ({
      params: { id: handed },
      body: { decision: 'approve', on_behalf_of: members.owner },
      instead: { owner: 403, admin: 403, builder: 403, operator: 403 },
    }),
    // Whoever asked for it does not decide it.
    ...kindsOf((kind) => {
      const asksBoard = kind === 'draft' || kind === 'template'
      const others = asksBoard ? {} : { operator: 403, viewer: 403 }
      return { body: { decision: 'approve' }, instead: { owner: 403, builder: 403, ...others } }
    }),
  ],
  withdrawApproval: kindsOf((kind) => ({
    body: { reason: 'Not needed' },
    instead: { ...(kind !== 'draft' && { builder: 403 }), operator: 403, ...agentOf(kind, 403) },
  })),
  extendApproval: kindsOf((kind) => ({
    body: { expires_at: inDays(40) },
    instead: { ...(kind !== 'draft' && { builder: 403 }), operator: 403, ...agentOf(kind, 403) },
  })),
  listDrafts: [({ board }) => ({ query: { council: board } })],
  createDraft: [
    ({ templateId }) => ({ body: { template_id: templateId, inputs: { who: 'Ana' } } }),
    ({ template }) => ({ body: { template, inputs: { who: 'Ana' } } }),
  ],
  getDraft: [
    ({ submitted }) => ({ params: { id: submitted }, instead: { agent: 404 } }),
    ({ approved }) => ({ params: { id: approved }, instead: { builder: 404, viewer: 404, agent: 404 } }),
  ],
  commentOnDraft: [({ submitted }) => ({ params: { id: submitted }, body: { body: 'Why?' }, instead: { agent: 404 } })],
  createAbsence: [
    ({ members }) => ({
      body: {
        ...{ member: members.viewer, delegate: members.admin },
        ...{ starts_at: inDays(1), ends_at: inDays(3) },
      },
      instead: { builder: 403, operator: 403 },
    }),
  ],
}

/** An agent does not see drafts of others, nor what waits about them. */
function agentOf(kind: keyof World['asks'], otherwise?: number): Partial<Record<Role, number>> {
  const status = kind === 'draft' ? 404 : otherwise
  return status === undefined ? {} : { agent: status }
}

/** A request for an approval of each kind but `step`. */
function kindsOf(request: (kind: keyof World['asks']) => Omit<SampleRequest, 'params'>): readonly Sample[] {
  const kinds = ['run', 'activation', 'draft', 'template', 'policy'] as const
  return kinds.map((kind) => ({ asks }) => ({ ...request(kind), params: { id: asks[kind] } }))
}
