// A witness of one execution: it sees commands and hears events, knows only the definition, and objects to each broken promise.

import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'
import type { Command, InFlight } from '../../src/kernel/plan/commands.ts'
import type { Graph, GraphStep } from '../../src/kernel/plan/graph.ts'
import type { JournalEvent } from '../../src/kernel/plan/journal.ts'
import { type ExecutionState, isSettled, stateAt } from '../../src/kernel/plan/state.ts'
import {
  type Fact,
  isUnhandled,
  keepsItems,
  outcomeOfItems,
  runsAgain,
  sameItems,
  stepOf,
  verdictsOf,
} from './edge-rule.ts'

export function promise(isKept: boolean, text: string): void {
  if (!isKept) throw new Error(`Broken promise: ${text}`)
}

/** What was last heard of a run that has not settled. */
interface Heard {
  readonly event: Extract<JournalEvent, { type: 'step.started' | 'step.waiting' | 'step.retrying' }>
  readonly began: number
}

interface Items {
  readonly count: number
  readonly facts: Map<number, Fact>
  readonly begun: Set<number>
}

type StepEvent = Extract<JournalEvent, { step: string }>
type CommandOf<Name extends Command['do']> = Extract<Command, { do: Name }>

const milliseconds = (seconds: string | undefined) =>
  seconds === undefined ? Infinity : Number.parseInt(seconds, 10) * 1000
const runKey = (id: string, item: number | undefined) => (item === undefined ? id : `${id}[${item}]`)

export class Witness {
  workflow: Workflow
  ending: 'failed' | 'cancelled' | undefined
  paused = false
  facts = new Map<string, Fact>()
  private isEnded = false
  /** Another version may allow fewer attempts than there were. */
  private isMoved = false
  private mayAbort = false
  private timeoutFrom: number
  private items = new Map<string, Items>()
  private heard = new Map<string, Heard>()
  /** Steps in the order in which they completed. */
  private completions: string[] = []
  private compensations = new Map<string, Extract<JournalEvent, { type: `compensation.${string}` }>>()

  constructor(workflow: Workflow, startedAt: number) {
    this.workflow = workflow
    this.timeoutFrom = startedAt
  }

  /** Each command is seen right before it is obeyed: those before it have had their effect. */
  sees(command: Command, now: number, inFlight: InFlight, graph: Graph): void {
    promise(!this.isEnded, 'nothing happens after the end')
    promise(!this.paused || command.do === 'record', 'a pause holds')
    if (command.do === 'abort') promise(this.mayAbort && inFlight.count > 0, 'only a cancelled execution is aborted')
    else if (command.do === 'complete') this.seesComplete(inFlight)
    else if (command.do === 'record') this.seesRecord(command.event, now, inFlight)
    else {
      const step = graph.steps[command.index]
      if (step === undefined) throw new Error('A command for no step')
      if (command.do === 'compensate') this.seesCompensate(command, step, now, inFlight)
      else this.seesRun(command, step, now, inFlight)
    }
  }

