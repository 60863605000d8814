// What an approval can be about, and what becomes of its subject when it is settled: one table for all of them.

import type { Actor } from '../kernel/access/actor.ts'
import type { Impact } from '../kernel/definition/action-shape.ts'
import type { Json } from '../kernel/json.ts'
import type { Result } from '../kernel/problem.ts'
import type { Hand } from '../kernel/voting/separation.ts'
import type { Approvers } from '../kernel/voting/rule-problem.ts'
import type { QuorumRule } from '../kernel/voting/tally.ts'
import type { Registry } from '../packs/registry.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { settleActivation } from './activation.ts'
import { settleDraft } from './drafts.ts'
import { settlePolicyChange } from './policy-changes.ts'
import { settleTemplate } from './template-approval.ts'

/** Those about an object of the platform; `step` and `run` hold an execution instead. */
export const subjectKinds = ['activation', 'draft', 'template', 'policy'] as const
export type SubjectKind = (typeof subjectKinds)[number]

/** What an activation allows. */
export const acts = ['activate_workflow', 'enable_schedule', 'send_emails'] as const
export type Act = (typeof acts)[number]

export interface KindParts {
  readonly now: () => number
  readonly newId: () => string
  readonly registry: Registry
  readonly sharedSecrets?: Readonly<Record<string, string>>
}

/** What is asked for, about a subject. */
export interface ApprovalAsk {
  readonly kind: SubjectKind
  readonly subjectId: string
  readonly acts?: readonly Act[]
  readonly summary: string
  /** What people need to know in order to decide. */
  readonly details?: Json
  readonly impact: Impact | null
  readonly approvers: Approvers
  readonly quorum: QuorumRule
  readonly expiresAt: Date | null
  /** Whom to ask next when time is up; absent rejects. */
  readonly escalateTo?: Approvers
  readonly remindEveryMs?: number
  /** Hexadecimal SHA-256 of `content` in canonical JSON. */
  readonly contentHash: string
  readonly content: Json
  /** As `referenceTo` names them. */
  readonly requestedBy: string
  readonly author: string | null
  readonly lastEditor: string | null
  /** Whose hands keep a member from voting. */
  readonly excludes: readonly Hand[]
  readonly mayEdit?: boolean
}

/** How an approval ended. */
export interface Settled {
  readonly approvalId: string
  readonly kind: SubjectKind
  readonly subjectId: string
  readonly acts: readonly Act[]
  readonly contentHash: string
  readonly content: Json
  readonly decision: 'approved' | 'rejected' | 'expired' | 'withdrawn' | 'void'
  /** What the approvers changed before they approved it. */
  readonly edit: Json | null
  /** Of the content with the edit: what they have signed. */
  readonly editHash: string | null
  readonly reason: string | null
}

/** What a subject is now, to be held against what was asked for; undefined when it is gone. */
export interface Content {
  readonly hash: string
  readonly content: Json
}

/**
 * Called once, in the transaction that settles the approval, before its audit entries: it changes the subject and returns the
 * audit entries of that change. It must not append to the audit by itself.
 */
export type SettleHandler = (
  parts: KindParts,
  client: Queryable,
  actor: Actor,
  settled: Settled,
) => Promise<Result<Settlement>>

export interface Settlement {
  readonly entries: readonly AuditEntry[]
}

export interface KindHandler {
  readonly settle: SettleHandler
  /** The subject's content as it is now. An approval of anything else is void: fail closed. */
  readonly contentNow: (
    parts: KindParts,
    client: Queryable,
    tenantId: string,
    subjectId: string,
  ) => Promise<Content | undefined>
  /**
   * What the content is with the changes of somebody who edits and approves; `settle` gets the edit. Absent where a subject of
   * this kind is approved as it is or not at all. Problems: `invalid_input`, what an edit may not be.
   */
  readonly withEdit?: (
    parts: KindParts,
    client: Queryable,
    tenantId: string,
    subjectId: string,
    edit: Json,
  ) => Promise<Result<Content>>
}

export type KindHandlers = Readonly<Record<SubjectKind, KindHandler>>

// Looked up when they are used: the files of the kinds and those that settle approvals import one another.
export const kindHandlers: KindHandlers = {
  get activation() {
    return settleActivation
  },
  get draft() {
    return settleDraft
  },
  get template() {
    return settleTemplate
  },
  get policy() {
    return settlePolicyChange
  },
}

export interface DecisionParts extends KindParts {
  /** `kindHandlers` when absent. */
  readonly kinds?: KindHandlers
}
