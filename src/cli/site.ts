// Where a command takes effect: the house on this machine, or a server elsewhere. Commands know no more of either than this.

import type { MigrationWish } from '../governance/migration.ts'
import type { ImpactClass } from '../governance/workflow-impact.ts'
import type { StepMove } from '../kernel/plan/migration-plan.ts'
import type { Problem } from '../kernel/problem.ts'
import type { ExecutionFilter } from '../record/executions.ts'
import type { PendingApproval } from '../record/approvals.ts'
import type { WorkflowRow } from '../record/workflows.ts'
import type { DefinitionFile } from './definition-file.ts'
import type { Exit } from './exit-code.ts'
import type { SessionOptions } from './follow/session.ts'
import type { OpenWait } from './follow/timeline.ts'
import type { ExecutionSource, Watch, WatchedExecution } from './follow/watch.ts'
import type { Ballot } from './people/votes.ts'
import type { Terminal } from './terminal.ts'

export interface SavedDefinition {
  readonly name: string
  readonly version: number
  readonly status: string
  readonly isNew: boolean
  /** The addresses of new webhooks, which are shown once. */
  readonly webhooks: readonly string[]
  /** The approvals that it waits for. */
  readonly waitsFor: readonly string[]
  /** Why nobody could be asked for one. */
  readonly problem: string | null
}

/** An execution that was started, or the approvals without which none may be. */
export type Begun = { readonly executionId: string } | { readonly name: string; readonly waitsFor: readonly string[] }

export type SavedStatus = 'active' | 'inactive'
export type ListedWorkflow = Omit<WorkflowRow, 'tenantId' | 'versionId'> & { readonly versionId?: string }
export type WaitingApproval = Pick<
  PendingApproval,
  | 'id'
  | 'executionId'
  | 'workflow'
  | 'step'
  | 'item'
  | 'summary'
  | 'details'
  | 'approvers'
  | 'quorum'
  | 'approvals'
  | 'expiresAt'
  | 'createdAt'
>

/** A server's lists leave out what can be long. */
export type ListedExecution = Omit<WatchedExecution, LongFields> & Partial<Pick<WatchedExecution, LongFields>>
type LongFields = 'inputs' | 'trigger' | 'output'

export interface RunRequest {
  /** As typed: JSON, @file or name=value. */
  readonly inputs: readonly string[]
  readonly dedupeKey: string | undefined
  /** How whatever has to be countersigned first is answered; left to others when absent. */
  readonly ballot?: Ballot
}

export interface RetryRequest {
  readonly from: readonly string[]
  /** The path of a mended definition. */
  readonly file: string | undefined
}

export interface SaidMigration {
  readonly from: number
  readonly to: number
  readonly steps: readonly Omit<StepMove, 'status'>[]
}

export interface CastVote {
  /** What became of it, in one sentence. */
  readonly said: string
  /** The execution that goes on now; undefined while the approval is open. */
  readonly released: string | undefined
}

/** Each throws `Refusal` with what stands in the way. */
export interface Site {
  readonly terminal: Terminal
  readonly now: () => number
  /** What a suggested command needs besides, with a space in front. */
  readonly flags: string
  readonly source: ExecutionSource
  /** Saves a definition under its name; the status counts for a workflow that is new. */
  save(file: DefinitionFile, status: SavedStatus): Promise<SavedDefinition>
  listWorkflows(limit: number): Promise<readonly ListedWorkflow[]>
  /** Returns the approvals that it waits for. */
  switchWorkflow(name: string, status: SavedStatus): Promise<readonly string[]>
  /** Saves a definition and starts an execution of it. */
  run(file: DefinitionFile, request: RunRequest): Promise<Begun>
  listExecutions(filter: ExecutionFilter): Promise<readonly ListedExecution[]>
  /** By its id or the beginning of it. */
  requireExecution(typed: string): Promise<WatchedExecution>
  control(id: string, move: 'cancel' | 'pause' | 'resume', reason: string | undefined): Promise<void>
  /** Returns what was done, in one sentence. */
  retry(execution: WatchedExecution, request: RetryRequest): Promise<string>
  /** Moves it to another version, or only says what that would do. */
  migrate(id: string, wish: MigrationWish): Promise<SaidMigration>
  rerun(execution: WatchedExecution): Promise<string>
  /** Why an execution as a whole does not go on. */
  whyHeld(watch: Watch): Promise<readonly string[]>
  /** How people decide what is open. */
  decisionLines(gates: readonly OpenWait[]): Promise<readonly string[]>
  /** How people decide on approvals that wait. */
  approvalLines(ids: readonly string[]): Promise<readonly string[]>
  listApprovals(): Promise<readonly WaitingApproval[]>
  /** `typed` is the id, or its beginning, of an approval or of an execution that waits for only one. */
  vote(typed: string, ballot: Ballot): Promise<CastVote>
  follow(id: string, options: SessionOptions): Promise<Exit>
  /** Follows when asked to, and also when nobody else would go on with it. */
  goOn(id: string, follows: boolean | undefined): Promise<Exit>
}

/** Says what is wrong with a definition, else how much harm it could do. */
export type Check = (file: DefinitionFile) => Promise<Checked>

export interface Checked {
  readonly problems: readonly Problem[]
  /** Absent where it is wrong. */
  readonly impact?: ImpactClass
}
