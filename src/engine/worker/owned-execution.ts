// An execution in the hands of a worker: it folds what is durable, starts what the plan calls for, and hands over what to write.

import { failAttempt } from '../../kernel/plan/attempt.ts'
import { type Command, nextCommands } from '../../kernel/plan/commands.ts'
import { withDefaults } from '../../kernel/definition/inputs.ts'
import { applyEvent, fold, type GraphOf } from '../../kernel/plan/fold.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { type ExecutionState, runAt, stateAt } from '../../kernel/plan/state.ts'
import type { Rest } from '../../record/append.ts'
import type { ClaimedExecution } from '../../record/claims.ts'
import type { JournalEntry } from '../../record/journal.ts'
import type { StoredSignal } from '../../record/signals.ts'
import type { Ended } from './act.ts'
import { endRecords } from './end.ts'
import { completeExecution, runCompensation, runStep, wakeStep } from './run.ts'
import { answerable } from './waits.ts'
import { HeldVersions } from './held-versions.ts'
import { type Run, Runs } from './in-flight.ts'
import { Inbox } from './inbox.ts'
import type { WorkerHost } from './host.ts'
import type { LoadedVersion } from './loaded-version.ts'
import { type Outgoing, type Records, withRecords } from './outbox.ts'
import type { TenantSecrets } from '../redaction/tenant-secrets.ts'
import type { Tenant } from '../../record/tenants.ts'
import { takeSignal } from './signals.ts'

/** How long an execution that only waits for a time stays in memory rather than being parked. */
const lingerMs = 1000
/** How long an aborted run may take to end by itself. */
const abortGraceMs = 5000
/** After how long a run is written down as started. */
const recordAfterMs = 250

export interface Batch {
  readonly execution: OwnedExecution
  readonly entries: JournalEntry[]
  records: Records | undefined
  rest: Rest | undefined
}

export class OwnedExecution {
  readonly host: WorkerHost
  claimed: ClaimedExecution
  readonly tenant: Tenant
  readonly runs = new Runs()
  /** When this worker took it over, by its own monotonic clock. */
  readonly ownedSince = performance.now()
  readonly versions: HeldVersions
  state: ExecutionState
  isCommitting = false
  /** Set once the worker no longer owns it; what its runs still bring is ignored. */
  isGone = false
  /** It was given up once: what it writes now must be taken. */
  isHopeless = false
  private seq: number
  private readonly outgoing: Outgoing[] = []
  private readonly inbox = new Inbox()
  private readonly whenFree: (() => void)[] = []
  /** An event that follows from the state is on its way: planning again would only repeat it. */
  hasDeduced = false
  private timer: NodeJS.Timeout | undefined

  constructor(
    host: WorkerHost,
    claimed: ClaimedExecution,
    tenant: Tenant,
    versions: Map<string, LoadedVersion>,
    journal: readonly JournalEvent[],
  ) {
    this.host = host
    this.claimed = claimed
    this.tenant = tenant
    this.versions = new HeldVersions(versions, claimed.versionId)
    this.state = fold(this.version.graph, claimed.startedAt.getTime(), journal, this.graphOf)
    this.seq = journal.length
  }

  get version(): LoadedVersion {
    return this.versions.current
  }

  get secrets(): TenantSecrets | undefined {
    return this.versions.secrets
  }

  /** Starts what the plan calls for. Call it only when everything that the state holds is durable. */
  pump(): void {
    if (this.isGone || this.isCommitting) return
    try {
      this.goOn()
    } catch (error) {
      this.host.fault(this, error instanceof Error ? error : new Error(String(error)))
    }
  }

  private goOn(): void {
    clearTimeout(this.timer)
    if (this.inbox.hasNews) this.inbox.offer((signal) => takeSignal(this, signal))
    if (this.hasDeduced || !this.host.mayStart()) return
    const now = this.host.parts.now()
    const plan = nextCommands(this.state, now, this.runs)
    for (const command of plan.commands) this.follow(command, now)
    if (plan.commands.length === 0 && this.runs.count === 0 && this.outgoing.length === 0) {
      if (plan.wakeAt === undefined || plan.wakeAt > now + lingerMs) return this.host.enqueue(this)
    }
    if (plan.wakeAt !== undefined)
      this.timer = setTimeout(() => this.pump(), Math.max(1, Math.min(plan.wakeAt - now, lingerMs)))
  }

