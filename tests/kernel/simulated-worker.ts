// A simulated worker: it does what the plan commands, in an order and with results that random choices decide, and crashes.

import { applyEvent, fold } from '../../src/kernel/plan/fold.ts'
import { failAttempt, failCompensation } from '../../src/kernel/plan/attempt.ts'
import { type Command, type InFlight, nextCommands, type Plan } from '../../src/kernel/plan/commands.ts'
import { buildGraph, type Graph, type GraphStep, stepAt } from '../../src/kernel/plan/graph.ts'
import type { Failure, JournalEvent, Wait } from '../../src/kernel/plan/journal.ts'
import { type ExecutionState, newState, runAt, stateAt } from '../../src/kernel/plan/state.ts'
import type { RandomRun } from './random-workflow.ts'
import { promise, Witness } from './witness.ts'

interface Work {
  readonly kind: 'run' | 'wake' | 'compensate'
  readonly index: number
  readonly item: number | undefined
  readonly attempt: number
  readonly startedAt: number
}

const outcomes = ['completed', 'approved', 'rejected', 'expired', 'yes', 'no', 'failed']
const flaky: Failure = { code: 'http_failed', message: 'No answer.', retry: true }
const final: Failure = { code: 'http_refused', message: 'No.', retry: false }
const late: Failure = { code: 'step_timeout', message: 'Too slow.', retry: true }
const enoughTurns = 3000

export class SimulatedWorker {
  readonly journal: JournalEvent[] = []
  state: ExecutionState
  private now = 1000
  private readonly graphs: ReadonlyMap<string, Graph>
  private readonly witness: Witness
  private readonly work = new Map<string, Work>()
  private readonly run: RandomRun
  private choice = 0
  private retries = 0

  constructor(run: RandomRun) {
    this.run = run
    this.graphs = new Map([run.workflow, run.mended].map((workflow) => [workflow.name, buildGraph(workflow)]))
    this.state = newState(this.graphOf(run.workflow.name), this.now)
    this.witness = new Witness(run.workflow, this.now)
  }

  /** Goes on until the execution has ended for good; throws when a promise is broken. */
  finish(): void {
    for (let turn = 0; turn < enoughTurns; turn++) {
      const plan = nextCommands(this.state, this.now, this.inFlight)
      this.witness.agrees(this.state)
      this.witness.sees(plan, this.now, this.inFlight, this.state.graph)
      for (const command of plan.commands) this.obey(command)
      if (this.state.ended !== undefined) {
        this.look()
        if (!this.retryFromFailed()) return
      } else if (plan.commands.length === 0 || this.pick(12) === 11) this.move(plan)
    }
    promise(false, 'an execution ends when all it waits for is answered')
  }

  private readonly inFlight: InFlight = (() => {
    const all = () => [...this.work.values()]
    return {
      get count() {
        return all().length
      },
      has: (index, item) => this.work.has(`${index}/${item}`),
      items: (index) => all().filter((work) => work.index === index && work.item !== undefined).length,
    }
  })()

  private readonly graphOf = (name: string): Graph => {
    const graph = this.graphs.get(name)
    if (graph === undefined) throw new Error(`There is no version ${name}`)
    return graph
  }

  /** The next choice: a number below `count`, 0 when the choices are used up. */
  private pick(count: number): number {
    return (this.run.choices[this.choice++] ?? 0) % count
  }

  private append(event: JournalEvent): void {
    this.journal.push(event)
    const version = event.type === 'execution.retried' ? event.versionId : undefined
    this.witness.hears(event, version === undefined ? undefined : this.graphOf(version).workflow)
    applyEvent(this.state, event, this.graphOf)
  }