  private seesRun(
    command: CommandOf<'run' | 'wake' | 'expire'>,
    { id, retry, step }: GraphStep,
    now: number,
    inFlight: InFlight,
  ): void {
    const { index, item } = command
    const heard = this.heard.get(runKey(id, item))
    promise(
      command.do === 'expire' || this.ending === undefined,
      'nothing starts in an execution that fails or is cancelled',
    )
    promise(!inFlight.has(index, item), 'nothing is started twice')
    promise(!this.facts.has(id), 'a settled step does not run')
    promise(
      verdictsOf(this.workflow, this.facts).get(id) === 'runs',
      `${id} runs only on its path, after all its sources`,
    )
    promise((item === undefined) === !this.items.has(id), 'items run once there are items, and then only they')
    if (item !== undefined) this.seesItem(id, item, step)
    if (item !== undefined && command.do !== 'expire')
      promise(!this.hasFailedItem(id), 'no item runs after one has failed')
    if (command.do === 'run') {
      const expected = heard === undefined ? 1 : heard.event.attempt + (heard.event.type === 'step.retrying' ? 1 : 0)
      promise(heard?.event.type !== 'step.waiting', 'what waits is woken, not run')
      const isAllowed = expected <= retry.attempts || this.isMoved
      promise(command.attempt === expected && isAllowed, 'attempts count up to what the policy allows')
      promise(heard?.event.type !== 'step.retrying' || heard.event.until <= now, 'a retry waits for its time')
      return
    }
    if (heard?.event.type !== 'step.waiting') throw new Error('Only what waits is woken')
    const { until = Infinity, on } = heard.event.wait
    const expiry = heard.began + milliseconds(step.timeout)
    if (command.do === 'expire')
      promise(expiry <= now && expiry < until, 'a wait expires at the timeout of its attempt')
    else {
      promise(until <= now && until <= expiry, 'a wait ends at its time')
      promise(command.signal === (on === 'timer' ? 'due' : 'expired'), 'timers are due, others expire')
    }
  }

  private seesItem(id: string, item: number, { for_each: forEach }: Step): void {
    const items = this.itemsOf(id)
    promise(!items.facts.has(item), 'a settled item does not run')
    items.begun.add(item)
    const active = [...items.begun].filter((begun) => !items.facts.has(begun))
    promise(active.length <= (forEach?.concurrency ?? 10), 'no more items are active than the concurrency allows')
  }

  private seesCompensate(
    { attempt }: CommandOf<'compensate'>,
    { id, compensationRetry: { attempts } }: GraphStep,
    now: number,
    inFlight: InFlight,
  ): void {
    const before = this.compensations.get(id)
    promise(this.ending !== undefined && inFlight.count === 0, 'compensation comes last, one at a time')
    promise(id === this.toCompensate(), 'compensation is in reverse order of completion')
    promise(attempt === (before?.attempt ?? 0) + 1 && attempt <= attempts, 'compensations keep to their attempts')
    promise(before?.type !== 'compensation.retrying' || before.until <= now, 'a compensation waits for its time')
  }

  private seesRecord(event: JournalEvent, now: number, inFlight: InFlight): void {
    if (event.type === 'execution.failing') {
      const isLate = now >= this.timeoutFrom + milliseconds(this.workflow.settings?.timeout)
      promise(isLate && this.ending === undefined, 'an execution times out once, at its time')
    } else if (event.type === 'execution.ended') {
      promise(event.status === this.ending && inFlight.count === 0, 'it ends as it must, when nothing is under way')
      promise(this.toCompensate() === undefined, 'it ends after all compensations')
    } else {
      if (event.type !== 'step.failed' || event.item !== undefined)
        throw new Error('Only a for_each is settled without a run')
      const first = [...this.itemsOf(event.step).facts.values()].find(({ status }) => status === 'failed')
      promise(
        this.hasFailedItem(event.step) && (this.isMoved || event.outcome === first?.outcome),
        'a for_each fails as its item did',
      )
    }
  }

  private seesComplete(inFlight: InFlight): void {
    const verdicts = verdictsOf(this.workflow, this.facts)
    const isDone = this.workflow.steps.every(({ id }) => this.facts.has(id) || verdicts.get(id) === 'bypassed')
    promise(isDone && inFlight.count === 0, 'it completes when all steps have settled')
    promise(this.ending === undefined, 'it completes only when it went well')
  }

