// One attempt of a step in a rehearsal: what is pure runs for real, what reaches outside is told and gives what was said of it.

import type { CompiledValue } from '../../kernel/expression/compile.ts'
import type { Scope } from '../../kernel/expression/scope.ts'
import type { Wait } from '../../kernel/plan/journal.ts'
import { answerTo } from '../../kernel/testcase/answers.ts'
import {
  ActionError,
  type ActionResult,
  type Json,
  type JsonObject,
  type RegisteredAction,
  type Signal,
  type WaitFor,
} from '../../packs/kit.ts'
import type { LoadedVersion } from '../worker/loaded-version.ts'
import { scopeOf } from '../worker/scope.ts'
import { Assumptions } from './assumptions.ts'
import type { Budget } from './budget.ts'
import { Children, type Rehearse } from './children.ts'
import { Choices } from './choices.ts'
import { effectOf } from './effects.ts'
import { nailedContext } from './nailed-context.ts'
import type { RehearsalParts, RehearsalRequest, RehearsedEffect, RehearsedRun } from './rehearsal.ts'
import type { RehearsedExecution } from './rehearsed-execution.ts'
import { type Resolved, Resolver } from './resolving.ts'
import { outcomesOf, requireConfig, sampleOutput } from './sample-output.ts'
import { assumed, saidOf, type UnplayedStep } from './unplayed-step.ts'
import { answerWait, type WaitAnswer } from './wait-answers.ts'

export interface Place {
  readonly index: number
  readonly item: number | undefined
  readonly attempt: number
}

export type Ended =
  | { readonly kind: 'skipped' }
  | { readonly kind: 'fanned out'; readonly items: readonly Json[] }
  | { readonly kind: 'keep waiting' }
  | { readonly kind: 'waiting'; readonly wait: Wait; readonly memo: Json | undefined }
  | { readonly kind: 'completed'; readonly outcome: string; readonly output: Json }

const executionId = '00000000-0000-7000-8000-000000000000'

export class StepWork {
  readonly runs: RehearsedRun[] = []
  readonly effects: RehearsedEffect[] = []
  readonly assumptions: Assumptions
  readonly choices: Choices
  readonly children: Children
  readonly budget: Budget
  private readonly parts: RehearsalParts
  private readonly request: RehearsalRequest
  private readonly version: LoadedVersion
  private readonly secrets: Readonly<Record<string, string>>
  private readonly resolver: Resolver
  private readonly execution: RehearsedExecution
  private readonly waitsFor = new Map<string, WaitFor>()

  constructor(given: {
    readonly parts: RehearsalParts
    readonly request: RehearsalRequest
    readonly version: LoadedVersion
    readonly budget: Budget
    readonly execution: RehearsedExecution
    readonly rehearse: Rehearse
  }) {
    const { parts, request, version, budget, execution } = given
    const assumptions = new Assumptions(request.sampled)
    this.assumptions = assumptions
    this.parts = parts
    this.request = request
    this.version = version
    this.budget = budget
    this.execution = execution
    this.choices = new Choices(request.choose)
    this.children = new Children(parts, request, given.rehearse)
    this.secrets = Object.fromEntries(version.secrets.map((name) => [name, `{{ secrets.${name} }}`]))
    const isTolerant = this.choices.isAsking
    this.resolver = new Resolver({ evaluate: parts.evaluate, assumptions, budget, isTolerant })
  }

  /** Whether the step runs. */
  async condition(step: string, template: CompiledValue): Promise<boolean> {
    const needs = this.assumptions.neededBy(template, step)
    const taken = this.choices.take({ step, item: undefined, about: 'condition', options: ['true', 'false'], needs })
    if (taken !== undefined && needs.length > 0) return taken === 'true'
    const { value } = await this.resolver.resolve(template, this.scope(undefined), step)
    if (typeof value === 'boolean') return value
    throw new ActionError('expression_type', 'The condition is neither true nor false.')
  }