  private obey(command: Command): void {
    const { now: at } = this
    switch (command.do) {
      case 'run':
      case 'wake': {
        const { index, item } = command
        const attempt = command.do === 'run' ? command.attempt : this.attemptOf(index, item)
        this.work.set(`${index}/${item}`, { kind: command.do, index, item, attempt, startedAt: at })
        if (command.do === 'run' && this.pick(5) === 4) {
          this.append({ type: 'step.started', at, startedAt: at, ...this.refOf({ index, item, attempt }) })
        }
        return
      }
      case 'compensate':
        this.work.set(`${command.index}/undefined`, { kind: 'compensate', item: undefined, startedAt: at, ...command })
        return
      case 'expire': {
        const { index, item } = command
        const attempt = this.attemptOf(index, item)
        return this.append(failAttempt(this.stepAt(index), this.failed({ item, attempt, startedAt: at }, late)))
      }
      case 'record':
        return this.append(command.event)
      case 'complete':
        return this.append({ type: 'execution.ended', status: 'completed', output: null, at })
      case 'abort':
        for (const [key, work] of this.work)
          if (this.pick(3) === 0) this.work.delete(key)
          else this.settle(key, work)
    }
  }

  private move(plan: Plan): void {
    switch (this.pick(20)) {
      case 19:
        return this.crash()
      case 18:
        this.look()
        return
      case 17:
        if (this.state.paused) this.append({ type: 'execution.resumed', by: 'ana', at: this.now })
        else this.append({ type: 'execution.paused', by: 'ana', at: this.now })
        return
      case 16:
        if (this.pick(3) === 1) this.append({ type: 'execution.cancelling', by: 'ana', at: this.now })
        return
      case 15:
        this.now += this.pick(8) * 1000
        return
      default:
        return this.progress(plan)
    }
  }

  /** The plainest thing that brings the execution on; there always is one. */
  private progress(plan: Plan): void {
    const signals = this.awaited()
    const underWay = [...this.work]
    const work = underWay[this.pick(Math.max(1, underWay.length))]
    const signal = signals[this.pick(Math.max(1, signals.length))]
    if (work !== undefined && (signal === undefined || this.pick(4) < 3)) this.settle(...work)
    else if (signal !== undefined && (plan.wakeAt === undefined || this.pick(2) === 0)) {
      this.work.set(`${signal.index}/${signal.item}`, signal)
    } else if (plan.wakeAt !== undefined) this.now = Math.max(plan.wakeAt, this.now)
    else if (this.state.paused) this.append({ type: 'execution.resumed', by: 'ana', at: this.now })
    else promise(plan.commands.length > 0, 'an execution that waits for nothing has ended')
  }

  /** Runs that something from outside could wake now. */
  private awaited(): readonly Work[] {
    const { state, now } = this
    if (state.ending !== undefined || state.paused) return []
    return [...state.open].flatMap((index) => {
      const step = stateAt(state, index)
      if (step.fanOut?.failure !== undefined) return []
      return [undefined, ...(step.fanOut?.active ?? [])].flatMap((item): Work[] => {
        const { status, wait, attempt } = runAt(step, item)
        const isAwaited = status === 'waiting' && wait?.on !== 'timer' && !this.inFlight.has(index, item)
        return isAwaited ? [{ kind: 'wake', index, item, attempt, startedAt: now }] : []
      })
    })
  }

  private settle(key: string, work: Work): void {
    this.work.delete(key)
    const step = this.stepAt(work.index)
    if (work.kind === 'compensate') return this.append(this.compensated(step, work))
    if (step.step.for_each !== undefined && work.item === undefined) return this.append(this.fannedOut(step, work))
    this.append(this.result(step, work))
  }

  private result(step: GraphStep, work: Work): JournalEvent {
    const base = { ...this.refOf(work), at: this.now, startedAt: work.startedAt }
    const wait = (on: Wait['on'], seconds?: number): JournalEvent => ({
      ...{ type: 'step.waiting', ...base, memo: this.now },
      wait: { on, ...(seconds !== undefined && { until: this.now + seconds * 1000 }) },
    })
    switch (this.pick(14)) {
      case 13:
        return failAttempt(step, this.failed(work, late))
      case 12:
        return failAttempt(step, this.failed(work, final))
      case 11:
      case 10:
        return failAttempt(step, this.failed(work, flaky))
      case 9:
        return wait('approval', 1 + this.pick(20))
      case 8:
        return wait('form')
      case 7:
        return wait('timer', 1 + this.pick(20))
      case 6:
        if (step.step.condition !== undefined && work.kind === 'run') return this.skipped(step, work)
    }
    const output = `${work.attempt}@${this.now}`
    return { type: 'step.completed', ...base, outcome: outcomes[this.pick(outcomes.length)] ?? 'completed', output }
  }