  /** The state must say of each step what the definition and the facts say. */
  agrees(state: ExecutionState): void {
    const verdicts = verdictsOf(this.workflow, this.facts)
    promise(
      state.paused === this.paused && state.ending?.status === this.ending,
      'it is paused and ends as it was told',
    )
    for (const { id, index } of state.graph.steps) {
      const { status, outcome } = stateAt(state, index)
      const fact = this.facts.get(id)
      const verdict = verdicts.get(id)
      if (fact !== undefined)
        promise(fact.status === status && fact.outcome === outcome, `${id} is ${fact.status}, not ${status}`)
      else if (verdict === 'runs')
        promise(!isSettled(status) && status !== 'pending', `${id} may run, it is not ${status}`)
      else promise(status === (verdict === 'bypassed' ? 'bypassed' : 'pending'), `${id} is ${verdict}, not ${status}`)
      promise(state.open.has(index) === (fact === undefined && verdict === 'runs'), `${id} is open when it may run`)
    }
  }

  /** A worker that sleeps until `at` misses nothing. */
  sleeps(at: number): void {
    if (this.ending !== undefined || this.paused) return
    const { timeout } = this.workflow.settings ?? {}
    promise(timeout === undefined || this.timeoutFrom + milliseconds(timeout) >= at, 'the execution times out in time')
    for (const { event, began } of this.heard.values()) {
      if (this.facts.has(event.step)) continue
      if (event.type === 'step.retrying') promise(event.until >= at, 'a retry comes in time')
      if (event.type !== 'step.waiting') continue
      const expiry = began + milliseconds(stepOf(this.workflow, event.step).timeout)
      promise(Math.min(event.wait.until ?? Infinity, expiry) >= at, 'a wait ends in time')
    }
  }

  hears(event: JournalEvent, mended?: Workflow): void {
    if ('step' in event) this.hearsStep(event)
    else if (event.type === 'execution.paused') this.paused = this.ending === undefined
    else if (event.type === 'execution.resumed') this.paused = false
    else if (event.type === 'execution.cancelling' || event.type === 'execution.failing') {
      this.ending = event.type === 'execution.cancelling' ? 'cancelled' : 'failed'
      this.paused = false
      this.mayAbort = true
    } else if (event.type === 'execution.ended') this.isEnded = true
    else if (event.type === 'execution.migrated') this.hearsMigrated(event, mended ?? this.workflow)
    else this.hearsRetried(event, mended ?? this.workflow)
  }

  private hearsStep(event: StepEvent): void {
    switch (event.type) {
      case 'step.fanned_out':
        this.heard.delete(event.step)
        this.items.set(event.step, { count: event.items.length, facts: new Map(), begun: new Set() })
        return this.closeItems(event.step)
      case 'step.completed':
      case 'step.failed':
        return this.settles(event.step, event.item, {
          status: event.type === 'step.completed' ? 'completed' : 'failed',
          outcome: event.outcome,
        })
      case 'step.skipped':
        return this.settles(event.step, event.item, { status: 'skipped', outcome: undefined })
      case 'step.started':
      case 'step.waiting':
      case 'step.retrying': {
        const key = runKey(event.step, event.item)
        const before = this.heard.get(key)
        if (event.type === 'step.started' && before?.event.type === 'step.waiting') return
        const isSameWait = before?.event.type === 'step.waiting' && before.event.attempt === event.attempt
        this.heard.set(key, { event, began: isSameWait ? before.began : (event.startedAt ?? event.at) })
        return
      }
      default:
        promise(
          !['completed', 'failed'].includes(this.compensations.get(event.step)?.type.slice(13) ?? ''),
          'undone once',
        )
        this.compensations.set(event.step, event)
    }
  }

  private settles(id: string, item: number | undefined, fact: Fact): void {
    promise(!this.facts.has(id), `${id} settles once`)
    this.heard.delete(runKey(id, item))
    if (item === undefined) return this.settlesStep(id, fact)
    const { facts } = this.itemsOf(id)
    promise(!facts.has(item), `${id}[${item}] settles once`)
    facts.set(item, fact)
    this.closeItems(id)
  }

  private settlesStep(id: string, fact: Fact): void {
    this.facts.set(id, fact)
    if (fact.status === 'completed') this.completions.push(id)
    if (!isUnhandled(this.workflow, id, fact)) return
    this.ending ??= 'failed'
    this.paused = false
  }