  /** The list of a `for_each`; one sample item where it cannot be known. */
  async items(step: string, template: CompiledValue): Promise<readonly Json[]> {
    const { value, needs, unknown } = await this.resolver.resolve(template, this.scope(undefined), step)
    if (needs.length > 0) this.assumptions.addList(step)
    if (unknown.length > 0) return [null]
    if (isList(value)) return value
    if (needs.length > 0 && this.choices.isAsking) return [null]
    throw new ActionError('expression_type', 'The items of for_each are not a list.')
  }

  async output(template: CompiledValue | undefined): Promise<{ value: Json; isAssumed: boolean }> {
    if (template === undefined) return { value: null, isAssumed: false }
    const { value, needs } = await this.resolver.resolve(template, this.scope(undefined), undefined)
    return { value, isAssumed: needs.length > 0 }
  }

  async act(place: Place): Promise<Ended> {
    const { id, step } = this.execution.stepAt(place)
    const action = this.actionOf(step.action)
    const resolved = await this.configOf(place)
    const { attempt, item } = place
    this.runs.push({ step: id, item, attempt, config: resolved.value, unknown: resolved.unknown })
    if (attempt === 1) this.tell(id, item, action, resolved.value, false)
    const isOpen = this.isOpen(action, resolved)
    const given = answerTo(this.request.answers, id, attempt)
    const unplayed = this.unplayed(place, action, resolved.needs)
    const said = given === undefined ? undefined : saidOf(unplayed, given)
    if (said !== undefined) return said
    if (action.effect !== 'pure' || isOpen) return assumed(unplayed)
    return this.runPure(place, action, resolved)
  }

  /** Wakes a waiting run. `isAssumed`: what it is woken with is a sample. */
  async wake(place: Place, signal: Signal, isAssumed: boolean): Promise<Ended> {
    const action = this.actionOf(this.execution.stepAt(place).step.action)
    const { value, needs } = await this.configOf(place)
    const context = this.contextOf(place, value, isAssumed)
    const result = await action.resume(context, signal, this.execution.memoOf(place))
    return this.ended(place, result, isAssumed || needs.length > 0)
  }

  /** How what a run waits for is answered; undefined where nobody answers. */
  answerOf(place: Place): WaitAnswer | undefined {
    const { id } = this.execution.stepAt(place)
    const wait = this.waitsFor.get(keyOf(place))
    if (wait === undefined || wait.on === 'timer') return undefined
    if (wait.on === 'child') return this.children.answer(keyOf(place))
    const given = answerTo(this.request.answers, id, place.attempt)
    return answerWait({ step: id, item: place.item, wait, given }, this.choices)
  }

  /** What undoes a step is told, and succeeds unless it is pure and fails. */
  async compensate(index: number): Promise<Json> {
    const { id, step } = this.execution.stepAt({ index })
    const template = this.version.templates[index]?.compensation
    const action = this.actionOf(step.compensate?.action ?? '')
    if (template === undefined) throw new ActionError('internal', `Step ${id} has no compensation.`)
    const { value, unknown } = await this.resolver.resolve(template, this.scope(undefined), id)
    this.tell(id, undefined, action, value, true)
    if (unknown.length > 0) return sampleOutput(action)
    requireConfig(action, value)
    if (action.effect !== 'pure') return sampleOutput(action)
    const result = await action.run(this.contextOf({ index, item: undefined, attempt: 1 }, value, false))
    if (result !== 'keep waiting' && 'output' in result) return result.output
    throw new ActionError('step_failed', `${action.name} waits for something, so it cannot compensate a step.`)
  }

  private configOf(place: Place): Promise<Resolved> {
    const template = this.version.templates[place.index]?.config
    const { id } = this.execution.stepAt(place)
    if (template === undefined) throw new ActionError('internal', `Step ${id} has no config.`)
    return this.resolver.resolve(template, this.scope(place), id)
  }

  /** Whether too little of the config is known to run the step. Throws where it does not suit the action. */
  private isOpen(action: RegisteredAction, { value, needs, unknown }: Resolved): boolean {
    if (unknown.length > 0) return true
    try {
      requireConfig(action, value)
      return false
    } catch (error) {
      if (needs.length > 0 && this.choices.isAsking) return true
      throw error
    }
  }