  /** A `for_each` first decides its condition and its items. */
  private fannedOut(step: GraphStep, work: Work): JournalEvent {
    const choice = this.pick(9)
    if (choice === 8) return failAttempt(step, this.failed(work, flaky))
    if (choice === 7 && step.step.condition !== undefined) return this.skipped(step, work)
    const items = Array.from({ length: choice % 6 }, (_, item) => item)
    return { type: 'step.fanned_out', step: step.id, items, at: this.now, startedAt: work.startedAt }
  }

  private skipped(step: GraphStep, { item }: Work): JournalEvent {
    return { type: 'step.skipped', step: step.id, ...(item !== undefined && { item }), at: this.now }
  }

  private compensated(step: GraphStep, work: Work): JournalEvent {
    const choice = this.pick(6)
    if (choice > 3) return failCompensation(step, this.failed(work, choice === 4 ? flaky : final))
    return { type: 'compensation.completed', step: step.id, attempt: work.attempt, output: null, at: this.now }
  }

  private failed({ item, attempt, startedAt }: Pick<Work, 'item' | 'attempt' | 'startedAt'>, failure: Failure) {
    return { item, attempt, failure, at: this.now, startedAt, chance: this.pick(10) / 10 }
  }

  private retryFromFailed(): boolean {
    if (this.state.ended === 'completed' || this.retries === 2 || this.pick(4) === 0) return false
    this.retries++
    this.now += 100_000
    const { steps } = this.state.graph
    const failed = steps.filter(({ index }) => stateAt(this.state, index).status === 'failed').map(({ id }) => id)
    const random = stepAt(this.state.graph, this.pick(steps.length)).id
    const named = [failed, failed, [], [random]][this.pick(4)] ?? []
    const versionId = this.pick(2) === 1 ? [this.run.workflow, this.run.mended][this.pick(2)]?.name : undefined
    this.append({
      type: 'execution.retried',
      by: 'ana',
      steps: named,
      at: this.now,
      ...(versionId !== undefined && { versionId }),
    })
    return true
  }

  /** All that was in memory is lost; the journal tells it again. */
  private crash(): void {
    this.state = this.look()
    this.work.clear()
  }

  /** The state folded anew; it must be the one that grew event by event, and lead to the same commands. */
  private look(): ExecutionState {
    const again = fold(this.graphOf(this.run.workflow.name), this.state.startedAt, this.journal, this.graphOf)
    promise(written(again) === written(this.state), 'the journal replayed gives the same state')
    const plans = [again, this.state, this.state].map((state) => nextCommands(state, this.now, this.inFlight))
    promise(new Set(plans.map((plan) => JSON.stringify(plan))).size === 1, 'the same state gives the same commands')
    return again
  }

  private attemptOf(index: number, item: number | undefined): number {
    return runAt(stateAt(this.state, index), item).attempt
  }

  private stepAt(index: number): GraphStep {
    return stepAt(this.state.graph, index)
  }

  private refOf({ index, item, attempt }: Pick<Work, 'index' | 'item' | 'attempt'>) {
    return { step: this.stepAt(index).id, ...(item !== undefined && { item }), attempt }
  }
}

/** A state as text, with sets and maps in their order. */
function written(state: ExecutionState): string {
  return JSON.stringify({ ...state, graph: state.graph.workflow.name }, (_, value: unknown) =>
    value instanceof Set || value instanceof Map ? [...value] : value,
  )
}
