// A request for every operation of the API, about the objects of one tenant.

import type { Role } from '../../src/kernel/access/permissions.ts'
import { templateOf } from './build-governance.ts'
import { testCases } from './build-world.ts'
import type { World } from './world.ts'

export interface SampleRequest {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** What the operation makes may have any name: a name of another tenant is none of theirs. */
  readonly namesFreely?: true
  /** What it answers where that is no success, by role. */
  readonly instead?: Partial<Record<Role, number>>
  /** What it answers where it names what is foreign, if that is not 404: it is told as one of all faults of a definition. */
  readonly foreign?: number
  /** The answer does not end. */
  readonly streams?: true
}

export type Sample = (world: World, role: Role) => SampleRequest

const yaml = (name: string): string =>
  `name: ${name}\nsteps:\n  - id: note\n    action: log\n    config: { message: "hello" }\n`
const none: Sample = () => ({})
const ofWorkflow: Sample = ({ workflow }) => ({ params: { name: workflow } })
const ofExecution: Sample = ({ waiting }) => ({ params: { id: waiting } })
const ofTrigger: Sample = ({ webhook }) => ({ params: { id: webhook } })
const ofSubscription: Sample = ({ subscription }) => ({ params: { id: subscription } })
const ofApproval: Sample = ({ approval }) => ({ params: { id: approval } })
const ofTemplate: Sample = ({ template }) => ({ params: { name: template } })
const ofDraft: Sample = ({ drafts }, role) => ({ params: { id: drafts[role] } })
const ofComment: Sample = ({ drafts, comments }, role) => ({ params: { id: drafts[role], comment_id: comments[role] } })
const ofTests: Sample = ({ workflow }) => ({ params: { name: workflow }, body: { source: testCases } })
export const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()
let counter = 0
export const fresh = (): string => `fresh-${counter++}`

