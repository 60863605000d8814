// What a worker lends to the executions it owns.

import type { CompiledValue } from '../../kernel/expression/compile.ts'
import type { Scope } from '../../kernel/expression/scope.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'
import type { Result } from '../../kernel/problem.ts'
import type { Audience, Recipient, RegisteredAction, Transaction } from '../../packs/kit.ts'
import type { JournalEntry } from '../../record/journal.ts'
import type { NewExecution, Parent } from '../../record/executions.ts'
import type { Gate } from '../gate/gate.ts'
import type { EngineDoors } from '../gate/guarded-doors.ts'
import type { EngineWatch } from '../watch.ts'
import type { TenantSecrets } from '../redaction/tenant-secrets.ts'
import type { Ended } from './act.ts'
import type { Run } from './in-flight.ts'
import type { LoadedVersions, OwnFields } from './loaded-version.ts'
import type { OwnedExecution } from './owned-execution.ts'
import type { Tenant } from '../../record/tenants.ts'

/** A value at once on the fast path, else a promise. */
export type Evaluate = (value: CompiledValue, scope: Scope) => Result<Json> | Promise<Result<Json>>

export interface StartRequest {
  readonly tenantId: string
  readonly workflow: string
  readonly inputs: JsonObject
  readonly startedBy: string
  readonly parent?: Parent
  readonly depth: number
}

/** What the worker needs from the rest of the house; put together in main. */
export interface EngineParts {
  readonly now: () => number
  readonly newId: () => string
  /** In [0, 1). */
  readonly chance: () => number
  readonly evaluate: Evaluate
  readonly doors: EngineDoors
  /** What effects of class C go through. */
  readonly gate: Gate
  /** The action as the tenant sees it. */
  findAction(tenant: Tenant, name: string): RegisteredAction | undefined
  /** The fields of an action's config that hold expressions over data of its own. */
  readonly ownFields: OwnFields
  findTenant(tenantId: string): Promise<Tenant>
  /** The tenant's secrets, for an execution that uses those of these names. */
  secretsOf(tenantId: string, names: readonly string[]): Promise<TenantSecrets>
  /** The tenant's secrets have changed. */
  forgetSecrets?(tenantId: string): void
  recipients(tenantId: string, audience: Audience): Promise<readonly Recipient[]>
  callbackUrl(step: {
    tenantId: string
    executionId: string
    step: string
    item: number | undefined
    repeats: number
  }): string
  /** Resolves a child workflow to the row that starts it. */
  prepareStart(request: StartRequest): Promise<Result<NewExecution>>
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, detail: JsonObject) => void
  /** Told of events once they are durable. */
  onDurable?(entries: readonly JournalEntry[]): void
  readonly watch?: EngineWatch
}

export interface WorkerHost {
  readonly parts: EngineParts
  readonly versions: LoadedVersions
  /** Longest JSON text of one output, in characters. */
  readonly maxPayload: number
  /** False while the worker cannot be sure that it still owns anything, or drains: nothing new starts. */
  mayStart(): boolean
  /** The execution has something to write. */
  enqueue(execution: OwnedExecution): void
  /** The execution cannot go on as it is. */
  fault(execution: OwnedExecution, error: Error): void
  /** The execution is at rest: it is no longer this worker's. */
  letGo(execution: OwnedExecution): void
  /** Runs a transactional action: what it writes and the event that tells of it are committed together. */
  transact(execution: OwnedExecution, run: Run, work: (transaction: Transaction) => Promise<Ended>): Promise<void>
}