  private closeItems(id: string): void {
    const { count, facts } = this.itemsOf(id)
    if (facts.size < count || this.hasFailedItem(id)) return
    const completed = [...facts.values()].filter(({ status }) => status === 'completed')
    this.settlesStep(id, { status: 'completed', outcome: outcomeOfItems(completed.map(({ outcome }) => outcome)) })
  }

  private itemsOf(id: string): Items {
    const items = this.items.get(id)
    if (items === undefined) throw new Error(`Broken promise: ${id} has items before they run`)
    return items
  }

  private hasFailedItem(id: string): boolean {
    if (stepOf(this.workflow, id).for_each?.on_item_error === 'continue') return false
    return [...this.itemsOf(id).facts.values()].some(({ status }) => status === 'failed')
  }

  private toCompensate(): string | undefined {
    const isOpen = (id: string) => {
      const type = this.compensations.get(id)?.type
      return type !== 'compensation.completed' && type !== 'compensation.failed'
    }
    return this.completions.findLast((id) => stepOf(this.workflow, id).compensate !== undefined && isOpen(id))
  }

  /** Keeps all that has settled, and what goes on waiting. */
  private hearsMigrated({ dropped }: Extract<JournalEvent, { type: 'execution.migrated' }>, workflow: Workflow): void {
    promise(!this.isEnded && this.ending === undefined, 'what ends is not moved')
    const before = this.workflow
    const known = new Set(workflow.steps.map(({ id }) => id))
    for (const [key, { event }] of this.heard) {
      const isAsking = event.type === 'step.waiting' && event.wait.on === 'approval'
      if (isAsking || dropped.includes(event.step) || !known.has(event.step)) this.heard.delete(key)
    }
    this.facts = new Map([...this.facts].filter(([id]) => known.has(id)))
    const verdicts = verdictsOf(workflow, this.facts)
    for (const [id, items] of this.items) {
      if (known.has(id) && (this.facts.has(id) || !dropped.includes(id))) continue
      const isSame = known.has(id) && sameItems(id, before, workflow)
      const isGivenUp = !known.has(id) || verdicts.get(id) === 'bypassed'
      promise(isSame || items.facts.size === 0 || isGivenUp, 'no item that settled is lost')
      if (isSame) this.items.set(id, { ...items, begun: new Set() })
      else this.items.delete(id)
    }
    this.completions = this.completions.filter((id) => known.has(id))
    this.workflow = workflow
    this.isMoved = true
  }

  /** Keeps what a retry by a person keeps, and forgets the rest. */
  private hearsRetried(event: Extract<JournalEvent, { type: 'execution.retried' }>, workflow: Workflow): void {
    const undone = [...this.compensations].flatMap(([id, { type }]) => (type === 'compensation.completed' ? [id] : []))
    const before = this.workflow
    const known = new Set(workflow.steps.map(({ id }) => id))
    const isAgain = runsAgain(workflow, this.facts, new Set([...event.steps, ...undone]))
    const completedOnly = (facts: Items['facts']) =>
      new Map([...facts].filter(([, { status }]) => status === 'completed'))
    this.items = new Map(
      [...this.items].flatMap(([id, { count, facts }]) => {
        if (known.has(id) && this.facts.has(id) && !isAgain(id)) return [[id, { count, facts, begun: new Set() }]]
        return keepsItems(id, before, workflow, this.facts, isAgain)
          ? [[id, { count, facts: completedOnly(facts), begun: new Set() }]]
          : []
      }),
    )
    this.facts = new Map([...this.facts].filter(([id]) => known.has(id) && !isAgain(id)))
    this.completions = this.completions.filter((id) => this.facts.has(id))
    this.workflow = workflow
    this.heard.clear()
    this.compensations.clear()
    this.timeoutFrom = event.at
    this.ending = undefined
    this.isEnded = false
    this.mayAbort = false
    this.paused = false
  }
}