  /** Something happened: it is written with the next commit. */
  tell(outgoing: Outgoing): void {
    if (this.isGone) return
    this.outgoing.push(outgoing)
    this.host.enqueue(this)
  }

  /** An event that follows from the state or from a signal, not from a run. */
  deduce(event: JournalEvent, records?: Partial<Records>): void {
    this.hasDeduced = true
    this.tell({ event, records, run: undefined })
  }

  deliver(signals: readonly StoredSignal[]): void {
    if (this.inbox.add(signals)) this.pump()
  }

  /** Ends it with a failure that nothing in its definition can handle. */
  giveUp(code: 'internal' | 'worker_lost', message: string): void {
    this.isHopeless = true
    this.deduce({ type: 'execution.failing', failure: { code, message, retry: false }, at: this.host.parts.now() })
  }

  /** Everything to write now. From here to `acknowledge` the state is ahead of what is durable, so nothing starts. */
  take(): Batch {
    this.isCommitting = true
    this.hasDeduced = false
    const batch: Batch = { execution: this, entries: [], records: undefined, rest: undefined }
    const told = this.outgoing.splice(0)
    for (const { event, records, run } of told) {
      // Two ends can cross, a cancel and the last output: the first one written is the end.
      const isLate = this.state.ended !== undefined && event?.type !== 'execution.retried'
      if (event !== undefined && !isLate) this.write(batch, event)
      batch.records = withRecords(batch.records, records)
      if (run !== undefined) this.runs.remove(run.index, run.item)
    }
    if (told.length > 0) this.inbox.reconsider()
    this.conclude(batch)
    return batch
  }

  /** Takes, with the end of a run, as soon as no commit is under way; undefined when the run is over or the execution gone. */
  async takeWhenFree(run: Run, ended: Ended): Promise<Batch | undefined> {
    while (this.isCommitting && !this.isGone) await new Promise<void>((resolve) => this.whenFree.push(resolve))
    if (this.isGone || run.isOver) return undefined
    // No await from the check to here: of two that wait, one takes and the other goes on waiting.
    run.tell(ended)
    return this.take()
  }

  /** What `take` handed over is durable. */
  acknowledge(batch: Batch): void {
    this.isCommitting = false
    for (const resolve of this.whenFree.splice(0)) resolve()
    if (batch.rest !== undefined) {
      this.leave()
      return this.host.letGo(this)
    }
    if (this.outgoing.length > 0) this.host.enqueue(this)
    this.pump()
  }

  /** The worker no longer owns it: stop what is under way and forget the rest. */
  leave(): void {
    this.isGone = true
    clearTimeout(this.timer)
    for (const resolve of this.whenFree.splice(0)) resolve()
    for (const run of this.runs) run.abort()
  }

  /** Ends attempts past their deadline, and writes down that longer ones have started. */
  sweep(now: number): void {
    for (const run of this.runs) {
      if (now >= run.deadline) run.expire()
      else if (!run.isOver && !run.isRecorded && now - run.startedAt >= recordAfterMs) {
        run.isRecorded = true
        this.tell({ event: this.started(run, run.startedAt), records: undefined, run: undefined })
      }
    }
  }

  private readonly graphOf: GraphOf = (versionId) => {
    const { graph, workflow } = this.versions.changeOver(versionId)
    this.claimed = { ...this.claimed, inputs: withDefaults(workflow.inputs, this.claimed.inputs) }
    return graph
  }

  private write(batch: Batch, event: JournalEvent): void {
    applyEvent(this.state, event, this.graphOf)
    batch.entries.push({ tenantId: this.claimed.tenantId, executionId: this.claimed.id, seq: ++this.seq, event })
  }

