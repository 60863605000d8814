// A simulated worker: it does what the plan commands, in an order and with results that random choices decide, and crashes.

import { applyEvent, fold } from '../../src/kernel/plan/fold.ts'
import { failAttempt } from '../../src/kernel/plan/attempt.ts'
import { type Command, type InFlight, nextCommands } from '../../src/kernel/plan/commands.ts'
import { buildGraph, type Graph, type GraphStep, stepAt } from '../../src/kernel/plan/graph.ts'
import { type JournalEvent, versionIdOf } from '../../src/kernel/plan/journal.ts'
import { planMigration } from '../../src/kernel/plan/migration-plan.ts'
import { type ExecutionState, newState, runAt, stateAt } from '../../src/kernel/plan/state.ts'
import { late, randomResult, type Work } from './random-result.ts'
import type { RandomRun } from './random-workflow.ts'
import { promise, Witness } from './witness.ts'

const enoughTurns = 3000

export class SimulatedWorker {
  readonly journal: JournalEvent[] = []
  state: ExecutionState
  private now = 1000
  private readonly graphs: ReadonlyMap<string, Graph>
  private readonly witness: Witness
  private readonly work = new Map<string, Work>()
  private readonly run: RandomRun
  private readonly usedKeys = new Set<string>()
  private choice = 0
  private retries = 0
  private migrations = 0
  crashes = 0

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
      promise(plan.wakeAt === undefined || plan.wakeAt > this.now, 'a time to wake lies ahead')
      for (const command of plan.commands) {
        this.witness.sees(command, this.now, this.inFlight, this.state.graph)
        this.obey(command)
      }
      if (this.state.ended !== undefined) {
        this.look()
        if (!this.retryFromFailed()) return
      } else if (plan.commands.length === 0 || this.pick(12) === 11) this.move()
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
    if (event.type === 'step.completed') this.checkKey(event)
    const version = versionIdOf(event)
    this.witness.hears(event, version === undefined ? undefined : this.graphOf(version).workflow)
    applyEvent(this.state, event, this.graphOf)
  }

  /** Receivers drop what comes again under the same idempotency key, so none may stand for two completed pieces of work. */
  private checkKey({ step, item }: Extract<JournalEvent, { type: 'step.completed' }>): void {
    if ([...this.graphs.values()].some((graph) => !graph.indexOf.has(step))) return
    const { repeats } = stateAt(this.state, this.state.graph.indexOf.get(step) ?? -1)
    const key = `${step}[${item}]:${repeats}`
    promise(!this.usedKeys.has(key), 'an idempotency key stands for one piece of work')
    this.usedKeys.add(key)
  }

  private obey(command: Command): void {
    const { now: at } = this
    switch (command.do) {
      case 'run':
      case 'wake': {
        const { index, item } = command
        const attempt = command.do === 'run' ? command.attempt : this.attemptOf(index, item)
        this.work.set(`${index}/${item}`, { kind: command.do, index, item, attempt, startedAt: at })
        if (this.pick(5) === 4) {
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
        const failed = { item, attempt, startedAt: at, at, failure: late, chance: 0 }
        return this.append(failAttempt(this.stepAt(index), failed))
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

  private move(): void {
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
      case 14:
        return this.migrate()
      case 15:
        this.now += this.pick(8) * 1000
        return
      default:
        return this.progress()
    }
  }

  /** To the other version, where that is allowed. */
  private migrate(): void {
    if (this.state.ended !== undefined || this.work.size > 0 || this.migrations === 3) return
    const other = this.state.graph.workflow.name === this.run.mended.name ? this.run.workflow : this.run.mended
    const before = written(this.state)
    const { dropped, problems } = planMigration(this.state, this.graphOf(other.name))
    promise(before === written(this.state), 'a plan changes nothing')
    if (problems.length > 0) return
    this.migrations++
    this.append({ type: 'execution.migrated', by: 'ana', versionId: other.name, dropped, at: this.now })
  }

  /** The plainest thing that brings the execution on; there always is one. */
  private progress(): void {
    const { commands, wakeAt } = nextCommands(this.state, this.now, this.inFlight)
    if (commands.length > 0) return
    const signals = this.awaited()
    const underWay = [...this.work]
    const work = underWay[this.pick(Math.max(1, underWay.length))]
    const signal = signals[this.pick(Math.max(1, signals.length))]
    if (work !== undefined && (signal === undefined || this.pick(4) < 3)) this.settle(...work)
    else if (signal !== undefined && (wakeAt === undefined || this.pick(2) === 0)) {
      this.work.set(`${signal.index}/${signal.item}`, signal)
    } else if (wakeAt !== undefined) this.sleep(wakeAt)
    else if (this.state.paused) this.append({ type: 'execution.resumed', by: 'ana', at: this.now })
    else promise(false, 'an execution that waits for nothing has ended')
  }

  private sleep(until: number): void {
    if (this.work.size === 0) this.witness.sleeps(until)
    this.now = until
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
    this.append(randomResult(step, work, this.now, (count) => this.pick(count)))
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
    this.crashes++
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
