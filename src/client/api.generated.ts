// The types of the API. Written by docs/generate/all.ts from the OpenAPI document: change the routes, not this file.

/** An answer with a body of JSON. */
export interface JsonAnswer<Body> {
  content: { 'application/json': Body }
}

/** An answer that is no success (RFC 9457). */
export interface ProblemAnswer {
  content: { 'application/problem+json': Problem }
}

/** When a member is out of office. */
export interface Absence {
  id: string
  member: string

  /** Who may decide in the place of the member meanwhile. */
  delegate: string | null
  starts_at: string
  ends_at: string
  note: string | null
  created_at: string
}

/** What a step can do. */
export interface Action {
  name: string
  title: string
  description: string
  pack: string
  impact: 'A' | 'B' | 'C' | 'depends on config'

  /** `pure` does nothing outside; `transactional` happens exactly once; `external` at least once, with an idempotency key. */
  effect: 'pure' | 'transactional' | 'external'
  outcomes: string[] | 'depends on config'

  /** JSON Schema 2020-12. An expression in {{ }} may stand wherever a value is asked for. */
  config: { [name: string]: unknown }

  /** JSON Schema 2020-12. An expression in {{ }} may stand wherever a value is asked for. */
  output: { [name: string]: unknown }
  examples: { title: string; config: { [name: string]: unknown } }[]
}

/** Where a workflow stands on its way to being active. */
export interface Activation {
  /** `not_needed`: the policy asks nobody. `pending`: it waits for `approval_ids`. `granted`: it is countersigned. `needed`: nobody has been asked, or not everybody who must be. `void`: what was asked for or countersigned is not what is there now. */
  state: 'not_needed' | 'pending' | 'granted' | 'needed' | 'void'

  /** What has to be countersigned: `activate_workflow`, `enable_schedule`, `send_emails`. */
  acts: string[]

  /** The first of `approval_ids`. */
  approval_id: string | null

  /** The approvals that wait: one for all acts that the same people decide on. */
  approval_ids: string[]

  /** Why nobody could be asked. */
  approval_problem: string | null

  /** What has changed since, where it is void. */
  difference: string | null
}

/** A program that acts with a key. It never decides. */
export interface Agent {
  id: string
  name: string
  disabled: boolean

  /** `member:<id>`, `agent:<id>` or `operator`. */
  created_by: string
  created_at: string
}

export type Answer =
  | ('approved' | 'rejected' | 'expired')
  | {
      /** The fields as filled in */
      form: { [name: string]: unknown }
    }
  | {
      /** The data of the event */
      event: unknown
    }
  | {
      /** What is posted */
      callback: unknown
    }

/** An API key without its text. */
export interface ApiKey {
  id: string
  name: string

  /** How the key begins, to tell keys apart. */
  prefix: string
  member_id: string | null
  agent_id: string | null

  /** Null: all that the role of its holder may. */
  scopes:
    | (
        | 'me:read'
        | 'workflows:read'
        | 'workflows:write'
        | 'executions:read'
        | 'executions:start'
        | 'executions:control'
        | 'approvals:read'
        | 'approvals:decide'
        | 'approvals:ask'
        | 'approvals:comment'
        | 'forms:read'
        | 'forms:submit'
        | 'drafts:read'
        | 'drafts:write'
        | 'drafts:comment'
        | 'drafts:convert'
        | 'templates:read'
        | 'templates:write'
        | 'templates:use'
        | 'templates:govern'
        | 'absences:own'
        | 'absences:write'
        | 'actions:read'
        | 'packs:write'
        | 'triggers:read'
        | 'triggers:write'
        | 'events:send'
        | 'subscriptions:read'
        | 'subscriptions:write'
        | 'secrets:read'
        | 'secrets:write'
        | 'members:read'
        | 'members:write'
        | 'owners:write'
        | 'councils:read'
        | 'councils:write'
        | 'agents:read'
        | 'agents:write'
        | 'keys:own'
        | 'keys:write'
        | 'audit:read'
        | 'settings:read'
        | 'settings:write'
        | 'stream:read'
      )[]
    | null

  /** `member:<id>`, `agent:<id>` or `operator`. */
  created_by: string
  created_at: string
  expires_at: string | null
  revoked_at: string | null

  /** Written once a minute. */
  last_used_at: string | null
}

export interface Approval {
  id: string

  /** `step`: an execution asks. `run`: a policy holds an effect of an execution. The others are about a workflow version, a draft, a template, a change of policy. */
  kind: 'step' | 'run' | 'activation' | 'draft' | 'template' | 'policy'

  /** `void`: what was to be decided on has changed. */
  status: 'pending' | 'approved' | 'rejected' | 'expired' | 'cancelled' | 'withdrawn' | 'void'

  /** What is decided, in one sentence. */
  summary: string
  impact: ('A' | 'B' | 'C') | null

  /** Null unless it holds an execution. */
  execution_id: string | null
  workflow: string | null
  step: string | null

  /** Position in a `for_each`, from 0. */
  item: number | null

  /** The version, draft, template or change; null where it holds an execution. */
  subject_id: string | null

  /** What an activation allows. */
  acts: string[]
  approvers: Audience

  /** How many must approve: a number, more than half of the seats, or everyone. */
  quorum: number | ('majority' | 'unanimous')
  approvals: number
  rejections: number

  /** Those who are asked are too few for the quorum. */
  unreachable: boolean

  /** `member:<id>`, `agent:<id>`, `operator`, `system`. */
  requested_by: string | null
  expires_at: string | null
  created_at: string
  decided_at: string | null

  /** What people need to know in order to decide; any JSON. */
  details: unknown

  /** Who they are now. */
  asked: Person[]

  /** Approvals that it takes. */
  needed: number

  /** How many more it takes. */
  missing: number
  votes: {
    member: Person

    /** The member whose seat it fills, where that is another. */
    on_behalf_of: string | null
    vote: 'approve' | 'reject'
    reason: string | null

    /** False of a vote on what it was before it was edited, and of who is asked no more. */
    counts: boolean
    created_at: string
  }[]

  /** Who has handed it to whom. */
  delegations: { member: { id: string; name: string }; delegate: { id: string; name: string }; created_at: string }[]

  /** How many there are. */
  comments: number

  /** `member:<id>`, `agent:<id>`, `operator`, `system`. */
  author: string | null

  /** `member:<id>`, `agent:<id>`, `operator`, `system`. */
  last_editor: string | null

  /** Whose hands keep them from voting. */
  excludes: ('requester' | 'author' | 'last_editor')[]

  /** What a vote signs now. */
  content_hash: string

  /** Whoever approves may change what is approved. */
  may_edit: boolean

  /** What the approvers changed it to; null while nobody has. */
  edit: unknown
  closed_reason: string | null

  /** To what was last approved of the same; null where nothing was. */
  difference: { approval_id: string; decided_at: string | null; text: string } | null

  /** What happens when time is up. It never approves. */
  at_expiry: { outcome: 'reject' | 'escalate' | 'step_expires'; approvers: Audience | null; text: string }
  may_i_decide: Permit

  /** Whether I may withdraw it and give it more time. */
  may_i_manage: boolean
}

/** A question or an answer; it decides nothing. */
export interface ApprovalComment {
  id: string
  author: string
  author_name: string
  body: string
  created_at: string
}

/** An approval in a list. */
export interface ApprovalSummary {
  id: string

  /** `step`: an execution asks. `run`: a policy holds an effect of an execution. The others are about a workflow version, a draft, a template, a change of policy. */
  kind: 'step' | 'run' | 'activation' | 'draft' | 'template' | 'policy'

  /** `void`: what was to be decided on has changed. */
  status: 'pending' | 'approved' | 'rejected' | 'expired' | 'cancelled' | 'withdrawn' | 'void'

  /** What is decided, in one sentence. */
  summary: string
  impact: ('A' | 'B' | 'C') | null

  /** Null unless it holds an execution. */
  execution_id: string | null
  workflow: string | null
  step: string | null

  /** Position in a `for_each`, from 0. */
  item: number | null

  /** The version, draft, template or change; null where it holds an execution. */
  subject_id: string | null

  /** What an activation allows. */
  acts: string[]
  approvers: Audience

  /** How many must approve: a number, more than half of the seats, or everyone. */
  quorum: number | ('majority' | 'unanimous')
  approvals: number
  rejections: number

  /** Those who are asked are too few for the quorum. */
  unreachable: boolean

  /** `member:<id>`, `agent:<id>`, `operator`, `system`. */
  requested_by: string | null
  expires_at: string | null
  created_at: string
  decided_at: string | null
}

export interface Attempt {
  attempt: number
  status: 'running' | 'waiting' | 'completed' | 'failed' | 'retrying' | 'stopped'
  started_at: string
  ended_at: string | null
  failure: Failure | null

  /** When the next attempt is due. */
  retry_at: string | null
  waits: {
    on: 'timer' | 'event' | 'callback' | 'approval' | 'form' | 'child'
    since: string
    ended_at: string | null
  }[]
}

/** A role (of membership or for approvals), any of several roles, a council, or members by e-mail address. */
export type Audience = { role: string } | { roles: string[] } | { council: string } | { members: string[] }

/** What somebody did to an object. */
export interface AuditEntry {
  /** Its number in the tenant's chain, from 1 and without gaps. */
  seq: number
  at: string
  actor: { kind: 'member' | 'agent' | 'operator' | 'system'; id: string | null; name: string }
  channel: string

  /** The IP address it came from. */
  address: string | null
  request_id: string | null
  action: string
  object: { type: string; id: string; name: string | null }

  /** Any JSON; null where there is nothing to say. */
  before: unknown

  /** Any JSON; null where there is nothing to say. */
  after: unknown

  /** SHA-256, in hexadecimal. */
  hash: string
}

export interface AuditVerification {
  verified: boolean
  from: number
  to: number
  entries: number

  /** Where the chain ends. Note it elsewhere: with it a chain that was written anew is found out. */
  head: {
    seq: number

    /** SHA-256, in hexadecimal. */
    hash: string
  }
  faults: {
    kind: 'changed' | 'missing' | 'reordered' | 'inserted'
    seq: number

    /** The last one missing; where one belongs that was moved. */
    to: number
    at: string | null
    action: string | null
    message: string
  }[]
  executions: {
    checked: number

    /** Sealed, and deleted since. */
    pruned: number
    faults: { execution_id: string; seq: number; message: string }[]
  }
}

/** An event of CloudEvents 1.0, with any further attributes. */
export type CloudEvent = {
  specversion?: '1.0'

  /** With the source it names the event: a second one is a duplicate. */
  id: string

  /** A URI reference. */
  source: string
  type: string
  data?: unknown
} & { [name: string]: unknown }

/** Members who review a domain by vote. */
export interface Council {
  id: string

  /** What approvals call it. */
  name: string
  title: string
  domain: string

  /** `majority` is more than half of the seats; a number is that many votes. */
  threshold: ('majority' | 'unanimous') | number
  members: string[]
  created_at: string
}

/** Something that a council was asked, and how it ended. */
export interface CouncilDecision {
  approval_id: string

  /** What it is about. */
  kind: 'step' | 'run' | 'activation' | 'draft' | 'template' | 'policy'

  /** The version, draft, template or change of policy. */
  subject_id: string | null
  execution_id: string | null
  summary: string
  impact: ('A' | 'B' | 'C') | null
  status: 'pending' | 'approved' | 'rejected' | 'expired' | 'cancelled' | 'withdrawn' | 'void'
  approvals: number
  rejections: number

  /** Why it was closed without a vote. */
  reason: string | null
  created_at: string
  decided_at: string
}

/** What became of an approval with a vote. */
export interface Decision {
  /** Of the approval, with this vote. */
  status: 'pending' | 'approved' | 'rejected'
  approvals: number
  needed: number
}

/** What became of one of many decisions. */
export interface DecisionResult {
  id: string

  /** Null where the vote was refused. */
  decision: Decision | null
  problem: { code: string; message: string; hint: string | null } | null
}

export interface DefinitionCheck {
  valid: boolean

  /** All of them, in the order of the source. */
  problems: ProblemDetail[]

  /** Null where the definition is not valid, like what follows. */
  name: string | null
  content_hash: string | null
  impact: Impact | null
  definition: Workflow | null
}

/** One event for one receiver, and what became of it. */
export interface Delivery {
  id: string
  subscription_id: string

  /** The header webhook-id: the same for every attempt. */
  webhook_id: string
  type: string
  execution_id: string | null
  status: 'pending' | 'delivered' | 'failed' | 'dropped'
  created_at: string
  next_attempt_at: string | null
  settled_at: string | null
  attempts: DeliveryAttempt[]
}

export interface DeliveryAttempt {
  attempt: number
  at: string

  /** How long it took. */
  ms: number

  /** The HTTP status; null when there was no answer. */
  status: number | null

  /** The beginning of the answer, up to 1 kB. */
  answer: string | null

  /** What was wrong; null when it arrived. */
  error: string | null
}

/** A delivery with what it sends. */
export interface DeliveryDetail {
  id: string
  subscription_id: string

  /** The header webhook-id: the same for every attempt. */
  webhook_id: string
  type: string
  execution_id: string | null
  status: 'pending' | 'delivered' | 'failed' | 'dropped'
  created_at: string
  next_attempt_at: string | null
  settled_at: string | null
  attempts: DeliveryAttempt[]

  /** What is sent, byte for byte. */
  body: string
}