  private unplayed({ index, item }: Place, action: RegisteredAction, needs: readonly string[]): UnplayedStep {
    const { choices, assumptions } = this
    return { step: this.execution.stepAt({ index }), item, action, needs, choices, assumptions }
  }

  private async runPure(place: Place, action: RegisteredAction, { value, needs }: Resolved): Promise<Ended> {
    const isUncertain = needs.length > 0 && this.choices.isAsking
    let ended: Ended
    try {
      ended = await this.ended(place, await action.run(this.contextOf(place, value, false)), needs.length > 0)
    } catch (error) {
      if (isUncertain) return assumed(this.unplayed(place, action, needs))
      throw error
    }
    if (!isUncertain || ended.kind !== 'completed') return ended
    const { id, step } = this.execution.stepAt(place)
    const options = [...new Set([ended.outcome, ...outcomesOf(action, step.config ?? {})])]
    const outcome = this.choices.take({ step: id, item: place.item, about: 'outcome', options, needs })
    return outcome === ended.outcome
      ? ended
      : { ...ended, outcome: outcome ?? ended.outcome, output: sampleOutput(action) }
  }

  private async ended(place: Place, result: ActionResult<Json>, isAssumed: boolean): Promise<Ended> {
    const { id } = this.execution.stepAt(place)
    if (result === 'keep waiting') return { kind: 'keep waiting' }
    for (const write of result.writes ?? []) {
      if (write.write === 'execution') await this.start(id, place.item, write.workflow, write.inputs)
    }
    if ('wait' in result) {
      const { wait, memo } = result
      this.waitsFor.set(keyOf(place), wait)
      if (wait.on === 'child') await this.start(id, place.item, wait.workflow, wait.inputs, keyOf(place))
      const { on, until } = wait
      return { kind: 'waiting', wait: { on, ...(until !== undefined && { until }) }, memo }
    }
    if (isAssumed) this.assumptions.add(id)
    return { kind: 'completed', outcome: result.outcome ?? 'completed', output: result.output }
  }

  private async start(
    step: string,
    item: number | undefined,
    workflow: string,
    inputs: JsonObject,
    key?: string,
  ): Promise<void> {
    const content = { workflow, inputs }
    const effect = { kind: 'execution', to: [workflow], content, leaves: false, compensates: false } as const
    this.effects.push({ step, item, ...effect })
    await this.children.start({ step, workflow, inputs, now: this.execution.now, key })
  }

  private tell(
    step: string,
    item: number | undefined,
    action: RegisteredAction,
    config: Json,
    compensates: boolean,
  ): void {
    const effect = effectOf(action, config)
    if (effect !== undefined) this.effects.push({ step, item, compensates, ...effect })
  }

  private contextOf(place: Place, config: Json, isAnswerAssumed: boolean) {
    const { id } = this.execution.stepAt(place)
    const { request, execution } = this
    return nailedContext({
      config,
      executionId,
      step: id,
      item: place.item,
      attempt: place.attempt,
      now: execution.now,
      tenantId: request.tenant.id,
      workflow: request.workflow.name,
      evaluateOwn: async (text, own) =>
        isAnswerAssumed
          ? true
          : this.resolver.own(
              text,
              {
                ...this.scope(place),
                ...own,
              },
              Object.keys(own),
            ),
    })
  }

  private scope(place: Place | undefined): Scope {
    const { request, version, execution, secrets } = this
    const { inputs, trigger = inputs, tenant } = request
    const claimed = { id: executionId, inputs, trigger, startedAt: new Date(request.now) }
    const known = { ...tenant, packs: [], createdAt: new Date(request.now) }
    const each = place === undefined ? undefined : execution.eachOf(place)
    return scopeOf({ claimed, version, state: execution.state, tenant: known, secrets }, execution.now, each)
  }

  private actionOf(name: string): RegisteredAction {
    const action = this.parts.findAction(name)
    if (action !== undefined) return action
    throw new ActionError(
      'unknown_action',
      `No action ${name}: it is not registered, or its pack is not enabled for this tenant.`,
    )
  }
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

function keyOf({ index, item, attempt }: Place): string {
  return `${index}/${item}/${attempt}`
}
