// An execution that is rehearsed: it obeys the plan as a worker does, with a clock of its own.

import { failAttempt, failCompensation } from '../../kernel/plan/attempt.ts'
import { type Command, type InFlight, nextCommands } from '../../kernel/plan/commands.ts'
import { applyEvent } from '../../kernel/plan/fold.ts'
import { type GraphStep, stepAt } from '../../kernel/plan/graph.ts'
import type { Failure, JournalEvent } from '../../kernel/plan/journal.ts'
import { type ExecutionState, isSettled, newState, runAt, stateAt } from '../../kernel/plan/state.ts'
import type { SettledStep } from '../../kernel/testcase/compare.ts'
import { ActionError, type Json } from '../../packs/kit.ts'
import { failureOf } from '../worker/failure.ts'
import type { LoadedVersion } from '../worker/loaded-version.ts'
import type { EachItem } from '../worker/scope.ts'
import { BudgetSpent } from './budget.ts'
import type { Ended, Place, StepWork } from './step-work.ts'

/** Nothing is under way between two looks at the plan: all that starts together has ended when it looks again. */
const nothing: InFlight = { count: 0, has: () => false, items: () => 0 }
const mostItems = 10_000

/** Tells how a piece of work ended, to a state that others may have changed since it began. */
type Finish = () => JournalEvent | undefined

export class RehearsedExecution {
  readonly state: ExecutionState
  readonly journal: JournalEvent[] = []
  readonly path: SettledStep[] = []
  /** What conditions gave, by step. */
  readonly conditions = new Map<string, boolean>()
  readonly startedAt: number
  now: number
  output: Json = null
  isOutputAssumed = false
  private readonly version: LoadedVersion
  private readonly work: StepWork
  /** Waits that have had their answer; those that go on have to sit out their time. */
  private readonly answered = new Set<string>()

  constructor(version: LoadedVersion, now: number, makeWork: (execution: RehearsedExecution) => StepWork) {
    this.version = version
    this.startedAt = now
    this.now = now
    this.state = newState(version.graph, now)
    this.work = makeWork(this)
  }

  /** Goes on until it has ended, waits for what nobody answers, or the budget is spent. */
  async play(): Promise<'ended' | 'waiting' | 'cut_off'> {
    try {
      while (this.state.ended === undefined) {
        const { commands, wakeAt } = nextCommands(this.state, this.now, nothing)
        if (commands.length > 0) await this.obey(commands)
        else if (await this.answerNext()) continue
        else if (wakeAt !== undefined) this.now = wakeAt
        else return 'waiting'
      }
      return 'ended'
    } catch (error) {
      if (error instanceof BudgetSpent) return 'cut_off'
      throw error
    }
  }

  /** What the plan calls for at once begins at once: none sees what another gives. */
  private async obey(commands: readonly Command[]): Promise<void> {
    const finishes: Finish[] = []
    for (const command of commands) finishes.push(await this.perform(command))
    for (const finish of finishes) this.append(finish())
  }

  private append(event: JournalEvent | undefined): void {
    if (event === undefined) return
    this.journal.push(event)
    applyEvent(this.state, event, () => this.version.graph)
    if (!('step' in event)) return
    const { id, index } = this.stepOf(event.step)
    const { status, outcome } = stateAt(this.state, index)
    const isTold = this.path.some(({ step }) => step === id)
    if (!isSettled(status) || status === 'bypassed' || isTold) return
    if (status === 'completed' || status === 'failed' || status === 'skipped')
      this.path.push({ step: id, status, outcome })
  }

  private async perform(command: Command): Promise<Finish> {
    switch (command.do) {
      case 'run':
        return this.attempt(command, () => this.runStep(command))
      case 'wake': {
        const place = this.placeOf(command.index, command.item)
        return this.attempt(place, () => this.work.wake(place, { kind: command.signal }, false))
      }
      case 'expire': {
        const place = this.placeOf(command.index, command.item)
        const message = `Step ${this.stepAt(place).id} waited too long.`
        return () => this.failed(place, { code: 'step_timeout', message, retry: true })
      }
      case 'compensate':
        return this.compensate(command.index, command.attempt)
      case 'record':
        return () => command.event
      case 'complete':
        return this.complete()
      case 'abort':
        return () => undefined
    }
  }

  private async attempt(place: Place, work: () => Promise<Ended>): Promise<Finish> {
    await this.work.budget.countRun()
    try {
      const ended = await work()
      return () => this.told(place, ended)
    } catch (error) {
      if (error instanceof BudgetSpent) throw error
      const failure = failureOf(error)
      return () => this.failed(place, failure)
    }
  }