export interface Draft {
  id: string
  status: 'editing' | 'pending_review' | 'approved' | 'rejected' | 'converted' | 'discarded'
  name: string
  purpose: string | null

  /** The name of the workflow that it makes or runs. */
  workflow_type_id: string | null
  category: string | null

  /** The workflow that it names; null where it has a definition of its own. */
  workflow: string | null

  /** Counts its contents. */
  revision: number
  schedule: ({ at: string } | { cron: string; timezone: string }) | null
  council: string | null
  assigned_council_id: string | null

  /** The council that reviews or has reviewed it. */
  assigned_council: string | null

  /** The member's id; null where an agent created it. */
  created_by_user_id: string | null
  created_by: DraftHand
  created_at: string
  edited_by: DraftHand
  edited_at: string
  submitted_at: string | null
  approval_id: string | null
  approved_at: string | null

  /** When it is converted, or recurs, by itself. */
  next_at: string | null
  created_from_template_id: string | null
  created_from_proposal_id: string | null

  /** The recurring draft that has made it. */
  occurrence_of: string | null
  converted_to_workflow_id: string | null
  converted_version_id: string | null
  converted_execution_id: string | null
  converted_at: string | null
  source: string | null
  inputs: { [name: string]: unknown }

  /** The last preview of this revision; null where there is none. */
  preview_data: unknown
  template: { id: string; name: string; title: string; is_pre_approved: boolean } | null
  reviews: DraftReview[]
  comments: { all: number; open: number }

  /** Where its history is. */
  history: string

  /** What whoever asks may do with it now, and why not. */
  may_i: { edit: Permit; submit: Permit; withdraw: Permit; reopen: Permit; discard: Permit; convert: Permit }
}

/** Said about a draft, one of its steps, or a line of its YAML. */
export interface DraftComment {
  id: string
  reply_to: string | null
  body: string
  author: DraftHand
  created_at: string

  /** Which it was said about. */
  revision: number
  step: string | null

  /** In the YAML of that revision. */
  line: number | null
  line_text: string | null

  /** Where that line stands now. */
  line_now: number | null

  /** Whether its step or its line is gone from the draft. */
  has_vanished: boolean
  resolved: { by: DraftHand; at: string } | null
}

/** Something that happened to a draft. */
export interface DraftEvent {
  seq: number

  /** `created`, `edited`, `submitted`, `approved` … */
  action: string
  revision: number
  actor: DraftHand
  at: string

  /** What is different from the revision before, in sentences. */
  difference: string[]
  reason: string | null

  /** Where it made a revision: what the draft says since. */
  content: { [name: string]: unknown } | null
}

/** Who did something. */
export interface DraftHand {
  /** `member`, `agent`, `operator` or `system`. */
  kind: string
  id: string | null
  name: string
}

/** A vote on a draft. */
export interface DraftReview {
  approval_id: string

  /** Of the approval that it was a vote on. */
  status: string
  member: Person
  on_behalf_of: string | null
  vote: 'approve' | 'reject'
  reason: string | null
  created_at: string
}

/** A draft in a list. */
export interface DraftSummary {
  id: string
  status: 'editing' | 'pending_review' | 'approved' | 'rejected' | 'converted' | 'discarded'
  name: string
  purpose: string | null

  /** The name of the workflow that it makes or runs. */
  workflow_type_id: string | null
  category: string | null

  /** The workflow that it names; null where it has a definition of its own. */
  workflow: string | null

  /** Counts its contents. */
  revision: number
  schedule: ({ at: string } | { cron: string; timezone: string }) | null
  council: string | null
  assigned_council_id: string | null

  /** The council that reviews or has reviewed it. */
  assigned_council: string | null

  /** The member's id; null where an agent created it. */
  created_by_user_id: string | null
  created_by: DraftHand
  created_at: string
  edited_by: DraftHand
  edited_at: string
  submitted_at: string | null
  approval_id: string | null
  approved_at: string | null

  /** When it is converted, or recurs, by itself. */
  next_at: string | null
  created_from_template_id: string | null
  created_from_proposal_id: string | null

  /** The recurring draft that has made it. */
  occurrence_of: string | null
  converted_to_workflow_id: string | null
  converted_version_id: string | null
  converted_execution_id: string | null
  converted_at: string | null
}

/** How many drafts there are of each status. */
export interface DraftTotals {
  editing: number
  pending_review: number
  approved: number
  rejected: number
  converted: number
  discarded: number
  all: number
}

/** What past executions took. Waiting is apart from work. */
export interface DurationEstimate {
  /** Null where nothing like it has run yet. */
  working: { median_ms: number; p95_ms: number } | null

  /** Null where nothing like it has run yet. */
  waiting: { median_ms: number; p95_ms: number } | null

  /** Past runs that it stands on. */
  runs: number

  /** `step`: past runs of this step; `action`: of any step with its action. Null: no history. */
  basis: ('step' | 'action') | null
}

/** What became of one event of a batch. */
export type EventOfBatch =
  | {
      status: 'taken'
      id: string
      source: string

      /** It came before, and nothing was done now. */
      duplicate: boolean

      /** The executions that it started. */
      started: string[]

      /** How many waiting steps it woke. */
      signalled: number

      /** Workflows that listen for it and could not be started. */
      refused: { workflow: string; problems: ProblemDetail[] }[]
    }
  | { status: 'refused'; id: string | null; problems: ProblemDetail[] }

/** What an event did. */
export interface EventReceipt {
  id: string
  source: string

  /** It came before, and nothing was done now. */
  duplicate: boolean

  /** The executions that it started. */
  started: string[]

  /** How many waiting steps it woke. */
  signalled: number

  /** Workflows that listen for it and could not be started. */
  refused: { workflow: string; problems: ProblemDetail[] }[]
}

/** An execution, with those parts of it that `include` names. */
export interface Execution {
  id: string

  /** The name of the workflow. */
  workflow: string

  /** The version it started with. */
  version: number

  /** `queued`: no worker has begun. `running`: it works. `waiting`: for a time, a person or an event. `paused`: nothing new starts. */
  status: 'queued' | 'running' | 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled'
  started_by: StartedBy
  created_at: string

  /** When a worker began. */
  started_at: string | null
  ended_at: string | null

  /** The execution that started it as a child. */
  parent_id: string | null
  failure: Failure | null
  inputs: { [name: string]: unknown }

  /** What brought it about, as its expressions see it. */
  trigger: { [name: string]: unknown }

  /** Any JSON. */
  output: unknown

  /** Why it does not go on, in one line. */
  waiting_for: string | null

  /** The version it started with, and each that a retry or a migration changed over to. */
  versions: number[]
  parent: { id: string; step: string; item: number | null } | null

  /** The first hundred; `parent_id` of the list finds all. */
  children: string[]
  steps?: StepRun[]

  /** The first 1000 events. */
  journal?: JournalEvent[]
  metrics?: ExecutionMetrics
  votes?: ExecutionVote[]
}

export interface ExecutionMetrics {
  /** Until a worker began. */
  queued_ms: number

  /** All attempts together; those side by side count each. */
  working_ms: number

  /** For people, events, timers and children. */
  waiting_ms: number

  /** From its creation to its end, or until now. */
  total_ms: number
  attempts: number

  /** Number of steps in each status. */
  steps: { [name: string]: number }
}

/** An execution in a list. */
export interface ExecutionSummary {
  id: string

  /** The name of the workflow. */
  workflow: string

  /** The version it started with. */
  version: number

  /** `queued`: no worker has begun. `running`: it works. `waiting`: for a time, a person or an event. `paused`: nothing new starts. */
  status: 'queued' | 'running' | 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled'
  started_by: StartedBy
  created_at: string

  /** When a worker began. */
  started_at: string | null
  ended_at: string | null

  /** The execution that started it as a child. */
  parent_id: string | null
  failure: { code: string; message: string } | null
}

export interface ExecutionVote {
  approval_id: string
  step: string
  item: number | null
  member: { id: string; name: string; email: string }
  vote: 'approve' | 'reject'
  reason: string | null

  /** Where it was cast: `api`, `cli`, `email` … */
  channel: string
  created_at: string
}

export interface Failure {
  code: string
  message: string

  /** Whether another attempt may succeed. */
  retry: boolean
  detail?: unknown
}

export interface Form {
  id: string
  status: 'pending' | 'submitted' | 'expired' | 'cancelled'
  title: string | null
  execution_id: string

  /** The name of the workflow. */
  workflow: string
  step: string

  /** Position in a `for_each`, from 0. */
  item: number | null
  audience: Audience
  expires_at: string | null
  created_at: string
  closed_at: string | null
  instructions: string | null

  /** As they are declared, in the order in which they are asked. */
  fields: { [name: string]: Input }

  /** JSON Schema 2020-12 of the data. */
  schema: { [name: string]: unknown }

  /** Who they are now. */
  asked: Person[]
  may_i_submit: Permit
}

/** A form in a list. */
export interface FormSummary {
  id: string
  status: 'pending' | 'submitted' | 'expired' | 'cancelled'
  title: string | null
  execution_id: string

  /** The name of the workflow. */
  workflow: string
  step: string

  /** Position in a `for_each`, from 0. */
  item: number | null
  audience: Audience
  expires_at: string | null
  created_at: string
  closed_at: string | null
}

/** How much harm a workflow could do, and why, step by step. */
export interface Impact {
  /** A safe: internal. B soft: logged. C critical: money, data, infrastructure, or anything that leaves the company. */
  class: 'A' | 'B' | 'C'
  reasons: {
    step: string

    /** A safe: internal. B soft: logged. C critical: money, data, infrastructure, or anything that leaves the company. */
    class: 'A' | 'B' | 'C'
    reason: string
  }[]
}

export interface Input {
  type: 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array'
  title?: string
  description?: string

  /** Taken when the input is not given; makes it optional */
  default?: unknown

  /** true unless a default is given */
  required?: boolean
  enum?: unknown[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  format?: 'date' | 'date-time' | 'email' | 'uri' | 'uuid'
  items?: Input
  properties?: { [name: string]: Input }
}

/** An invitation, without its link. */
export interface Invitation {
  id: string
  email: string
  role: MemberRole

  /** Free names that approvals and notifications can ask for. */
  approver_roles: string[]
  status: 'open' | 'accepted' | 'revoked' | 'expired'

  /** `member:<id>`, `agent:<id>` or `operator`. */
  created_by: string
  created_at: string
  expires_at: string
  accepted_at: string | null
}

export interface JournalEvent {
  seq: number
  type: string
  at: string

  /** When the attempt began to work. */
  started_at: string | null
  step: string | null

  /** Position in a `for_each`, from 0. */
  item: number | null
  attempt: number | null
  outcome: string | null

  /** What else the event holds: `output`, `failure`, `wait`, `by`, `reason` … */
  data: { [name: string]: unknown }
}

/** Who is asking. */
export interface Me {
  id: string
  kind: 'member' | 'agent'
  name: string
  email: string | null
  role: 'owner' | 'admin' | 'builder' | 'operator' | 'viewer' | 'agent'
  tenant: { slug: string; name: string }

  /** What this request may do, by role and by the scopes of its key. */
  permissions: (
    | 'me:read'
    | 'workflows:read'
    | 'workflows:write'
    | 'executions:read'
    | 'executions:start'
    | 'executions:control'
    | 'approvals:read'
    | 'approvals:decide'
    | 'approvals:ask'
    | 'approvals:comment'
    | 'forms:read'
    | 'forms:submit'
    | 'drafts:read'
    | 'drafts:write'
    | 'drafts:comment'
    | 'drafts:convert'
    | 'templates:read'
    | 'templates:write'
    | 'templates:use'
    | 'templates:govern'
    | 'absences:own'
    | 'absences:write'
    | 'actions:read'
    | 'packs:write'
    | 'triggers:read'
    | 'triggers:write'
    | 'events:send'
    | 'subscriptions:read'
    | 'subscriptions:write'
    | 'secrets:read'
    | 'secrets:write'
    | 'members:read'
    | 'members:write'
    | 'owners:write'
    | 'councils:read'
    | 'councils:write'
    | 'agents:read'
    | 'agents:write'
    | 'keys:own'
    | 'keys:write'
    | 'audit:read'
    | 'settings:read'
    | 'settings:write'
    | 'stream:read'
  )[]
  via: 'session' | 'key'

  /** When the session or the key ends by itself. */
  expires_at: string | null

  /** The tenants to which a session can switch; empty for a key. */
  memberships: { slug: string; name: string; role: MemberRole }[]
}

/** A person of the tenant. */
export interface Member {
  id: string
  email: string
  name: string
  role: MemberRole

  /** Free names that approvals and notifications can ask for. */
  approver_roles: string[]

  /** False for a member whom nobody has claimed yet. */
  has_signed_in: boolean
  created_at: string
}

/** What a member may do: the table of roles and permissions says it. */
export type MemberRole = 'owner' | 'admin' | 'builder' | 'operator' | 'viewer'

/** What moving an execution to a version does to each of its steps. */
export interface Migration {
  id: string

