// What an action sees of its step. Made for every attempt, so it holds little and computes what is asked for.

import type { EachItem } from './scope.ts'
import { evaluateOwn } from './evaluation.ts'
import { stateAt } from '../../kernel/plan/state.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import type { Json } from '../../kernel/json.ts'
import type { ActionContext, Impact, Transaction } from '../../packs/kit.ts'
import { guardedDoors } from '../gate/guarded-doors.ts'
import type { Deed } from '../gate/step-gate.ts'
import type { Run } from './in-flight.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { pastTrouble } from './passing.ts'

interface Placed {
  readonly execution: OwnedExecution
  readonly run: Run
  readonly transaction: Transaction | undefined
}

/** `purpose` tells the compensation of a step from the step itself. */
export class StepContext implements ActionContext<Json> {
  readonly config: Json
  readonly transaction: Transaction | undefined
  readonly now: number
  private readonly execution: OwnedExecution
  private readonly run: Run
  private readonly deed: Deed
  private readonly impact: Impact

  constructor({ execution, run, transaction }: Placed, deed: Deed, impact: Impact) {
    this.config = deed.config
    this.transaction = transaction
    this.now = execution.host.parts.now()
    this.execution = execution
    this.run = run
    this.deed = deed
    this.impact = impact
  }

  get tenantId(): string {
    return this.execution.claimed.tenantId
  }

  get executionId(): string {
    return this.execution.claimed.id
  }

  get workflow(): string {
    return this.execution.version.workflow.name
  }

  get step(): string {
    return stepAt(this.execution.state.graph, this.run.index).id
  }

  get item(): number | undefined {
    return this.run.item
  }

  get attempt(): number {
    return this.run.attempt
  }

  get idempotencyKey(): string {
    const item = this.item === undefined ? '' : `[${this.item}]`
    return `${this.executionId}:${this.step}${item}:${this.repeats}${this.deed.purpose}`
  }

  get signal(): AbortSignal {
    return this.run.signal
  }

  get doors(): ActionContext<Json>['doors'] {
    const { execution, signal, deed, impact } = this
    return guardedDoors({ execution, signal, ...deed }, impact)
  }

  get callbackUrl(): ActionContext<Json>['callbackUrl'] {
    const { tenantId, executionId, step, item, repeats } = this
    return () => this.execution.host.parts.callbackUrl({ tenantId, executionId, step, item, repeats })
  }

  get evaluateOwn(): ActionContext<Json>['evaluateOwn'] {
    return (text, own) => evaluateOwn(this.execution, eachOf(this.execution, this.run), text, own)
  }

  get recipients(): ActionContext<Json>['recipients'] {
    const { tenantId, signal } = this
    return (audience) => pastTrouble(() => this.execution.host.parts.recipients(tenantId, audience), signal)
  }

  get log(): ActionContext<Json>['log'] {
    const { tenantId, executionId, step } = this
    const { host, secrets } = this.execution
    return (level, message, data) =>
      host.parts.log(level, secrets?.redactor.text(message) ?? message, {
        tenantId,
        executionId,
        step,
        ...(data !== undefined && { data: secrets?.redactor.json(data) ?? data }),
      })
  }

  private get repeats(): number {
    return stateAt(this.execution.state, this.run.index).repeats
  }
}

export function eachOf(execution: OwnedExecution, run: Run): EachItem | undefined {
  if (run.item === undefined) return undefined
  return { item: stateAt(execution.state, run.index).fanOut?.items[run.item] ?? null, index: run.item }
}