  private async runStep(place: Place): Promise<Ended> {
    const { index, item } = place
    const { step } = this.stepAt(place)
    const templates = this.version.templates[index]
    if (item !== undefined || stateAt(this.state, index).fanOut !== undefined) return this.work.act(place)
    if (templates?.condition !== undefined) {
      const isMet = await this.work.condition(step.id, templates.condition)
      this.conditions.set(step.id, isMet)
      if (!isMet) return { kind: 'skipped' }
    }
    if (templates?.items === undefined) return this.work.act(place)
    const items = await this.work.items(step.id, templates.items)
    if (items.length > mostItems)
      throw new ActionError(
        'payload_too_large',
        `for_each has ${items.length} items; at most ${mostItems} are allowed.`,
      )
    return { kind: 'fanned out', items }
  }

  private told(place: Place, ended: Ended): JournalEvent | undefined {
    const { attempt, item } = place
    const step = this.stepAt(place).id
    const run = { step, attempt, at: this.now, startedAt: this.now, ...(item !== undefined && { item }) }
    switch (ended.kind) {
      case 'skipped':
        return { type: 'step.skipped', step, at: this.now }
      case 'fanned out':
        return { type: 'step.fanned_out', step, items: ended.items, at: this.now }
      case 'keep waiting':
        return undefined
      case 'waiting':
        return { type: 'step.waiting', ...run, wait: ended.wait, ...(ended.memo !== undefined && { memo: ended.memo }) }
      case 'completed':
        return { type: 'step.completed', ...run, outcome: ended.outcome, output: ended.output }
    }
  }

  /** While the execution winds down, nothing is tried again. */
  private failed(place: Place, given: Failure): JournalEvent {
    const failure = this.state.ending === undefined ? given : { ...given, retry: false }
    const { item, attempt } = place
    return failAttempt(this.stepAt(place), { item, attempt, failure, at: this.now, startedAt: this.now, chance: 0 })
  }

  private async compensate(index: number, attempt: number): Promise<Finish> {
    await this.work.budget.countRun()
    const step = stepAt(this.state.graph, index)
    const ended = { step: step.id, attempt, at: this.now }
    try {
      const output = await this.work.compensate(index)
      return () => ({ type: 'compensation.completed', ...ended, output })
    } catch (error) {
      if (error instanceof BudgetSpent) throw error
      const failure = failureOf(error)
      return () => failCompensation(step, { attempt, failure, at: this.now, startedAt: this.now, chance: 0 })
    }
  }

  private async complete(): Promise<Finish> {
    try {
      const { value, isAssumed } = await this.work.output(this.version.output)
      this.output = value
      this.isOutputAssumed = isAssumed
      return () => ({ type: 'execution.ended', status: 'completed', output: value, at: this.now })
    } catch (error) {
      if (error instanceof BudgetSpent) throw error
      const failure = failureOf(error)
      return () => ({ type: 'execution.failing', failure, at: this.now })
    }
  }

  /** Answers the first step that waits for somebody or something. False when there is none. */
  private async answerNext(): Promise<boolean> {
    if (this.state.ending !== undefined) return false
    for (const place of this.waiting()) {
      const key = `${place.index}/${place.item}/${place.attempt}`
      if (this.answered.has(key)) continue
      this.answered.add(key)
      const finish = await this.attempt(place, async () => {
        const answer = this.work.answerOf(place)
        return answer === undefined ? { kind: 'keep waiting' } : this.work.wake(place, answer.signal, answer.isAssumed)
      })
      const event = finish()
      this.append(event)
      if (event !== undefined) return true
    }
    return false
  }

  private waiting(): Place[] {
    return [...this.state.open].flatMap((index) => {
      const step = stateAt(this.state, index)
      const items = step.fanOut === undefined ? [undefined] : [...step.fanOut.active]
      return items.flatMap((item) => {
        const run = runAt(step, item)
        return run.status === 'waiting' && run.wait?.on !== 'timer' ? [{ index, item, attempt: run.attempt }] : []
      })
    })
  }

  /** The item of a `for_each` that a run is for. */
  eachOf({ index, item }: Pick<Place, 'index' | 'item'>): EachItem | undefined {
    if (item === undefined) return undefined
    return { item: stateAt(this.state, index).fanOut?.items[item] ?? null, index: item }
  }

  memoOf({ index, item }: Place): Json | undefined {
    return runAt(stateAt(this.state, index), item).memo
  }

  stepAt({ index }: Pick<Place, 'index'>): GraphStep {
    return stepAt(this.state.graph, index)
  }

  private stepOf(id: string): GraphStep {
    return stepAt(this.state.graph, this.state.graph.indexOf.get(id) ?? -1)
  }

  private placeOf(index: number, item: number | undefined): Place {
    return { index, item, attempt: runAt(stateAt(this.state, index), item).attempt }
  }
}