  /** Nothing was done. */
  dry_run: boolean
  from: number
  to: number
  steps: {
    step: string

    /** `stays`: it has settled. `goes_on`: it waits on as it is. `asked_anew`: its approval is void and asked for again. `begins_anew`: what it waited for is dropped. `given_up`: it waited, and the version does not come to it. `forgotten`: the version does not have it. `ahead`: it has not begun. */
    fate: 'stays' | 'goes_on' | 'asked_anew' | 'begins_anew' | 'given_up' | 'forgotten' | 'ahead'

    /** Before the move; null for a step that is new. */
    status: string | null

    /** Whether the versions differ in its action, config, items or edges. */
    changed: boolean
  }[]
}

export type Mock =
  | {
      /** What the step gives; a sample of what its action gives when absent */
      output?: unknown

      /** How it settles; completed when absent */
      outcome?: string
    }
  | {
      /** The attempt fails */
      fails: {
        /** Such as http_failed */
        code:
          | 'yaml_syntax'
          | 'schema'
          | 'duplicate_step'
          | 'unknown_action'
          | 'action_config'
          | 'unknown_step'
          | 'not_upstream'
          | 'unknown_outcome'
          | 'unknown_workflow'
          | 'cycle'
          | 'unreachable_step'
          | 'expression_syntax'
          | 'expression_type'
          | 'expression_reference'
          | 'expression_place'
          | 'missing_secret'
          | 'invalid_cron'
          | 'invalid_timezone'
          | 'invalid_duration'
          | 'unreachable_quorum'
          | 'invalid_input'
          | 'definition_too_large'
          | 'expression_failed'
          | 'expression_limit'
          | 'step_timeout'
          | 'step_failed'
          | 'step_rejected'
          | 'step_expired'
          | 'execution_timeout'
          | 'invalid_output'
          | 'payload_too_large'
          | 'worker_lost'
          | 'not_countersigned'
          | 'cancelled'
          | 'address_refused'
          | 'http_failed'
          | 'http_refused'
          | 'mail_failed'
          | 'mail_refused'
          | 'validation_failed'
          | 'child_failed'
          | 'not_configured'
          | 'malformed_request'
          | 'unauthenticated'
          | 'not_found'
          | 'method_not_allowed'
          | 'conflict'
          | 'forbidden'
          | 'gone'
          | 'precondition_failed'
          | 'precondition_required'
          | 'key_reused'
          | 'rate_limited'
          | 'signature_refused'
          | 'unsupported_media_type'
          | 'unavailable'
          | 'internal'
        message?: string

        /** Whether another attempt may succeed; as the code says when absent */
        retry?: boolean
      }
    }

/** A key that has just been made. */
export interface NewApiKey {
  id: string
  name: string

  /** How the key begins, to tell keys apart. */
  prefix: string
  member_id: string | null
  agent_id: string | null

  /** Null: all that the role of its holder may. */
  scopes:
    | (
        | 'me:read'
        | 'workflows:read'
        | 'workflows:write'
        | 'executions:read'
        | 'executions:start'
        | 'executions:control'
        | 'approvals:read'
        | 'approvals:decide'
        | 'approvals:ask'
        | 'approvals:comment'
        | 'forms:read'
        | 'forms:submit'
        | 'drafts:read'
        | 'drafts:write'
        | 'drafts:comment'
        | 'drafts:convert'
        | 'templates:read'
        | 'templates:write'
        | 'templates:use'
        | 'templates:govern'
        | 'absences:own'
        | 'absences:write'
        | 'actions:read'
        | 'packs:write'
        | 'triggers:read'
        | 'triggers:write'
        | 'events:send'
        | 'subscriptions:read'
        | 'subscriptions:write'
        | 'secrets:read'
        | 'secrets:write'
        | 'members:read'
        | 'members:write'
        | 'owners:write'
        | 'councils:read'
        | 'councils:write'
        | 'agents:read'
        | 'agents:write'
        | 'keys:own'
        | 'keys:write'
        | 'audit:read'
        | 'settings:read'
        | 'settings:write'
        | 'stream:read'
      )[]
    | null

  /** `member:<id>`, `agent:<id>` or `operator`. */
  created_by: string
  created_at: string
  expires_at: string | null
  revoked_at: string | null

  /** Written once a minute. */
  last_used_at: string | null

  /** The key itself. It is shown this once. */
  key: string
}

/** An invitation that has just been made. */
export interface NewInvitation {
  id: string
  email: string
  role: MemberRole

  /** Free names that approvals and notifications can ask for. */
  approver_roles: string[]
  status: 'open' | 'accepted' | 'revoked' | 'expired'

  /** `member:<id>`, `agent:<id>` or `operator`. */
  created_by: string
  created_at: string
  expires_at: string
  accepted_at: string | null

  /** The link to accept it. It is shown this once. */
  url: string
}

/** A set of actions that a tenant switches on or off. */
export interface Pack {
  name: string
  title: string
  description: string
  enabled: boolean

  /** Whether it cannot be disabled. */
  required: boolean

  /** The names of its actions. */
  actions: string[]
}

/** Whether whoever asks may, and why not. */
export interface Permit {
  allowed: boolean

  /** Why not. */
  reason: string | null
}

export interface Person {
  id: string
  name: string
  email: string
}

/** A change that lowers something: it waits for another owner or admin. */
export interface PolicyChange {
  id: string
  approval_id: string | null
  requested_by: string
  created_at: string

  /** What it lowers, a phrase each. */
  lowers: string[]

  /** The policy as it would be. */
  after: {
    classes: {
      A: {
        /** Who approves, and how many of them; `none`: nobody is asked. */
        activate:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Who approves, and how many of them; `none`: nobody is asked. */
        schedule:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Who approves, and how many of them; `none`: nobody is asked. */
        run:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Who approves, and how many of them; `none`: nobody is asked. */
        send:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Whether the tests of the version must have passed. */
        tests_required?: boolean
      }
      B: {
        /** Who approves, and how many of them; `none`: nobody is asked. */
        activate:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Who approves, and how many of them; `none`: nobody is asked. */
        schedule:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Who approves, and how many of them; `none`: nobody is asked. */
        run:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Who approves, and how many of them; `none`: nobody is asked. */
        send:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Whether the tests of the version must have passed. */
        tests_required?: boolean
      }
      C: {
        /** Who approves, and how many of them; `none`: nobody is asked. */
        activate:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Who approves, and how many of them; `none`: nobody is asked. */
        schedule:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Who approves, and how many of them; `none`: nobody is asked. */
        run:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Who approves, and how many of them; `none`: nobody is asked. */
        send:
          | 'none'
          | {
              approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
              quorum: number | ('majority' | 'unanimous')

              /** A duration such as 30m, 24h or 7d. */
              expires_in?: string
            }

        /** Whether the tests of the version must have passed. */
        tests_required?: boolean
      }
    }

    /** Actions that count as this class, or as a higher one where their own is higher. */
    raised: { [name: string]: 'B' | 'C' }

    /** Hosts that are the tenant’s own: what only goes there is class B. */
    internal_hosts: string[]

    /** Whose hands keep a member from deciding. */
    separation: ('requester' | 'author' | 'last_editor')[]

    /** Whether approvers may change what they approve. */
    edit_and_approve: boolean

    /** How often those who have not decided are reminded. */
    reminders: string | null

    /** What happens when time is up. Nothing is ever approved by waiting. */
    on_expiry:
      | 'reject'
      | { escalate_to: { role: string } | { roles: string[] } | { council: string } | { members: string[] } }
  }
}

export interface PreApprovalAsked {
  approval_id: string
}

/** What a workflow would do. Nothing of it was done. */
export interface Preview {
  name: string
  content_hash: string
  inputs: { [name: string]: unknown }

  /** Inputs that were not given: samples stand for them. */
  sampled_inputs: string[]

  /** How it usually ends: everybody approves, and what reaches outside succeeds. */
  status: 'completed' | 'failed' | 'cancelled' | 'waiting' | 'cut_off'
  failure: { code: string; message: string } | null

  /** Any JSON. */
  output: unknown
  output_is_assumed: boolean
  impact: Impact
  steps: PreviewStep[]
  approvals: PreviewApproval[]
  duration: DurationEstimate
  totals: {
    steps: number
    certain: number
    depends: number
    skipped: number
    never: number

    /** Steps from which something would leave the company. */
    leaving: number
    approvals: number

    /** Approvals that nobody could give as things are. */
    unmet: number

    /** Ways through the workflow that were walked. */
    ways: number

    /** Whether those were all the ways there are. */
    is_complete: boolean
  }
}

/** An approval that would be needed. */
export interface PreviewApproval {
  kind: 'step' | 'activation' | 'run'
  step: string | null
  acts: string[]

  /** Null where only a run tells. */
  approvers: Audience | null
  quorum: (number | ('majority' | 'unanimous')) | null

  /** Who could vote, were you the one who asks. */
  who: Person[]
  votes_needed: number | null
  can_be_met: boolean | null
  problem: string | null
}

/** What a step would do outside of its execution. */
export interface PreviewEffect {
  kind: 'http' | 'email' | 'webhook' | 'notification' | 'execution' | 'action'
  to: string[]

  /** What it would carry. Secrets are handles: `{{ secrets.NAME }}`. */
  content: { [name: string]: unknown }

  /** Position in a `for_each`. */
  item: number | null

  /** It would undo the step. */
  compensates: boolean

  /** The child workflows and step it comes from; empty for the step itself. */
  via: string[]
}

export interface PreviewStep {
  id: string
  title: string | null
  action: string
  class: 'A' | 'B' | 'C'
  reason: string

  /** Whether it would run. `skipped`: its condition is false. `never`: no way leads to it. */
  runs: 'certain' | 'depends' | 'skipped' | 'never'

  /** What it depends on, all of it. Empty where several ways lead to it, or not all could be walked. */
  when: {
    step: string

    /** `answer`: people or events decide. `condition`, `outcome`: a real run decides. */
    about: 'answer' | 'condition' | 'outcome'

    /** One of these. */
    options: string[]

    /** Steps, or `inputs.<name>`, whose real values would tell. */
    needs: string[]
  }[]
  condition: string | null

  /** Resolved; parts that are not known stand as written. Null where it never runs. */
  config: unknown

  /** Parts of the config that only a real run can give. */
  unknown: { pointer: string; expression: string; needs: string[] }[]

  /** How often it runs: more than once for a `for_each`. */
  items: number
  outcome: string | null

  /** Any JSON. */
  output: unknown

  /** It is a sample, or computed from one. */
  output_is_assumed: boolean
  failure: { code: string; message: string } | null

  /** What would leave the company. The first 20. */
  leaves: PreviewEffect[]

  /** What would happen inside it. The first 20. */
  internal: PreviewEffect[]

  /** How many effects there are in all. */
  effects: number
  waits: { on: string; most_ms: number | null }[]
  duration: DurationEstimate
}

/** What went wrong (RFC 9457). */
export interface Problem {
  /** `urn:countersign:problem:` and the code. */
  type: string

  /** What the code means. */
  title: string
  status: number

  /** What is wrong here, in one sentence. */
  detail: string

  /** One of the codes in the reference of problems. */
  code: string

  /** All that is wrong, the first of them as above. */
  errors: {
    code: string
    message: string

    /** What to do about it. */
    hint?: string

    /** JSON Pointer (RFC 6901) into the body or the definition. */
    pointer?: string

    /** In the YAML, from 1. */
    line?: number

    /** In the YAML, from 1. */
    column?: number
  }[]
}

/** One thing that is wrong. */
export interface ProblemDetail {
  code: string
  message: string
  hint?: string

  /** JSON Pointer (RFC 6901) into the definition. */
  pointer?: string
  line?: number
  column?: number
}

/** Its worker makes the move; the status follows. */
export interface RequestedMove {
  id: string
  requested: 'cancel' | 'pause' | 'resume' | 'retry'
}

export interface SavedTemplate {
  template: Template

  /** Inputs whose values were not copied. */
  left_out: string[]
}

export interface SavedWorkflow {
  id: string

  /** The name of the workflow. */
  name: string

  /** `inactive`: nothing starts it, and its triggers do not fire. */
  status: 'active' | 'inactive'
  version: number
  version_id: string
  content_hash: string

  /** False where the current version has the same content. */
  is_new: boolean

  /** The addresses of new webhooks. They are shown now and never again. */
  webhooks: {
    /** Its place among the definition's triggers, from 0. */
    position: number

    /** The address to post to. Whoever knows it can start executions. */
    url: string
  }[]
  impact: Impact
  activation: Activation
}

/** What starts executions by the clock. */
export interface Schedule {
  id: string

  /** The name of the workflow that it starts. */
  workflow: string

  /** Its place among the definition's triggers, from 0. */
  position: number

  /** The cron expression; null for an interval. */
  schedule: string | null

  /** The interval; null for a cron expression. */
  every: string | null

  /** IANA time zone. */
  timezone: string

  /** Fire times that passed while nothing ran: skip them, run once for all of them, or run each. */
  missed: 'skip' | 'once' | 'all'

  /** Of each execution that it starts. */
  inputs: { [name: string]: unknown }

  /** Whether it fires: it does while its workflow is active. */
  enabled: boolean

  /** The planned time last started, or when the schedule was enabled. */
  last_fire_at: string | null

  /** The next five fire times; what they would be while it is not enabled. */
  next: {
    /** The instant, in UTC. */
    at: string

    /** The same on the wall in the time zone, with its offset. */
    local: string

    /** Where daylight saving begins or ends before this time, what it does. */
    note?: string
  }[]
}

/** A secret without its value. */
export interface Secret {
  /** As `secrets.NAME` in a config. */
  name: string

  /** Grows with each value. */
  version: number
  description: string | null

  /** `member:<id>`, `agent:<id>` or `operator`. */
  created_by: string
  created_at: string

  /** `member:<id>`, `agent:<id>` or `operator`. */
  updated_by: string
  updated_at: string