  /** Adds what follows at once: facts, the end, or the rest when nothing is left to do but wait. */
  private conclude(batch: Batch): void {
    const now = this.host.parts.now()
    for (;;) {
      if (this.state.ended !== undefined) return this.rest(batch, this.state.ended, undefined)
      const plan = nextCommands(this.state, now, this.runs)
      const [command] = plan.commands
      if (command === undefined) {
        const isBusy =
          this.runs.count > 0 || this.inbox.hasNews || (plan.wakeAt !== undefined && plan.wakeAt <= now + lingerMs)
        return isBusy ? undefined : this.rest(batch, this.state.paused ? 'paused' : 'waiting', plan.wakeAt)
      }
      const event = this.factOf(command, now)
      if (event === undefined) return undefined
      this.write(batch, event)
    }
  }

  private factOf(command: Command, now: number): JournalEvent | undefined {
    if (command.do === 'record') return command.event
    if (command.do === 'complete' && this.version.output === undefined && this.runs.count === 0) {
      return { type: 'execution.ended', status: 'completed', at: now }
    }
    return undefined
  }

  private rest(batch: Batch, status: Rest['status'], wakeAt: number | undefined): void {
    const { tenantId, id: executionId } = this.claimed
    const last = batch.entries.at(-1)?.event
    const end = last?.type === 'execution.ended' ? last : undefined
    batch.rest = {
      tenantId,
      executionId,
      status,
      wakeAt: wakeAt === undefined ? undefined : new Date(wakeAt),
      output: end?.output ?? null,
      // An end of before, to which a signal came that changes nothing, keeps its reason.
      failure: end?.failure ?? (this.state.ended === undefined ? undefined : this.state.ending?.failure),
      heldSignals: this.inbox.size,
    }
    if (end !== undefined) batch.records = withRecords(batch.records, endRecords(this, end))
  }

  private follow(command: Command, now: number): void {
    switch (command.do) {
      case 'run':
        return this.runOrRecord(command.index, command.item, command.attempt)
      case 'wake':
        return wakeStep(this, command, { kind: command.signal }, undefined)
      case 'expire':
        return this.expire(command.index, command.item, now)
      case 'compensate':
        return runCompensation(this, command.index, command.attempt)
      case 'record':
        return this.deduce(command.event)
      case 'complete':
        return completeExecution(this)
      case 'abort':
        for (const run of this.runs) {
          run.abort()
          run.deadline = Math.min(run.deadline, now + abortGraceMs)
        }
    }
  }

  /** Where a worker has died before, a run is written down first, so that the one that kills workers is known. */
  private runOrRecord(index: number, item: number | undefined, attempt: number): void {
    const { status } = runAt(stateAt(this.state, index), item)
    if (this.claimed.takeovers === 0 || status === 'running') return runStep(this, index, item, attempt)
    this.deduce(this.started({ index, item, attempt }, this.host.parts.now()))
  }

  private started({ index, item, attempt }: Pick<Run, 'index' | 'item' | 'attempt'>, at: number): JournalEvent {
    const event = { type: 'step.started', step: stepAt(this.state.graph, index).id, attempt, at } as const
    return item === undefined ? event : { ...event, item }
  }

  private expire(index: number, item: number | undefined, now: number): void {
    const step = stepAt(this.state.graph, index)
    const run = runAt(stateAt(this.state, index), item)
    const failure = {
      code: 'step_timeout',
      message: `Step ${step.id} was not answered within ${step.step.timeout}.`,
      retry: true,
    } as const
    const { attempt, startedAt } = run
    const event = failAttempt(step, { item, attempt, failure, at: now, startedAt, chance: this.host.parts.chance() })
    const { tenantId, id: executionId } = this.claimed
    const place = { tenantId, executionId, step: step.id, ...answerable(run.wait) }
    const closed = { ...place, status: 'expired', at: new Date(now) } as const
    this.deduce(event, { closedWaits: [item === undefined ? closed : { ...closed, item }] })
  }
}