export const samples: Readonly<Record<string, Sample>> = {
  listWorkflows: none,
  createWorkflow: () => ({ body: { source: yaml(fresh()) } }),
  validateWorkflow: () => ({ body: { source: yaml(fresh()) } }),
  getWorkflow: ofWorkflow,
  replaceWorkflow: ({ workflow }) => ({ params: { name: workflow }, body: { source: yaml(workflow) } }),
  activateWorkflow: ofWorkflow,
  deactivateWorkflow: ofWorkflow,
  runWorkflow: ({ workflow }) => ({ params: { name: workflow }, body: { inputs: {} } }),
  deleteWorkflow: ofWorkflow,
  listWorkflowVersions: ofWorkflow,
  getWorkflowVersion: ({ workflow }) => ({ params: { name: workflow, version: '1' } }),
  diffWorkflowVersions: ({ workflow }) => ({ params: { name: workflow }, query: { from: '1', to: '2' } }),
  previewWorkflow: ({ workflow }) => ({ body: { name: workflow } }),
  getWorkflowTests: ofWorkflow,
  replaceWorkflowTests: ofTests,
  runWorkflowTests: ofTests,
  listExecutions: ({ workflow, agent, waiting }) => ({ query: { workflow, agent_id: agent, parent_id: waiting } }),
  getExecution: ofExecution,
  startExecution: ({ workflow }) => ({ body: { workflow, inputs: {} } }),
  rerunExecution: ofExecution,
  getExecutionJournal: ofExecution,
  listExecutionVotes: ofExecution,
  cancelExecution: ofExecution,
  pauseExecution: ofExecution,
  resumeExecution: ({ paused }) => ({ params: { id: paused } }),
  retryExecution: ({ failed }) => ({ params: { id: failed } }),
  migrateExecution: ({ waiting }) => ({ params: { id: waiting }, body: { version: 2 } }),
  listApprovals: ({ waiting, workflow }) => ({ query: { execution_id: waiting, workflow } }),
  getApproval: ofApproval,
  // It asks everybody but the viewer; the builder has made what it is about.
  decideApproval: ({ approval }) => ({
    params: { id: approval },
    body: { decision: 'approve' },
    instead: { builder: 403, viewer: 403 },
  }),
  listRejectReasons: none,
  decideApprovals: ({ approval }) => ({ body: { ids: [approval], decision: 'approve' } }),
  listApprovalComments: ofApproval,
  commentOnApproval: ({ approval }) => ({ params: { id: approval }, body: { body: 'Why?' } }),
  delegateApproval: ({ approval, member }) => ({
    params: { id: approval },
    body: { member },
    instead: { builder: 403, viewer: 403 },
  }),
  takeBackApproval: ({ handed }) => ({
    params: { id: handed },
    instead: { admin: 409, builder: 409, operator: 409, viewer: 409 },
  }),
  // The agent asked for it.
  withdrawApproval: ({ approval }) => ({
    params: { id: approval },
    body: { reason: 'Not needed' },
    instead: { builder: 403, operator: 403 },
  }),
  extendApproval: ({ approval }) => ({
    params: { id: approval },
    body: { expires_at: inDays(40) },
    instead: { builder: 403, operator: 403 },
  }),
  listForms: ({ waiting }) => ({ query: { execution_id: waiting } }),
  getForm: ({ form }) => ({ params: { id: form } }),
  submitForm: ({ form }) => ({ params: { id: form }, body: { data: { reason: 'a reason' } } }),
  listDrafts: ({ templateId, board }) => ({ query: { template_id: templateId, council: board } }),
  createDraft: ({ workflow, board }) => ({ body: { workflow, council: board } }),
  getDraft: ofDraft,
  updateDraft: ({ drafts, workflow, board }, role) => ({
    params: { id: drafts[role] },
    body: { workflow, council: board, purpose: 'Another one' },
  }),
  listDraftHistory: ofDraft,
  previewDraft: ofDraft,
  submitDraft: ofDraft,
  withdrawDraft: ({ submitted }) => ({ params: { id: submitted }, instead: { operator: 403, agent: 404 } }),
  reopenDraft: ({ approved }) => ({ params: { id: approved }, instead: { builder: 404, agent: 404 } }),
  discardDraft: ofDraft,
  convertDraft: ({ ready }) => ({ params: { id: ready }, instead: { builder: 404 } }),
  listDraftComments: ofDraft,
  commentOnDraft: ({ drafts, comments }, role) => ({
    params: { id: drafts[role] },
    body: { body: 'Because.', reply_to: comments[role] },
  }),
  resolveDraftComment: ofComment,
  reopenDraftComment: ofComment,
  listTemplates: none,
  createTemplate: () => ({ body: templateOf(fresh()) }),
  getTemplate: ofTemplate,
  updateTemplate: ({ template }) => ({ params: { name: template }, body: { title: 'Another title' } }),
  deleteTemplate: ofTemplate,
  restoreTemplate: ({ deleted }) => ({ params: { name: deleted } }),
  saveAsTemplate: ({ completed }) => ({
    params: { id: completed },
    body: { name: fresh(), title: 'As it went', category: 'operations' },
  }),
  previewTemplate: ({ template }) => ({ params: { name: template }, body: { inputs: { who: 'Ana' } } }),
  useTemplate: ({ template, board }) => ({
    params: { name: template },
    body: { inputs: { who: 'Ana' }, council: board },
  }),
  runTemplate: ({ instant }) => ({ params: { name: instant }, body: { inputs: { who: 'Ana' } } }),
  askPreApproval: ({ template, board }) => ({ params: { name: template }, body: { council: board } }),
  // By its council, owners and admins.
  revokePreApproval: ({ instant }) => ({
    params: { name: instant },
    body: { reason: 'Out of date' },
    instead: { builder: 403 },
  }),
  listTriggers: ({ workflow }) => ({ query: { workflow } }),
  getTrigger: ofTrigger,
  listSchedules: none,
  getSchedule: ({ schedule }) => ({ params: { id: schedule } }),
  getWebhookSigning: ofTrigger,
  setWebhookSecret: ({ webhook }) => ({
    params: { id: webhook },
    body: { value: `whsec_${btoa('a secret that is long enough, more or less')}` },
  }),
  rotateWebhookSecret: ({ webhook }) => ({ params: { id: webhook }, body: {} }),
  rotateWebhookToken: ofTrigger,
  sendEvents: () => ({ body: { type: 'nobody.listens', source: '/tests', id: fresh(), data: {} } }),
  listSubscriptions: none,
  createSubscription: ({ workflow }) => ({ body: { url: 'https://example.com/hook', workflow } }),
  getSubscription: ofSubscription,
  editSubscription: ({ subscription, workflow }) => ({ params: { id: subscription }, body: { workflow } }),
  deleteSubscription: ofSubscription,
  rotateSubscriptionSecret: ofSubscription,
  testSubscription: ofSubscription,
  listDeliveries: ofSubscription,
  getDelivery: ({ delivery }) => ({ params: { id: delivery } }),
  replayDelivery: ({ delivery }) => ({ params: { id: delivery } }),
  listActions: none,
  getAction: () => ({ params: { name: 'log' } }),
  getWorkflowSchema: none,
  listPacks: none,
  switchPack: () => ({ params: { name: 'core' }, body: { enabled: true } }),
  listSecrets: none,
  getSecret: ({ secret }) => ({ params: { name: secret } }),
  createSecret: () => ({ body: { name: fresh().toUpperCase().replace('-', '_'), value: 'worth keeping' } }),
  setSecret: ({ secret }) => ({ params: { name: secret }, body: { value: 'another one' }, namesFreely: true }),
  deleteSecret: ({ secret }) => ({ params: { name: secret } }),
  listMembers: none,
  getMember: ({ member }) => ({ params: { id: member } }),
  updateMember: ({ member }) => ({ params: { id: member }, body: { approver_roles: ['cfo'] } }),
  removeMember: ({ member }) => ({ params: { id: member } }),
  createInvitation: () => ({ body: { email: `${fresh()}@acme.example`, role: 'viewer' } }),
  listInvitations: none,
  revokeInvitation: ({ invitation }) => ({ params: { id: invitation } }),
  listAgents: none,
  createAgent: () => ({ body: { name: fresh() } }),
  getAgent: ({ agent }) => ({ params: { id: agent } }),
  updateAgent: ({ agent }) => ({ params: { id: agent }, body: { disabled: true } }),
  createAgentApiKey: ({ agent }) => ({ params: { id: agent }, body: { name: 'a key' } }),
  listApiKeys: none,
  revokeApiKey: ({ agentKey }) => ({ params: { id: agentKey } }),
  listCouncils: none,
  createCouncil: ({ member }) => ({ body: { name: fresh(), title: 'A council', domain: 'media', members: [member] } }),
  getCouncil: ({ council }) => ({ params: { name: council } }),
  updateCouncil: ({ council, member }) => ({ params: { name: council }, body: { members: [member] } }),
  listCouncilDecisions: ({ board }) => ({ params: { name: board } }),
  deleteCouncil: ({ council }) => ({ params: { name: council } }),
  listAbsences: ({ member }) => ({ query: { member } }),
  createAbsence: ({ members }, role) => ({
    body: { delegate: role === 'viewer' ? members.admin : members.viewer, starts_at: inDays(1), ends_at: inDays(3) },
  }),
  removeAbsence: ({ absence }) => ({ params: { id: absence }, instead: { builder: 403, viewer: 403 } }),
  getMe: none,
  // A key belongs to one tenant.
  switchTenant: ({ slug }) => ({ body: { slug }, instead: everyone(409), namesFreely: true }),
  listMyApiKeys: none,
  createMyApiKey: () => ({ body: { name: 'a key' } }),
  revokeMyApiKey: ({ keys }, role) => ({ params: { id: keys[role].id } }),
  getSettings: none,
  updateSettings: () => ({ body: { name: 'Another name' } }),
  getPolicies: none,
  changePolicies: () => ({ body: { deliveries_days: 3 } }),
  listAuditEntries: ({ waiting }) => ({ query: { object_id: waiting } }),
  verifyAudit: none,
  exportAudit: none,
  openStream: ({ waiting }) => ({ query: { topics: `executions,execution:${waiting}` }, streams: true }),
}

function everyone(status: number): Record<Role, number> {
  return { owner: status, admin: status, builder: status, operator: status, viewer: status, agent: status }
}

/** Operations for which nobody has to be signed in. */
export const openOperations: readonly string[] = [
  'acceptInvitation',
  'signIn',
  'askForLink',
  'signInWithLink',
  'startSingleSignOn',
  'finishSingleSignOn',
  'signOut',
  'changePassword',
  'askForPasswordReset',
  'resetPassword',
]