  /** By an execution; to the hour. */
  last_used_at: string | null

  /** The workflows whose current version uses it, those that are inactive too. */
  used_by: string[]
}

/** The tenant as its owners and admins set it up. */
export interface Settings {
  slug: string
  name: string
}

/** What or who started an execution. */
export interface StartedBy {
  /** `member`, `agent`, `operator`, `event`, `schedule`, `webhook`, `execution` … */
  kind: string

  /** Its id; the type of an event. */
  id: string | null

  /** A member's or an agent's. */
  name: string | null
}

/** What never changes of it, so that a repeated request is answered the same. */
export interface StartedExecution {
  id: string

  /** The name of the workflow. */
  workflow: string
  created_at: string
}

export interface Step {
  /** The name of the step, such as "sign_off" */
  id: string
  title?: string
  description?: string

  /** What the step does: the name of an action, such as "http.request" */
  action: string

  /** What the action needs; values may be expressions in {{ }} */
  config?: { [name: string]: unknown }

  /** A list of step ids, each with an outcome where only that outcome counts: [stock, sign_off.approved] */
  depends_on?: string[]

  /** An expression in {{ }}; when it is false, the step is skipped and its dependents go on */
  condition?: string
  for_each?: {
    /** A list, or an expression in {{ }} that gives one; each entry is `item`, its position `index` */
    items: string | unknown[]

    /** How many at once; 10 when absent */
    concurrency?: number

    /** continue: failed items are listed in the output, the step completes */
    on_item_error?: 'fail' | 'continue'
  }
  retry?: {
    /** All tries together, the first included */
    attempts: number

    /** exponential when absent */
    backoff?: 'fixed' | 'linear' | 'exponential'

    /** A duration: the wait before the second try; 1s when absent */
    initial?: string

    /** A duration: the longest wait; 5m when absent */
    max?: string

    /** Spread each wait over its upper half; true when absent */
    jitter?: boolean
  }

  /** A duration such as 30s or 48h, for each attempt, waiting included */
  timeout?: string

  /** The step that runs when this one fails */
  on_error?: string

  /** The step that runs when this one expires */
  on_timeout?: string

  /** What undoes the step when the execution fails or is cancelled */
  compensate?: {
    action: string

    /** What the action needs; values may be expressions in {{ }} */
    config?: { [name: string]: unknown }
  }
}

/** What became of a step. */
export interface StepRun {
  step: string
  title: string | null
  action: string

  /** As it is written in the definition. What its expressions came to is not kept. */
  config: { [name: string]: unknown }

  /** `skipped`: its condition was false. `bypassed`: no edge led to it. */
  status: 'pending' | 'ready' | 'running' | 'waiting' | 'retrying' | 'completed' | 'failed' | 'skipped' | 'bypassed'
  outcome: string | null

  /** Any JSON. */
  output: unknown
  failure: Failure | null

  /** All of them, also those before a retry by a person. */
  attempts: Attempt[]

  /** What it waits for now. */
  wait: Wait | null
  started_at: string | null
  ended_at: string | null

  /** The last approval that it asked for. */
  approval_id: string | null
  form_id: string | null
  child_execution_id: string | null

  /** How far undoing it has come. */
  compensation: { status: 'retrying' | 'completed' | 'failed'; attempt: number } | null

  /** Of a `for_each`: the first 500 items. */
  items:
    | {
        item: number

        /** Any JSON. */
        value: unknown

        /** `skipped`: its condition was false. `bypassed`: no edge led to it. */
        status:
          | 'pending'
          | 'ready'
          | 'running'
          | 'waiting'
          | 'retrying'
          | 'completed'
          | 'failed'
          | 'skipped'
          | 'bypassed'
        outcome: string | null

        /** Any JSON. */
        output: unknown
        failure: Failure | null

        /** All of them, also those before a retry by a person. */
        attempts: Attempt[]

        /** What it waits for now. */
        wait: Wait | null
        started_at: string | null
        ended_at: string | null

        /** The last approval that it asked for. */
        approval_id: string | null
        form_id: string | null
        child_execution_id: string | null
      }[]
    | null
  items_total: number | null
}

export interface Submission {
  status: 'submitted'

  /** As it is kept, with defaults filled in. */
  data: { [name: string]: unknown }
}

/** A receiver that is told what happens. */
export interface Subscription {
  id: string

  /** Where events are posted, over http or https. */
  url: string
  description: string | null

  /** Lifecycle events by name; `*` stands for all. */
  event_types: (
    | 'workflow.started'
    | 'workflow.step_started'
    | 'workflow.step_completed'
    | 'workflow.step_failed'
    | 'workflow.step_retrying'
    | 'workflow.step_skipped'
    | 'workflow.step_waiting'
    | 'workflow.awaiting_approval'
    | 'workflow.approval_granted'
    | 'workflow.approval_rejected'
    | 'workflow.escalated'
    | 'workflow.step_compensated'
    | 'workflow.compensation_failed'
    | 'workflow.paused'
    | 'workflow.resumed'
    | 'workflow.cancelling'
    | 'workflow.retried'
    | 'workflow.migrated'
    | 'workflow.completed'
    | 'workflow.failed'
    | 'workflow.cancelled'
    | '*'
    | 'workflow.*'
  )[]

  /** The only workflow it is about; null for all. */
  workflow: string | null
  status: 'active' | 'disabled'

  /** Why, where it was not disabled by hand. */
  disabled_reason: string | null

  /** Since when nothing has arrived. */
  failing_since: string | null

  /** Until when the secret before signs as well. */
  previous_secret_until: string | null
  created_by: string
  created_at: string
  updated_at: string
}

/** A subscription and its new secret. */
export interface SubscriptionWithSecret {
  id: string

  /** Where events are posted, over http or https. */
  url: string
  description: string | null

  /** Lifecycle events by name; `*` stands for all. */
  event_types: (
    | 'workflow.started'
    | 'workflow.step_started'
    | 'workflow.step_completed'
    | 'workflow.step_failed'
    | 'workflow.step_retrying'
    | 'workflow.step_skipped'
    | 'workflow.step_waiting'
    | 'workflow.awaiting_approval'
    | 'workflow.approval_granted'
    | 'workflow.approval_rejected'
    | 'workflow.escalated'
    | 'workflow.step_compensated'
    | 'workflow.compensation_failed'
    | 'workflow.paused'
    | 'workflow.resumed'
    | 'workflow.cancelling'
    | 'workflow.retried'
    | 'workflow.migrated'
    | 'workflow.completed'
    | 'workflow.failed'
    | 'workflow.cancelled'
    | '*'
    | 'workflow.*'
  )[]

  /** The only workflow it is about; null for all. */
  workflow: string | null
  status: 'active' | 'disabled'

  /** Why, where it was not disabled by hand. */
  disabled_reason: string | null

  /** Since when nothing has arrived. */
  failing_since: string | null

  /** Until when the secret before signs as well. */
  previous_secret_until: string | null
  created_by: string
  created_at: string
  updated_at: string

  /** Signs what is sent (Standard Webhooks). It is told here and never again. */
  secret: string
}

/** A blueprint of a workflow, with what it is used with. */
export interface Template {
  id: string

  /** The name of the template. */
  name: string
  title: string
  description: string
  category: string
  tags: string[]

  /** Inputs that must have a value. */
  required_fields: string[]

  /** Inputs that may be given besides. */
  optional_fields: string[]

  /** It runs at once, with no review. */
  is_pre_approved: boolean
  approved_by_council_id: string | null

  /** The name of that council. */
  approved_by_council: string | null

  /** Instant runs and drafts that were made from it. */
  usage_count: number
  last_used_at: string | null

  /** `member:<id>`, `agent:<id>` or `operator`. */
  created_by: string
  created_at: string

  /** When it was edited last. */
  updated_at: string

  /** The definition of its workflow, as YAML. */
  source: string

  /** Values that a use starts from. A text may hold `{{ copy.name }}`. What no list names is fixed. */
  default_inputs: { [name: string]: unknown }

  /** Plain texts by name; `{customer}` stands for the input `customer`. */
  approved_copy_blocks: { [name: string]: string }

  /** The approval that made it pre-approved. */
  approval_id: string | null

  /** The execution that it was made from. */
  origin_execution_id: string | null

  /** `member:<id>`, `agent:<id>` or `operator`. */
  updated_by: string
  revision: number

  /** The last ten. */
  flags: TemplateFlag[]
}

/** A draft that was made from a template. */
export interface TemplateDraft {
  draft_id: string

  /** The name of the template. */
  template: string
  inputs: { [name: string]: unknown }
}

/** An unusual rate of instant runs, which was told to the council. */
export interface TemplateFlag {
  /** Whose runs are unusual: all of it, or of one member. */
  watched: 'template' | 'member'
  used_by: string | null

  /** Within an hour. */
  runs: number

  /** The mean of the 28 days before. */
  usual_per_hour: number
  created_at: string
}

export interface TemplatePreview {
  /** The name of the template. */
  template: string

  /** Nothing is missing, unknown or wrong. */
  ready: boolean

  /** It is pre-approved. */
  runs_at_once: boolean

  /** The defaults with what was given, copy blocks filled in. */
  inputs: { [name: string]: unknown }

  /** Required fields without a value: all of them. */
  missing: string[]

  /** Fields that are not asked for. */
  unknown: string[]

  /** With pointers into `inputs`. */
  problems: ProblemDetail[]
}

/** A template without its workflow. */
export interface TemplateSummary {
  id: string

  /** The name of the template. */
  name: string
  title: string
  description: string
  category: string
  tags: string[]
  required_fields: string[]
  optional_fields: string[]

  /** It runs at once, with no review. */
  is_pre_approved: boolean
  approved_by_council_id: string | null

  /** The name of that council. */
  approved_by_council: string | null

  /** Instant runs and drafts that were made from it. */
  usage_count: number
  last_used_at: string | null

  /** `member:<id>`, `agent:<id>` or `operator`. */
  created_by: string
  created_at: string

  /** When it was edited last. */
  updated_at: string
}

/** What came of the test cases. */
export interface TestRun {
  id: string
  version: number

  /** Of the version: what an approval signs. */
  content_hash: string
  tests_hash: string

  /** There are cases, and all have passed. */
  green: boolean
  passed: number
  failed: number
  cases: {
    name: string
    passed: boolean
    differences: {
      /** JSON Pointer into what the case expects. */
      at: string

      /** Any JSON. */
      expected: unknown

      /** Absent where there is nothing. */
      got?: unknown
    }[]
  }[]
  ran_by: string
  ran_at: string
}

export type Trigger =
  | { manual: Record<string, never> }
  | {
      /** The type of the event, such as "order.created" */
      event: string

      /** A CEL expression in {{ }} */
      where?: string
    }
  | {
      /** A cron expression of five or six fields */
      schedule: string

      /** IANA time zone, UTC when absent */
      timezone?: string

      /** What happens to fire times that passed while nothing ran: skip them, run once for all of them (default), or run each */
      missed?: 'skip' | 'once' | 'all'

      /** Inputs of each scheduled execution */
      inputs?: { [name: string]: unknown }
    }
  | {
      /** A duration: 30s, 5m, 48h, 2d, 1w, 1h30m, or ISO 8601 (PT5M) */
      every: string

      /** IANA time zone, UTC when absent */
      timezone?: string

      /** What happens to fire times that passed while nothing ran: skip them, run once for all of them (default), or run each */
      missed?: 'skip' | 'once' | 'all'

      /** Inputs of each scheduled execution */
      inputs?: { [name: string]: unknown }
    }
  | {
      webhook: {
        /** Who posts must sign: as Standard Webhooks, GitHub or Stripe do; the address is enough when absent */
        signature?: 'standard' | 'github' | 'stripe'
      }

      /** A CEL expression in {{ }} */
      where?: string
    }
  | {
      /** The workflow whose end starts this one */
      workflow: string

      /** completed when absent */
      on?: 'completed' | 'failed' | 'cancelled'

      /** A CEL expression in {{ }} */
      where?: string
    }

/** What starts executions of a workflow. */
export interface TriggerDetail {
  id: string

  /** The name of the workflow that it starts. */
  workflow: string

  /** Its place among the definition's triggers, from 0. */
  position: number
  kind: 'manual' | 'event' | 'schedule' | 'webhook' | 'workflow'
  definition: Trigger

  /** Whether it fires: it does while its workflow is active. */
  enabled: boolean

  /** Of a schedule that is enabled. */
  next_fire_at: string | null

  /** The planned time last started, or when the schedule was enabled. */
  last_fire_at: string | null
}

/** What a step waits for. */
export interface Wait {
  on: 'timer' | 'event' | 'callback' | 'approval' | 'form' | 'child'
  since: string

  /** When it expires; of a timer, when it is due. */
  until: string | null

  /** An approval's, form's or child execution's id, or the type of an event. */
  ref: string | null
}

export interface WebhookAddress {
  url: string
}

export interface WebhookSecret {
  /** How calls are signed, by the definition; null when the address is enough. */
  signature: ('standard' | 'github' | 'stripe') | null

  /** Null while there is no secret: every signed call is refused. */
  secret_set_at: string | null

  /** Until when the secret before is taken as well. */
  previous_secret_until: string | null
  secret: string
}

/** How a webhook that comes in is signed. */
export interface WebhookSigning {
  /** How calls are signed, by the definition; null when the address is enough. */
  signature: ('standard' | 'github' | 'stripe') | null

