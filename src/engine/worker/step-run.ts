// One attempt of a step, an item or a compensation while it is under way: exactly one end of it is told.

import { stateAt } from '../../kernel/plan/state.ts'
import type { Failure, JournalEvent } from '../../kernel/plan/journal.ts'
import type { Transaction } from '../../packs/kit.ts'
import { withoutSecrets } from '../redaction/recorded.ts'
import type { Ended } from './act.ts'
import { failureOf } from './failure.ts'
import type { Run } from './in-flight.ts'
import type { Records } from './outbox.ts'
import type { OwnedExecution } from './owned-execution.ts'

export interface Place {
  readonly index: number
  readonly item: number | undefined
  readonly attempt: number
  readonly timeoutMs: number
  /** Whether the action writes in the transaction that writes its event. */
  readonly isTransactional: boolean
  /** Whether the journal tells when it starts. */
  readonly isTold: boolean
  /** What goes with its end, however it ends: the signal it was woken with, the wait it answers. */
  readonly records: Partial<Records> | undefined
  /** In messages: "Step pay". */
  readonly title: string
  /** Undefined when its failure no longer matters. */
  failed(failure: Failure, startedAt: number): JournalEvent | undefined
}

export type Work = (run: Run, transaction: Transaction | undefined) => Promise<Ended>

/** Registers the run, and sees to it that exactly one end of it is told: its own, or the failure set from outside. */
export function begin(execution: OwnedExecution, place: Place, work: Work): void {
  const run = new StepRun(execution, place)
  execution.runs.add(run)
  if (place.isTransactional) {
    const done = execution.host.transact(execution, run, (transaction) => work(run, transaction))
    done.catch((error: unknown) => run.fail(failureOf(error)))
  } else {
    work(run, undefined).then(
      (ended) => run.tell(ended),
      (error: unknown) => run.fail(failureOf(error)),
    )
  }
}

class StepRun implements Run {
  readonly index: number
  readonly item: number | undefined
  readonly attempt: number
  readonly startedAt: number
  deadline: number
  isRecorded: boolean
  isOver = false
  private readonly execution: OwnedExecution
  private readonly place: Place
  /** Made when somebody asks for its signal: few actions do, and it costs more than a short one. */
  private controller: AbortController | undefined
  private isAborted = false

  constructor(execution: OwnedExecution, place: Place) {
    this.index = place.index
    this.item = place.item
    this.attempt = place.attempt
    this.startedAt = execution.host.parts.now()
    this.deadline = this.startedAt + place.timeoutMs
    this.isRecorded = place.isTold
    this.execution = execution
    this.place = place
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController()
    if (this.isAborted) this.controller.abort()
    return this.controller.signal
  }

  abort(): void {
    this.isAborted = true
    this.controller?.abort()
  }

  tell(ended: Ended): void {
    if (this.isOver) return
    this.isOver = true
    const { event, records } = withoutSecrets(ended, this.execution.secrets?.redactor)
    this.execution.tell({ event, records, run: this })
  }

  fail(failure: Failure): void {
    // An attempt that ends while the execution winds down is not tried again.
    const isLast = this.execution.state.ending !== undefined && !this.isCompensating()
    const event = this.place.failed(isLast ? { ...failure, retry: false } : failure, this.startedAt)
    this.tell({ event, records: this.place.records })
  }

  expire(): void {
    this.abort()
    const message = `${this.place.title} took longer than ${this.place.timeoutMs / 1000} s.`
    this.fail({ code: 'step_timeout', message, retry: true })
  }

  private isCompensating(): boolean {
    return this.index >= 0 && stateAt(this.execution.state, this.index).status === 'completed'
  }
}