  /** Null while there is no secret: every signed call is refused. */
  secret_set_at: string | null

  /** Until when the secret before is taken as well. */
  previous_secret_until: string | null
}

export interface Workflow {
  /** The name of the workflow, unique in the tenant, such as "purchase-order-approval" */
  name: string
  title?: string
  description?: string
  category?: string
  inputs?: { [name: string]: Input }

  /** Constants, read as vars.<name> */
  vars?: { [name: string]: unknown }

  /** How executions start; a list where there are several ways; manual when absent */
  trigger?: Trigger | Trigger[]
  settings?: {
    /** A duration such as 12h or 30d, for the whole execution */
    timeout?: string
    concurrency?: {
      limit: number

      /** Executions with the same key share the limit */
      key?: string
    }
  }

  /** A list of steps, each with an `id` and an `action` */
  steps: Step[]

  /** What the execution returns; may hold expressions */
  output?: unknown
}

export interface WorkflowChange {
  kind: 'added' | 'removed' | 'changed'

  /** The field within the part, such as `retry.attempts`; empty for the whole part. */
  path: string
  before?: unknown
  after?: unknown

  /** JSON Pointer into the old definition. */
  pointer_before?: string

  /** JSON Pointer into the new definition. */
  pointer_after?: string
}

/** A workflow with its current definition. */
export interface WorkflowDetail {
  id: string

  /** The name of the workflow. */
  name: string
  title: string | null
  description: string | null
  category: string | null

  /** `inactive`: nothing starts it, and its triggers do not fire. */
  status: 'active' | 'inactive'

  /** The current version, from 1. */
  version: number

  /** SHA-256 of the definition: what an approval signs. */
  content_hash: string
  trigger_kinds: ('manual' | 'event' | 'schedule' | 'webhook' | 'workflow')[]
  created_at: string

  /** When the current version was saved. */
  updated_at: string

  /** Who saved it: `member:<id>`, `agent:<id>`, `operator` or `system`. */
  updated_by: string

  /** The YAML that the current version was saved from. */
  source: string
  definition: Workflow
  triggers: TriggerDetail[]
  impact: Impact
  activation: Activation
}

/** What changed by meaning: the order of steps and of dependencies does not count. */
export interface WorkflowDiff {
  from: number
  to: number

  /** Changes of all parts. */
  counts: { added: number; removed: number; changed: number }

  /** How many steps were added, removed, and changed in any field. */
  steps: { added: number; removed: number; changed: number }
  parts: {
    subject: 'workflow' | 'trigger' | 'input' | 'var' | 'settings' | 'step' | 'output' | 'secret' | 'child'

    /** The step's id, the name of the input, the secret or the workflow that it starts; empty where there is only one. */
    name: string
    counts: { added: number; removed: number; changed: number }
    changes: WorkflowChange[]
  }[]

  /** Line by line, as `diff -u` writes it: the sources as they were saved, or both as YAML where one was saved as JSON. Empty where they are the same. */
  unified: string
}

/** A workflow without its definition. */
export interface WorkflowSummary {
  id: string

  /** The name of the workflow. */
  name: string
  title: string | null
  description: string | null
  category: string | null

  /** `inactive`: nothing starts it, and its triggers do not fire. */
  status: 'active' | 'inactive'

  /** The current version, from 1. */
  version: number

  /** SHA-256 of the definition: what an approval signs. */
  content_hash: string
  trigger_kinds: ('manual' | 'event' | 'schedule' | 'webhook' | 'workflow')[]
  created_at: string

  /** When the current version was saved. */
  updated_at: string

  /** Who saved it: `member:<id>`, `agent:<id>`, `operator` or `system`. */
  updated_by: string
}

/** The test cases of a workflow. */
export interface WorkflowTests {
  /** YAML. */
  source: string

  /** SHA-256 of the source. */
  tests_hash: string
  updated_by: string
  updated_at: string
}

/** A version of a workflow. It never changes. */
export interface WorkflowVersion {
  id: string
  version: number
  content_hash: string
  created_by: string
  created_at: string
  is_current: boolean
}

export interface WorkflowVersionDetail {
  id: string
  version: number
  content_hash: string
  created_by: string
  created_at: string
  is_current: boolean
  source: string
  definition: Workflow
}

/** What each path takes and answers, by method. */
export interface paths {
  '/workflows': {
    /** List workflows. */
    get: {
      parameters: {
        query?: {
          /** `inactive`: nothing starts it, and its triggers do not fire. */
          status?: ('active' | 'inactive') | undefined

          /** Those of this category. */
          category?: string | undefined

          /** Part of the name or the title. */
          search?: string | undefined

          /** Those with a trigger of this kind. */
          trigger?: ('manual' | 'event' | 'schedule' | 'webhook' | 'workflow') | undefined

          /** A minus sorts downwards. */
          sort?: ('name' | '-name' | 'created_at' | '-created_at' | 'updated_at' | '-updated_at') | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: WorkflowSummary[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Create a workflow. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** The definition as YAML. Problems then have lines and columns. */
            source?: string

            /** The definition as JSON; its schema is at `/workflow-schema`. */
            definition?: { [name: string]: unknown }

            /** Of a workflow that is new; one that exists keeps its own. */
            status?: 'active' | 'inactive'
          }
          'application/yaml': string
          'application/x-yaml': string
          'text/yaml': string
        }
      }
      responses: {
        200: JsonAnswer<SavedWorkflow>
        201: JsonAnswer<SavedWorkflow>
        default: ProblemAnswer
      }
    }
  }
  '/workflows/validate': {
    /** Check a definition. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** The definition as YAML. Problems then have lines and columns. */
            source?: string

            /** The definition as JSON; its schema is at `/workflow-schema`. */
            definition?: { [name: string]: unknown }
          }
          'application/yaml': string
          'application/x-yaml': string
          'text/yaml': string
        }
      }
      responses: {
        200: JsonAnswer<DefinitionCheck>
        default: ProblemAnswer
      }
    }
  }
  '/workflows/{name}': {
    /** Get a workflow. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<WorkflowDetail>
        default: ProblemAnswer
      }
    }

    /** Save a new version. */
    put: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string
        }
        header: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match': string
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** The definition as YAML. Problems then have lines and columns. */
            source?: string

            /** The definition as JSON; its schema is at `/workflow-schema`. */
            definition?: { [name: string]: unknown }
          }
          'application/yaml': string
          'application/x-yaml': string
          'text/yaml': string
        }
      }
      responses: {
        200: JsonAnswer<SavedWorkflow>
        default: ProblemAnswer
      }
    }

    /** Delete a workflow. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/workflows/{name}/activate': {
    /** Let a workflow start, and its triggers fire. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        200: JsonAnswer<WorkflowDetail>
        202: JsonAnswer<WorkflowDetail>
        default: ProblemAnswer
      }
    }
  }
  '/workflows/{name}/deactivate': {
    /** Start nothing of a workflow any more. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        200: JsonAnswer<WorkflowDetail>
        default: ProblemAnswer
      }
    }
  }
  '/workflows/{name}/executions': {
    /** Run a workflow. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': { inputs?: { [name: string]: unknown } }
        }
      }
      responses: {
        201: JsonAnswer<StartedExecution>
        default: ProblemAnswer
      }
    }
  }
  '/workflows/{name}/versions': {
    /** List the versions of a workflow. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: WorkflowVersion[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/workflows/{name}/versions/{version}': {
    /** Get a version of a workflow. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string

          /** Its number, from 1. */
          version: number
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<WorkflowVersionDetail>
        default: ProblemAnswer
      }
    }
  }
  '/workflows/{name}/diff': {
    /** Compare two versions of a workflow. */
    get: {
      parameters: {
        query?: {
          /** The version before `to` when absent. */
          from?: number | undefined

          /** The current version when absent. */
          to?: number | undefined
        }
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<WorkflowDiff>
        default: ProblemAnswer
      }
    }
  }
  '/workflows/preview': {
    /** Preview a workflow. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** A definition as YAML. */
            source?: string

            /** A definition as JSON. */
            definition?: { [name: string]: unknown }

            /** A workflow that is saved. */
            name?: string

            /** Samples stand for required ones that are not given. */
            inputs?: { [name: string]: unknown }

            /** What an event or webhook brings; the inputs when absent. */
            trigger?: { [name: string]: unknown }

            /** What steps give, as in test cases; samples stand for the others. */
            mocks?: { [name: string]: Mock | Mock[] }

            /** What people and events answer, as in test cases; else every way is walked. */
            answers?: { [name: string]: Answer | Answer[] }
          }
          'application/yaml': string
          'application/x-yaml': string
          'text/yaml': string
        }
      }
      responses: {
        200: JsonAnswer<Preview>
        default: ProblemAnswer
      }
    }
  }
  '/workflows/{name}/tests': {
    /** Get the test cases of a workflow. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{ tests: WorkflowTests | null; runs: TestRun[] }>
        default: ProblemAnswer
      }
    }

    /** Save the test cases of a workflow. */
    put: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** The test cases as YAML. */
            source: string
          }
          'application/yaml': string
          'application/x-yaml': string
          'text/yaml': string
        }
      }
      responses: {
        200: JsonAnswer<WorkflowTests>
        default: ProblemAnswer
      }
    }

    /** Run test cases. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the workflow. */
          name: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** The current one when absent. */
            version?: number

            /** The test cases as YAML. */
            source?: string
          }
        }
      }
      responses: {
        200: JsonAnswer<{ is_kept: boolean; result: TestRun }>
        default: ProblemAnswer
      }
    }
  }
  '/executions': {
    /** List executions. */
    get: {
      parameters: {
        query?: {
          /** `queued`: no worker has begun. `running`: it works. `waiting`: for a time, a person or an event. `paused`: nothing new starts. */
          status?: ('queued' | 'running' | 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled') | undefined

          /** The name of the workflow. */
          workflow?: string | undefined

          /** Those that this agent started. */
          agent_id?: string | undefined

          /** Those that this member or agent started: `member:<id>` or `agent:<id>`. */
          started_by?: string | undefined

          /** Those with an approval that asks this council. */
          council?: string | undefined

          /** Created at this moment or later. */
          created_after?: string | undefined

          /** Created before this moment. */
          created_before?: string | undefined

          /** The children of this execution. */
          parent_id?: string | undefined

          /** A minus sorts downwards. */
          sort?: ('-created_at' | 'created_at') | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: ExecutionSummary[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Start an execution. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** The name of the workflow. */
            workflow: string
            inputs?: { [name: string]: unknown }
          }
        }
      }
      responses: {
        201: JsonAnswer<StartedExecution>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}': {
    /** Get an execution. */
    get: {
      parameters: {
        query?: {
          /** Any of steps, journal, metrics, votes, with commas between. */
          include?: string | undefined
        }
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Execution>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}/rerun': {
    /** Run again from the start. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        201: JsonAnswer<StartedExecution>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}/journal': {
    /** Read an execution's journal. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: JournalEvent[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}/votes': {
    /** List the votes in an execution. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: ExecutionVote[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}/cancel': {
    /** Cancel an execution. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** Why; the audit keeps it. */
            reason?: string
          }
        }
      }
      responses: {
        202: JsonAnswer<RequestedMove>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}/pause': {
    /** Pause an execution. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** Why; the audit keeps it. */
            reason?: string
          }
        }
      }
      responses: {
        202: JsonAnswer<RequestedMove>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}/resume': {
    /** Resume an execution. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** Why; the audit keeps it. */
            reason?: string
          }
        }
      }
      responses: {
        202: JsonAnswer<RequestedMove>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}/retry': {
    /** Retry from the failed steps. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** Steps to run again besides those that made it fail, with everything behind them. */
            steps?: string[]

            /** A version of its workflow, or `current`; the one it has when absent. */
            version?: number | 'current'

            /** Why; the audit keeps it. */
            reason?: string
          }
        }
      }
      responses: {
        202: JsonAnswer<RequestedMove>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}/migrate': {
    /** Move a waiting execution to another version. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** A version of its workflow; the newest when absent. */
            version?: number
            dry_run?: boolean

            /** Why; the journal and the audit keep it. */
            reason?: string
          }
        }
      }
      responses: {
        200: JsonAnswer<Migration>
        202: JsonAnswer<Migration>
        default: ProblemAnswer
      }
    }
  }
  '/approvals': {
    /** List approvals. */
    get: {
      parameters: {
        query?: {
          /** `decided`: closed in whichever way. */
          status?:
            | ('pending' | 'approved' | 'rejected' | 'expired' | 'cancelled' | 'withdrawn' | 'void' | 'decided' | 'all')
            | undefined

          /** Of pending ones: whose turn it is. */
          waiting_for?: ('me' | 'others') | undefined

          /** What they are about. */
          kind?: ('step' | 'run' | 'activation' | 'draft' | 'template' | 'policy') | undefined

          /** The class of what they are about. */
          impact?: ('A' | 'B' | 'C') | undefined

          /** Those that ask this council. */
          council?: string | undefined

          /** `true`: those that ask me, and of pending ones those that still wait for me. */
          mine?: ('true' | 'false') | undefined

          /** Those of this execution. */
          execution_id?: string | undefined

          /** The name of the workflow. */
          workflow?: string | undefined

          /** Those that expire before this moment. */
          expires_before?: string | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: ApprovalSummary[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/approvals/reject-reasons': {
    /** List ready reasons. */
    get: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{ items: { code: string; text: string }[] }>
        default: ProblemAnswer
      }
    }
  }
  '/approvals/{id}': {
    /** Get an approval. */
    get: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Approval>
        default: ProblemAnswer
      }
    }
  }
  '/approvals/{id}/decision': {
    /** Approve or reject. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            decision: 'approve' | 'reject'

            /** Of the ready reasons, for a rejection. */
            reason?:
              | 'wrong_amount'
              | 'over_budget'
              | 'wrong_recipient'
              | 'missing_information'
              | 'not_needed'
              | 'too_risky'
              | 'against_policy'
              | 'duplicate'

            /** Why; recommended where you reject. */
            comment?: string

            /** The member whose seat I fill, of several that were left to me. */
            on_behalf_of?: string

            /** What I change it to before I approve, where `may_edit` says so. Others vote again. */
            edit?: unknown
          }
        }
      }
      responses: {
        200: JsonAnswer<Decision>
        default: ProblemAnswer
      }
    }
  }
  '/approvals/decisions': {
    /** Approve or reject many. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            ids: string[]
            decision: 'approve' | 'reject'

            /** Of the ready reasons, for a rejection. */
            reason?:
              | 'wrong_amount'
              | 'over_budget'
              | 'wrong_recipient'
              | 'missing_information'
              | 'not_needed'
              | 'too_risky'
              | 'against_policy'
              | 'duplicate'

            /** Why; recommended where you reject. */
            comment?: string
          }
        }
      }
      responses: {
        200: JsonAnswer<{ items: DecisionResult[] }>
        default: ProblemAnswer
      }
    }
  }
  '/approvals/{id}/comments': {
    /** List comments. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: ApprovalComment[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Ask or answer. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { body: string }
        }
      }
      responses: {
        201: JsonAnswer<ApprovalComment>
        default: ProblemAnswer
      }
    }
  }
  '/approvals/{id}/delegate': {
    /** Hand it to another member. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** Who decides in my place. */
            member: string
          }
        }
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }

    /** Take it back. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/approvals/{id}/withdrawal': {
    /** Withdraw it. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { reason: string }
        }
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/approvals/{id}/extension': {
    /** Give it more time. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { expires_at: string }
        }
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/forms': {
    /** List forms. */
    get: {
      parameters: {
        query?: {
          /** `closed`: submitted, expired or cancelled. */
          status?: ('pending' | 'closed' | 'all') | undefined

          /** `true`: those that ask me, and of pending ones those that still wait for me. */
          mine?: ('true' | 'false') | undefined

          /** Those of this execution. */
          execution_id?: string | undefined

          /** The name of the workflow. */
          workflow?: string | undefined

          /** Those that expire before this moment. */
          expires_before?: string | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: FormSummary[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/forms/{id}': {
    /** Get a form. */
    get: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Form>
        default: ProblemAnswer
      }
    }
  }
  '/forms/{id}/submission': {
    /** Fill in a form. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { data: { [name: string]: unknown } }
        }
      }
      responses: {
        200: JsonAnswer<Submission>
        default: ProblemAnswer
      }
    }
  }
  '/drafts': {
    /** List drafts. */
    get: {
      parameters: {
        query?: {
          /** Those of this status. */
          status?: ('editing' | 'pending_review' | 'approved' | 'rejected' | 'converted' | 'discarded') | undefined

          /** `created`: those that I created. `to_review`: those that wait for my vote. */
          mine?: ('created' | 'to_review') | undefined

          /** Those that this council reviews or is to review. */
          council?: string | undefined

          /** Part of the name, the purpose or the workflow's name. */
          search?: string | undefined

          /** Those of this template. */
          template_id?: string | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: DraftSummary[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
          totals: DraftTotals
        }>
        default: ProblemAnswer
      }
    }

    /** Create a draft. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** What it is about, in a few words. */
            name?: string

            /** What it is for. */
            purpose?: string | null

            /** A definition of its own, as YAML. It may be unfinished while it is edited. */
            source?: string

            /** A workflow whose current version is to run, instead of `source`. */
            workflow?: string
            template_id?: string
            template?: string

            /** The inputs of the run. */
            inputs?: { [name: string]: unknown }

            /** When it is converted by itself once it is approved: at a moment, or again and again, each time as a draft of its own. */
            schedule?:
              | (
                  | { at: string }
                  | {
                      /** A cron expression of five or six fields. */
                      cron: string

                      /** IANA time zone. */
                      timezone?: string
                    }
                )
              | null

            /** Who is to review it; null leaves it to the category of the workflow. */
            council?: string | null
          }
        }
      }
      responses: {
        201: JsonAnswer<Draft>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}': {
    /** Get a draft. */
    get: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Draft>
        default: ProblemAnswer
      }
    }

    /** Change a draft. */
    patch: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match': string
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** What it is about, in a few words. */
            name?: string

            /** What it is for. */
            purpose?: string | null

            /** A definition of its own, as YAML. It may be unfinished while it is edited. */
            source?: string

            /** A workflow whose current version is to run, instead of `source`. */
            workflow?: string

            /** The inputs of the run. */
            inputs?: { [name: string]: unknown }

            /** When it is converted by itself once it is approved: at a moment, or again and again, each time as a draft of its own. */
            schedule?:
              | (
                  | { at: string }
                  | {
                      /** A cron expression of five or six fields. */
                      cron: string

                      /** IANA time zone. */
                      timezone?: string
                    }
                )
              | null

            /** Who is to review it; null leaves it to the category of the workflow. */
            council?: string | null
          }
        }
      }
      responses: {
        200: JsonAnswer<Draft>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/history': {
    /** List what happened to a draft. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: DraftEvent[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/preview': {
    /** Preview a draft. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Preview>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/submit': {
    /** Submit a draft for review. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined

          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Draft>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/withdraw': {
    /** Take a draft back from review. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** Why; the history keeps it. */
            reason?: string
          }
        }
      }
      responses: {
        200: JsonAnswer<Draft>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/reopen': {
    /** Reopen a draft. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Draft>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/discard': {
    /** Discard a draft. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** Why; the history keeps it. */
            reason?: string
          }
        }
      }
      responses: {
        200: JsonAnswer<Draft>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/convert': {
    /** Convert a draft. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined

          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** Whether an execution starts as well. */
            start?: boolean
          }
        }
      }
      responses: {
        200: JsonAnswer<Draft>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/comments': {
    /** List comments on a draft. */
    get: {
      parameters: {
        query?: {
          /** `true`: those that are not resolved, and the answers to them. */
          open?: ('true' | 'false') | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path: {
          /** Its id. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: DraftComment[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Comment on a draft. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            body: string
            step?: string
            line?: number

            /** In which the line stands. */
            revision?: number
            reply_to?: string
          }
        }
      }
      responses: {
        201: JsonAnswer<DraftComment>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/comments/{comment_id}/resolve': {
    /** Resolve a comment. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The draft's id. */
          id: string

          /** The comment's id. */
          comment_id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<DraftComment>
        default: ProblemAnswer
      }
    }
  }
  '/drafts/{id}/comments/{comment_id}/reopen': {
    /** Open a comment again. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The draft's id. */
          id: string

          /** The comment's id. */
          comment_id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<DraftComment>
        default: ProblemAnswer
      }
    }
  }
  '/templates': {
    /** List templates. */
    get: {
      parameters: {
        query?: {
          /** Those of this category. */
          category?: string | undefined

          /** Those with this tag. */
          tag?: string | undefined

          /** Part of the name, a text or a tag. */
          search?: string | undefined

          /** `true`: those that run at once. */
          pre_approved?: ('true' | 'false') | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: TemplateSummary[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Create a template. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** The name of the template. */
            name: string
            title: string
            description?: string
            category: string
            tags?: string[]

            /** The definition of its workflow, as YAML. */
            source: string

            /** Values that a use starts from. A text may hold `{{ copy.name }}`. What no list names is fixed. */
            default_inputs?: { [name: string]: unknown }
            required_fields?: string[]
            optional_fields?: string[]

            /** Plain texts by name; `{customer}` stands for the input `customer`. */
            approved_copy_blocks?: { [name: string]: string }
          }
        }
      }
      responses: {
        201: JsonAnswer<Template>
        default: ProblemAnswer
      }
    }
  }
  '/templates/{name}': {
    /** Get a template. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The name of the template. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Template>
        default: ProblemAnswer
      }
    }

    /** Edit a template. */
    patch: {
      parameters: {
        query?: never
        path: {
          /** The name of the template. */
          name: string
        }
        header: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match': string
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            title?: string
            description?: string
            category?: string
            tags?: string[]

            /** The definition of its workflow, as YAML. */
            source?: string

            /** Values that a use starts from. A text may hold `{{ copy.name }}`. What no list names is fixed. */
            default_inputs?: { [name: string]: unknown }

            /** Inputs that must have a value. */
            required_fields?: string[]

            /** Inputs that may be given besides. */
            optional_fields?: string[]

            /** Plain texts by name; `{customer}` stands for the input `customer`. */
            approved_copy_blocks?: { [name: string]: string }
          }
        }
      }
      responses: {
        200: JsonAnswer<Template>
        default: ProblemAnswer
      }
    }

    /** Delete a template. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** The name of the template. */
          name: string
        }
        header?: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/templates/{name}/restore': {
    /** Bring back a deleted template. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the template. */
          name: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Template>
        default: ProblemAnswer
      }
    }
  }
  '/executions/{id}/template': {
    /** Save an execution as a template. */
    post: {
      parameters: {
        query?: never
        path: {
          /** Its id. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** The name of the template. */
            name: string
            title: string
            description?: string
            category: string
            tags?: string[]
            leave_out?: string[]
          }
        }
      }
      responses: {
        201: JsonAnswer<SavedTemplate>
        default: ProblemAnswer
      }
    }
  }
  '/templates/{name}/preview': {
    /** Try out the inputs of a template. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the template. */
          name: string
        }
        header?: never
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': { inputs?: { [name: string]: unknown } }
        }
      }
      responses: {
        200: JsonAnswer<TemplatePreview>
        default: ProblemAnswer
      }
    }
  }
  '/templates/{name}/use': {
    /** Make a draft from a template. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the template. */
          name: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            inputs?: { [name: string]: unknown }

            /** The draft's; the template's title when absent. */
            name?: string

            /** What it is for. */
            purpose?: string

            /** Who is to review it. */
            council?: string
          }
        }
      }
      responses: {
        201: JsonAnswer<TemplateDraft>
        default: ProblemAnswer
      }
    }
  }
  '/templates/{name}/run': {
    /** Run a pre-approved template. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the template. */
          name: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': { inputs?: { [name: string]: unknown } }
        }
      }
      responses: {
        201: JsonAnswer<StartedExecution>
        default: ProblemAnswer
      }
    }
  }
  '/templates/{name}/pre-approval': {
    /** Ask a council for the pre-approval of a template. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the template. */
          name: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { council: string }
        }
      }
      responses: {
        201: JsonAnswer<PreApprovalAsked>
        default: ProblemAnswer
      }
    }
  }
  '/templates/{name}/revoke': {
    /** Revoke the pre-approval of a template. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The name of the template. */
          name: string
        }
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { reason: string }
        }
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/triggers': {
    /** List triggers. */
    get: {
      parameters: {
        query?: {
          /** Those of this kind. */
          kind?: ('manual' | 'event' | 'schedule' | 'webhook' | 'workflow') | undefined

          /** Those of this workflow. */
          workflow?: string | undefined

          /** Those that fire, or those that do not. */
          enabled?: ('true' | 'false') | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: TriggerDetail[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/triggers/{id}': {
    /** Get a trigger. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The id of the trigger. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<TriggerDetail>
        default: ProblemAnswer
      }
    }
  }
  '/schedules': {
    /** List schedules. */
    get: {
      parameters: {
        query?: {
          /** Those of this workflow. */
          workflow?: string | undefined

          /** Those that fire, or those that do not. */
          enabled?: ('true' | 'false') | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Schedule[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/schedules/{id}': {
    /** Get a schedule. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The id of the trigger. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Schedule>
        default: ProblemAnswer
      }
    }
  }
  '/triggers/{id}/secret': {
    /** How a webhook is signed. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The id of the trigger. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<WebhookSigning>
        default: ProblemAnswer
      }
    }

    /** Set the signing secret of a webhook. */
    put: {
      parameters: {
        query?: never
        path: {
          /** The id of the trigger. */
          id: string
        }
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            value: string

            /** Whether the secret before is taken for another day; false when it has leaked. */
            keep_previous?: boolean
          }
        }
      }
      responses: {
        200: JsonAnswer<WebhookSigning>
        default: ProblemAnswer
      }
    }
  }
  '/triggers/{id}/rotate-secret': {
    /** Make a new signing secret for a webhook. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The id of the trigger. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody?: {
        content: {
          'application/json': {
            /** Whether the secret before is taken for another day; false when it has leaked. */
            keep_previous?: boolean
          }
        }
      }
      responses: {
        200: JsonAnswer<WebhookSecret>
        default: ProblemAnswer
      }
    }
  }
  '/triggers/{id}/rotate-token': {
    /** Give a webhook a new address. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The id of the trigger. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        200: JsonAnswer<WebhookAddress>
        default: ProblemAnswer
      }
    }
  }
  '/events': {
    /** Send events. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': unknown
          'application/cloudevents+json': unknown
          'application/cloudevents-batch+json': unknown
        }
      }
      responses: {
        200: JsonAnswer<{ items: EventOfBatch[] }>
        202: JsonAnswer<EventReceipt>
        default: ProblemAnswer
      }
    }
  }
  '/subscriptions': {
    /** List subscriptions. */
    get: {
      parameters: {
        query?: {
          /** Those in this state. */
          status?: ('active' | 'disabled') | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Subscription[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Subscribe to events. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** Where events are posted, over http or https. */
            url: string

            /** Lifecycle events by name; `*` stands for all. */
            event_types?: (
              | 'workflow.started'
              | 'workflow.step_started'
              | 'workflow.step_completed'
              | 'workflow.step_failed'
              | 'workflow.step_retrying'
              | 'workflow.step_skipped'
              | 'workflow.step_waiting'
              | 'workflow.awaiting_approval'
              | 'workflow.approval_granted'
              | 'workflow.approval_rejected'
              | 'workflow.escalated'
              | 'workflow.step_compensated'
              | 'workflow.compensation_failed'
              | 'workflow.paused'
              | 'workflow.resumed'
              | 'workflow.cancelling'
              | 'workflow.retried'
              | 'workflow.migrated'
              | 'workflow.completed'
              | 'workflow.failed'
              | 'workflow.cancelled'
              | '*'
              | 'workflow.*'
            )[]

            /** The only workflow it is about; null for all. */
            workflow?: string | null
            description?: string | null
          }
        }
      }
      responses: {
        201: JsonAnswer<SubscriptionWithSecret>
        default: ProblemAnswer
      }
    }
  }
  '/subscriptions/{id}': {
    /** Get a subscription. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The id of the subscription. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Subscription>
        default: ProblemAnswer
      }
    }

    /** Change a subscription. */
    patch: {
      parameters: {
        query?: never
        path: {
          /** The id of the subscription. */
          id: string
        }
        header: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match': string
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** Where events are posted, over http or https. */
            url?: string

            /** Lifecycle events by name; `*` stands for all. */
            event_types?: (
              | 'workflow.started'
              | 'workflow.step_started'
              | 'workflow.step_completed'
              | 'workflow.step_failed'
              | 'workflow.step_retrying'
              | 'workflow.step_skipped'
              | 'workflow.step_waiting'
              | 'workflow.awaiting_approval'
              | 'workflow.approval_granted'
              | 'workflow.approval_rejected'
              | 'workflow.escalated'
              | 'workflow.step_compensated'
              | 'workflow.compensation_failed'
              | 'workflow.paused'
              | 'workflow.resumed'
              | 'workflow.cancelling'
              | 'workflow.retried'
              | 'workflow.migrated'
              | 'workflow.completed'
              | 'workflow.failed'
              | 'workflow.cancelled'
              | '*'
              | 'workflow.*'
            )[]
            workflow?: string | null
            description?: string | null
            status?: 'active' | 'disabled'
          }
        }
      }
      responses: {
        200: JsonAnswer<Subscription>
        default: ProblemAnswer
      }
    }

    /** Delete a subscription. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** The id of the subscription. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/subscriptions/{id}/rotate-secret': {
    /** Replace the signing secret. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The id of the subscription. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        200: JsonAnswer<SubscriptionWithSecret>
        default: ProblemAnswer
      }
    }
  }
  '/subscriptions/{id}/test': {
    /** Send a ping. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The id of the subscription. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        202: JsonAnswer<{ delivery_id: string }>
        default: ProblemAnswer
      }
    }
  }
  '/subscriptions/{id}/deliveries': {
    /** List deliveries. */
    get: {
      parameters: {
        query?: {
          /** Those in this state. */
          status?: ('pending' | 'delivered' | 'failed' | 'dropped') | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path: {
          /** The id of the delivery. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Delivery[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/deliveries/{id}': {
    /** Get a delivery. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The id of the delivery. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<DeliveryDetail>
        default: ProblemAnswer
      }
    }
  }
  '/deliveries/{id}/replay': {
    /** Send a delivery again. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The id of the delivery. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      responses: {
        202: JsonAnswer<Delivery>
        default: ProblemAnswer
      }
    }
  }
  '/actions': {
    /** List actions. */
    get: {
      parameters: {
        query?: {
          /** Those of this pack. */
          pack?: string | undefined

          /** Those of this impact class. */
          impact?: ('A' | 'B' | 'C' | 'depends on config') | undefined

          /** Part of the name, the title or the description. */
          search?: string | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Action[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/actions/{name}': {
    /** Get an action. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The name of the action. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Action>
        default: ProblemAnswer
      }
    }
  }
  '/workflow-schema': {
    /** Get the JSON Schema of definitions. */
    get: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{ [name: string]: unknown }>
        default: ProblemAnswer
      }
    }
  }
  '/packs': {
    /** List packs. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Pack[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/packs/{name}': {
    /** Enable or disable a pack. */
    put: {
      parameters: {
        query?: never
        path: {
          /** The name of the pack. */
          name: string
        }
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { enabled: boolean }
        }
      }
      responses: {
        200: JsonAnswer<Pack>
        default: ProblemAnswer
      }
    }
  }
  '/secrets': {
    /** List secrets. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Secret[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Create a secret. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** As `secrets.NAME` in a config. */
            name: string

            /** Kept encrypted, and never shown again. */
            value: string

            /** What it is for. The one before stays when absent. */
            description?: string
          }
        }
      }
      responses: {
        201: JsonAnswer<Secret>
        default: ProblemAnswer
      }
    }
  }
  '/secrets/{name}': {
    /** Get a secret, without its value. */
    get: {
      parameters: {
        query?: never
        path: {
          /** As `secrets.NAME` in a config. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Secret>
        default: ProblemAnswer
      }
    }

    /** Create a secret or give it a new value. */
    put: {
      parameters: {
        query?: never
        path: {
          /** As `secrets.NAME` in a config. */
          name: string
        }
        header?: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** Kept encrypted, and never shown again. */
            value: string

            /** What it is for. The one before stays when absent. */
            description?: string
          }
        }
      }
      responses: {
        200: JsonAnswer<Secret>
        201: JsonAnswer<Secret>
        default: ProblemAnswer
      }
    }

    /** Delete a secret. */
    delete: {
      parameters: {
        query?: {
          /** `true` deletes it although active workflows use it: their steps will fail. */
          force?: ('true' | 'false') | undefined
        }
        path: {
          /** As `secrets.NAME` in a config. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/members': {
    /** List members. */
    get: {
      parameters: {
        query?: {
          /** Those with this role. */
          role?: MemberRole | undefined

          /** Part of the name or of the address. */
          search?: string | undefined

          /** A minus sorts downwards. */
          sort?: ('name' | '-name' | 'email' | '-email' | 'role' | '-role' | 'created_at' | '-created_at') | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Member[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/members/{id}': {
    /** Get a member. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The id of the member. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Member>
        default: ProblemAnswer
      }
    }

    /** Change a member. */
    patch: {
      parameters: {
        query?: never
        path: {
          /** The id of the member. */
          id: string
        }
        header: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match': string
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            name?: string
            role?: MemberRole

            /** Free names that approvals and notifications can ask for. */
            approver_roles?: string[]
          }
        }
      }
      responses: {
        200: JsonAnswer<Member>
        default: ProblemAnswer
      }
    }

    /** Remove a member. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** The id of the member. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/invitations': {
    /** Invite somebody. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            email: string
            role: MemberRole

            /** Free names that approvals and notifications can ask for. */
            approver_roles?: string[]
          }
        }
      }
      responses: {
        201: JsonAnswer<NewInvitation>
        default: ProblemAnswer
      }
    }

    /** List invitations. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Invitation[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/invitations/{id}': {
    /** Revoke an invitation. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** The id of the invitation. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/invitations/accept': {
    /** Accept an invitation. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { token: string; name?: string; password?: string }
        }
      }
      responses: {
        200: JsonAnswer<{ member_id: string; tenant: { slug: string; name: string } }>
        default: ProblemAnswer
      }
    }
  }
  '/agents': {
    /** List agents. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Agent[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Create an agent. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { name: string }
        }
      }
      responses: {
        201: JsonAnswer<Agent>
        default: ProblemAnswer
      }
    }
  }
  '/agents/{id}': {
    /** Get an agent. */
    get: {
      parameters: {
        query?: never
        path: {
          /** The id of the agent. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Agent>
        default: ProblemAnswer
      }
    }

    /** Rename an agent, or switch it off. */
    patch: {
      parameters: {
        query?: never
        path: {
          /** The id of the agent. */
          id: string
        }
        header: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match': string
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { name?: string; disabled?: boolean }
        }
      }
      responses: {
        200: JsonAnswer<Agent>
        default: ProblemAnswer
      }
    }
  }
  '/agents/{id}/api-keys': {
    /** Create an API key of an agent. */
    post: {
      parameters: {
        query?: never
        path: {
          /** The id of the agent. */
          id: string
        }
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            name: string
            scopes?:
              | (
                  | 'me:read'
                  | 'workflows:read'
                  | 'workflows:write'
                  | 'executions:read'
                  | 'executions:start'
                  | 'executions:control'
                  | 'approvals:read'
                  | 'approvals:decide'
                  | 'approvals:ask'
                  | 'approvals:comment'
                  | 'forms:read'
                  | 'forms:submit'
                  | 'drafts:read'
                  | 'drafts:write'
                  | 'drafts:comment'
                  | 'drafts:convert'
                  | 'templates:read'
                  | 'templates:write'
                  | 'templates:use'
                  | 'templates:govern'
                  | 'absences:own'
                  | 'absences:write'
                  | 'actions:read'
                  | 'packs:write'
                  | 'triggers:read'
                  | 'triggers:write'
                  | 'events:send'
                  | 'subscriptions:read'
                  | 'subscriptions:write'
                  | 'secrets:read'
                  | 'secrets:write'
                  | 'members:read'
                  | 'members:write'
                  | 'owners:write'
                  | 'councils:read'
                  | 'councils:write'
                  | 'agents:read'
                  | 'agents:write'
                  | 'keys:own'
                  | 'keys:write'
                  | 'audit:read'
                  | 'settings:read'
                  | 'settings:write'
                  | 'stream:read'
                )[]
              | null
            expires_at?: string | null
          }
        }
      }
      responses: {
        201: JsonAnswer<NewApiKey>
        default: ProblemAnswer
      }
    }
  }
  '/api-keys': {
    /** List API keys. */
    get: {
      parameters: {
        query?: {
          /** Those of this member. */
          member_id?: string | undefined

          /** Those of this agent. */
          agent_id?: string | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: ApiKey[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/api-keys/{id}': {
    /** Revoke an API key. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** The id of the key. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/councils': {
    /** List councils. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Council[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Create a council. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** What approvals call it. */
            name: string
            title: string
            domain: string

            /** `majority` is more than half of the seats; a number is that many votes. */
            threshold?: ('majority' | 'unanimous') | number
            members: string[]
          }
        }
      }
      responses: {
        201: JsonAnswer<Council>
        default: ProblemAnswer
      }
    }
  }
  '/councils/{name}': {
    /** Get a council. */
    get: {
      parameters: {
        query?: never
        path: {
          /** What approvals call it. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Council>
        default: ProblemAnswer
      }
    }

    /** Change a council. */
    patch: {
      parameters: {
        query?: never
        path: {
          /** What approvals call it. */
          name: string
        }
        header: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match': string
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            title?: string
            domain?: string

            /** `majority` is more than half of the seats; a number is that many votes. */
            threshold?: ('majority' | 'unanimous') | number
            members?: string[]
          }
        }
      }
      responses: {
        200: JsonAnswer<Council>
        default: ProblemAnswer
      }
    }

    /** Delete a council. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** What approvals call it. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/councils/{name}/decisions': {
    /** List what a council has decided. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path: {
          /** What approvals call it. */
          name: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: CouncilDecision[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/absences': {
    /** List absences. */
    get: {
      parameters: {
        query?: {
          /** Those of this member. */
          member?: string | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: Absence[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Be out of office. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** Me when absent. */
            member?: string
            delegate?: string | null
            starts_at: string
            ends_at: string
            note?: string | null
          }
        }
      }
      responses: {
        201: JsonAnswer<Absence>
        default: ProblemAnswer
      }
    }
  }
  '/absences/{id}': {
    /** Be back. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** The id of the absence. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/me': {
    /** Who am I. */
    get: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Me>
        default: ProblemAnswer
      }
    }
  }
  '/me/tenant': {
    /** Work in another tenant. */
    put: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { slug: string }
        }
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/me/api-keys': {
    /** List my API keys. */
    get: {
      parameters: {
        query?: {
          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: ApiKey[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }

    /** Create an API key of mine. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: {
          /** The same request with the same key is done once and answered alike, for 24 hours. */
          'Idempotency-Key'?: string | undefined
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            name: string
            scopes?:
              | (
                  | 'me:read'
                  | 'workflows:read'
                  | 'workflows:write'
                  | 'executions:read'
                  | 'executions:start'
                  | 'executions:control'
                  | 'approvals:read'
                  | 'approvals:decide'
                  | 'approvals:ask'
                  | 'approvals:comment'
                  | 'forms:read'
                  | 'forms:submit'
                  | 'drafts:read'
                  | 'drafts:write'
                  | 'drafts:comment'
                  | 'drafts:convert'
                  | 'templates:read'
                  | 'templates:write'
                  | 'templates:use'
                  | 'templates:govern'
                  | 'absences:own'
                  | 'absences:write'
                  | 'actions:read'
                  | 'packs:write'
                  | 'triggers:read'
                  | 'triggers:write'
                  | 'events:send'
                  | 'subscriptions:read'
                  | 'subscriptions:write'
                  | 'secrets:read'
                  | 'secrets:write'
                  | 'members:read'
                  | 'members:write'
                  | 'owners:write'
                  | 'councils:read'
                  | 'councils:write'
                  | 'agents:read'
                  | 'agents:write'
                  | 'keys:own'
                  | 'keys:write'
                  | 'audit:read'
                  | 'settings:read'
                  | 'settings:write'
                  | 'stream:read'
                )[]
              | null
            expires_at?: string | null
          }
        }
      }
      responses: {
        201: JsonAnswer<NewApiKey>
        default: ProblemAnswer
      }
    }
  }
  '/me/api-keys/{id}': {
    /** Revoke an API key of mine. */
    delete: {
      parameters: {
        query?: never
        path: {
          /** The id of the key. */
          id: string
        }
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/auth/sign-in/email': {
    /** Sign in with a password. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { email: string; password: string }
        }
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/auth/sign-in/magic-link': {
    /** Ask for a link to sign in. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { email: string }
        }
      }
      responses: {
        202: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/auth/magic-link/verify': {
    /** Sign in with a link. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { token: string }
        }
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/auth/sign-in/oauth2': {
    /** Begin single sign-on. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{ url: string }>
        default: ProblemAnswer
      }
    }
  }
  '/auth/callback/oidc': {
    /** Come back from single sign-on. */
    get: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        302: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/auth/sign-out': {
    /** Sign out. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/auth/change-password': {
    /** Change my password. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { current_password: string; new_password: string }
        }
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/auth/request-password-reset': {
    /** Ask for a link to set a new password. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { email: string }
        }
      }
      responses: {
        202: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/auth/reset-password': {
    /** Set a new password. */
    post: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { token: string; new_password: string }
        }
      }
      responses: {
        204: { content?: never }
        default: ProblemAnswer
      }
    }
  }
  '/settings': {
    /** Get the settings of the tenant. */
    get: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<Settings>
        default: ProblemAnswer
      }
    }

    /** Change the settings of the tenant. */
    patch: {
      parameters: {
        query?: never
        path?: never
        header: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match': string
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': { name?: string }
        }
      }
      responses: {
        200: JsonAnswer<Settings>
        default: ProblemAnswer
      }
    }
  }
  '/policies': {
    /** Get the policies. */
    get: {
      parameters: {
        query?: never
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          /** After their end. Null: as long as the installation keeps them, which is also the most. */
          executions_days: number | null

          /** How long the ids of events are remembered, so that each is taken once. */
          event_receipts_days: number

          /** Deliveries to subscriptions, after they were settled. */
          deliveries_days: number

          /** Null: as long as their execution. */
          notifications_days: number | null
          classes: {
            A: {
              /** Who approves, and how many of them; `none`: nobody is asked. */
              activate:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              schedule:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              run:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              send:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Whether the tests of the version must have passed. */
              tests_required?: boolean
            }
            B: {
              /** Who approves, and how many of them; `none`: nobody is asked. */
              activate:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              schedule:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              run:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              send:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Whether the tests of the version must have passed. */
              tests_required?: boolean
            }
            C: {
              /** Who approves, and how many of them; `none`: nobody is asked. */
              activate:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              schedule:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              run:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              send:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Whether the tests of the version must have passed. */
              tests_required?: boolean
            }
          }

          /** Actions that count as this class, or as a higher one where their own is higher. */
          raised: { [name: string]: 'B' | 'C' }

          /** Hosts that are the tenant’s own: what only goes there is class B. */
          internal_hosts: string[]

          /** Whose hands keep a member from deciding. */
          separation: ('requester' | 'author' | 'last_editor')[]

          /** Whether approvers may change what they approve. */
          edit_and_approve: boolean

          /** How often those who have not decided are reminded. */
          reminders: string | null

          /** What happens when time is up. Nothing is ever approved by waiting. */
          on_expiry:
            | 'reject'
            | { escalate_to: { role: string } | { roles: string[] } | { council: string } | { members: string[] } }

          /** Null when none waits. */
          pending_change: PolicyChange | null

          /** What the installation keeps at most; null: for ever. */
          most_executions_days: number | null

          /** The audit is kept for ever. */
          audit_days: null
        }>
        default: ProblemAnswer
      }
    }

    /** Change the policies. */
    patch: {
      parameters: {
        query?: never
        path?: never
        header: {
          /** The ETag that was read: the edit is refused when it has changed meanwhile. */
          'If-Match': string
        }
        cookie?: never
      }
      requestBody: {
        content: {
          'application/json': {
            /** After their end. Null: as long as the installation keeps them, which is also the most. */
            executions_days?: number | null

            /** How long the ids of events are remembered, so that each is taken once. */
            event_receipts_days?: number

            /** Deliveries to subscriptions, after they were settled. */
            deliveries_days?: number

            /** Null: as long as their execution. */
            notifications_days?: number | null
            classes?: {
              A?: {
                /** Who approves, and how many of them; `none`: nobody is asked. */
                activate?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Who approves, and how many of them; `none`: nobody is asked. */
                schedule?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Who approves, and how many of them; `none`: nobody is asked. */
                run?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Who approves, and how many of them; `none`: nobody is asked. */
                send?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Whether the tests of the version must have passed. */
                tests_required?: boolean
              }
              B?: {
                /** Who approves, and how many of them; `none`: nobody is asked. */
                activate?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Who approves, and how many of them; `none`: nobody is asked. */
                schedule?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Who approves, and how many of them; `none`: nobody is asked. */
                run?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Who approves, and how many of them; `none`: nobody is asked. */
                send?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Whether the tests of the version must have passed. */
                tests_required?: boolean
              }
              C?: {
                /** Who approves, and how many of them; `none`: nobody is asked. */
                activate?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Who approves, and how many of them; `none`: nobody is asked. */
                schedule?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Who approves, and how many of them; `none`: nobody is asked. */
                run?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Who approves, and how many of them; `none`: nobody is asked. */
                send?:
                  | 'none'
                  | {
                      approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                      quorum: number | ('majority' | 'unanimous')

                      /** A duration such as 30m, 24h or 7d. */
                      expires_in?: string
                    }

                /** Whether the tests of the version must have passed. */
                tests_required?: boolean
              }
            }
            raised?: { [name: string]: ('B' | 'C') | null }

            /** Hosts that are the tenant’s own: what only goes there is class B. */
            internal_hosts?: string[]

            /** Whose hands keep a member from deciding. */
            separation?: ('requester' | 'author' | 'last_editor')[]

            /** Whether approvers may change what they approve. */
            edit_and_approve?: boolean

            /** How often those who have not decided are reminded. */
            reminders?: string | null

            /** What happens when time is up. Nothing is ever approved by waiting. */
            on_expiry?:
              | 'reject'
              | { escalate_to: { role: string } | { roles: string[] } | { council: string } | { members: string[] } }
          }
        }
      }
      responses: {
        200: JsonAnswer<{
          /** After their end. Null: as long as the installation keeps them, which is also the most. */
          executions_days: number | null

          /** How long the ids of events are remembered, so that each is taken once. */
          event_receipts_days: number

          /** Deliveries to subscriptions, after they were settled. */
          deliveries_days: number

          /** Null: as long as their execution. */
          notifications_days: number | null
          classes: {
            A: {
              /** Who approves, and how many of them; `none`: nobody is asked. */
              activate:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              schedule:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              run:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              send:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Whether the tests of the version must have passed. */
              tests_required?: boolean
            }
            B: {
              /** Who approves, and how many of them; `none`: nobody is asked. */
              activate:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              schedule:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              run:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              send:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Whether the tests of the version must have passed. */
              tests_required?: boolean
            }
            C: {
              /** Who approves, and how many of them; `none`: nobody is asked. */
              activate:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              schedule:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              run:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Who approves, and how many of them; `none`: nobody is asked. */
              send:
                | 'none'
                | {
                    approvers: { role: string } | { roles: string[] } | { council: string } | { members: string[] }
                    quorum: number | ('majority' | 'unanimous')

                    /** A duration such as 30m, 24h or 7d. */
                    expires_in?: string
                  }

              /** Whether the tests of the version must have passed. */
              tests_required?: boolean
            }
          }

          /** Actions that count as this class, or as a higher one where their own is higher. */
          raised: { [name: string]: 'B' | 'C' }

          /** Hosts that are the tenant’s own: what only goes there is class B. */
          internal_hosts: string[]

          /** Whose hands keep a member from deciding. */
          separation: ('requester' | 'author' | 'last_editor')[]

          /** Whether approvers may change what they approve. */
          edit_and_approve: boolean

          /** How often those who have not decided are reminded. */
          reminders: string | null

          /** What happens when time is up. Nothing is ever approved by waiting. */
          on_expiry:
            | 'reject'
            | { escalate_to: { role: string } | { roles: string[] } | { council: string } | { members: string[] } }

          /** Null when none waits. */
          pending_change: PolicyChange | null

          /** What the installation keeps at most; null: for ever. */
          most_executions_days: number | null

          /** The audit is kept for ever. */
          audit_days: null
        }>
        default: ProblemAnswer
      }
    }
  }
  '/audit': {
    /** List what was done. */
    get: {
      parameters: {
        query?: {
          /** `member:<id>`, `agent:<id>`, or a kind: `member`, `agent`, `operator`, `system`. */
          actor?: string | undefined

          /** What was done, such as `workflow.version_saved`. */
          action?: string | undefined

          /** To objects of this kind, such as `workflow`. */
          object_type?: string | undefined

          /** To the object with this id, or with this name where it has none. */
          object_id?: string | undefined

          /** Through `api`, `cli`, `email`, `engine` … */
          channel?: string | undefined

          /** At this moment or later. */
          since?: string | undefined

          /** Before this moment. */
          until?: string | undefined

          /** Items on a page, 1 to 200. */
          limit?: number | undefined

          /** Items to pass over. */
          offset?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<{
          items: AuditEntry[]

          /** Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there. */
          total: number
          total_is_exact: boolean
          limit: number
          offset: number
        }>
        default: ProblemAnswer
      }
    }
  }
  '/audit/verification': {
    /** Verify a part of the audit. */
    get: {
      parameters: {
        query?: {
          /** The number of the first entry. */
          from?: number | undefined

          /** The number of the last entry. */
          to?: number | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: JsonAnswer<AuditVerification>
        default: ProblemAnswer
      }
    }
  }
  '/audit/export': {
    /** Export the audit. */
    get: {
      parameters: {
        query?: {
          /** The number of the first entry. */
          from?: number | undefined

          /** The number of the last entry. */
          to?: number | undefined

          /** From the first entry at this moment or later. */
          since?: string | undefined

          /** Up to the first entry at this moment or later. */
          until?: string | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: {
          content: {
            'application/x-ndjson': string
          }
        }
        default: ProblemAnswer
      }
    }
  }
  '/stream': {
    /** Listen to what happens, as it happens. */
    get: {
      parameters: {
        query: {
          /** Separated by commas: executions, approvals, workflows, members, audit, and execution:<id>. Each takes the permission to read what it tells of. */
          topics: string

          /** For whoever cannot send the header Last-Event-ID: the id of the last event that arrived. */
          last_event_id?: string | undefined

          /** With one execution as the only topic: all that has happened to it comes first. The id of an event that arrived goes before it. */
          from?: 'start' | undefined
        }
        path?: never
        header?: never
        cookie?: never
      }
      responses: {
        200: {
          content: {
            'text/event-stream': string
          }
        }
        default: ProblemAnswer
      }
    }
  }
}

/** The requests that take an `Idempotency-Key`. */
export const keyedRequests: ReadonlySet<string> = new Set([
  'POST /workflows',
  'POST /workflows/{name}/executions',
  'POST /workflows/{name}/tests',
  'POST /executions',
  'POST /executions/{id}/rerun',
  'POST /executions/{id}/cancel',
  'POST /executions/{id}/pause',
  'POST /executions/{id}/resume',
  'POST /executions/{id}/retry',
  'POST /executions/{id}/migrate',
  'POST /approvals/{id}/decision',
  'POST /approvals/decisions',
  'POST /approvals/{id}/comments',
  'POST /approvals/{id}/delegate',
  'POST /approvals/{id}/withdrawal',
  'POST /approvals/{id}/extension',
  'POST /forms/{id}/submission',
  'POST /drafts',
  'POST /drafts/{id}/submit',
  'POST /drafts/{id}/withdraw',
  'POST /drafts/{id}/reopen',
  'POST /drafts/{id}/discard',
  'POST /drafts/{id}/convert',
  'POST /drafts/{id}/comments',
  'POST /templates',
  'POST /templates/{name}/restore',
  'POST /executions/{id}/template',
  'POST /templates/{name}/use',
  'POST /templates/{name}/run',
  'POST /templates/{name}/pre-approval',
  'POST /triggers/{id}/rotate-secret',
  'POST /triggers/{id}/rotate-token',
  'POST /events',
  'POST /subscriptions',
  'POST /subscriptions/{id}/rotate-secret',
  'POST /subscriptions/{id}/test',
  'POST /deliveries/{id}/replay',
  'POST /secrets',
  'POST /invitations',
  'POST /agents',
  'POST /agents/{id}/api-keys',
  'POST /councils',
  'POST /absences',
  'POST /me/api-keys',
])
