// What a pack needs to add actions: the only file of the house that packs may import.

import type { z } from 'zod'
import type { ActionShape } from '../kernel/definition/action-shape.ts'
import { isJsonObject } from '../kernel/json.ts'
import type { Json, JsonObject } from '../kernel/json.ts'
import type { ImpactRule } from '../kernel/impact/classify.ts'
import type { ProblemCode } from '../kernel/problem.ts'
import { type ImpactOf, impactOf } from './action-impact.ts'
import type { Doors } from './doors.ts'
import { toPayload } from './payload.ts'

export type { Impact } from '../kernel/definition/action-shape.ts'
export { checkInputs } from '../kernel/definition/inputs.ts'
export { inputSchema } from '../kernel/definition/workflow.ts'
export { isJsonObject } from '../kernel/json.ts'
export type { Judgement, Surroundings } from '../kernel/impact/classify.ts'
export type { Json, JsonObject } from '../kernel/json.ts'
export type { Doors, HttpRequest, HttpResponse, Mail } from './doors.ts'
export { anyJson, audience, duration, timestamp } from './fields.ts'
export { asJsonObject } from './payload.ts'

/**
 * What an action does to the world.
 * `pure`: nothing. `transactional`: writes through `context.transaction`, which commits together with the event that
 * completes the step, so it happens exactly once. `external`: at least once; `context.idempotencyKey` is the same for each attempt.
 */
export type Effect = 'pure' | 'transactional' | 'external'

/** Who is meant: a role (membership or approver role), a council, or members by e-mail address. */
export type Audience =
  | { readonly role: string }
  | { readonly council: string }
  | { readonly members: readonly string[] }

export interface Recipient {
  readonly id: string
  readonly name: string
  readonly email: string
}

export interface ApprovalRequest {
  readonly summary: string
  readonly details?: Json
  readonly approvers: Audience
  readonly quorum: number | 'majority' | 'unanimous'
}

export interface FormRequest {
  readonly title: string
  readonly instructions?: string
  /** The fields, in the shape of a workflow's `inputs`. */
  readonly fields: JsonObject
  readonly audience: Audience
}

/** What a suspended step waits for. It costs no memory. `until`: epoch ms after which `resume` gets `expired`. */
export type WaitFor =
  | { readonly on: 'timer'; readonly until: number }
  | { readonly on: 'event'; readonly event: string; readonly match?: JsonObject; readonly until?: number }
  | { readonly on: 'callback'; readonly until?: number }
  | { readonly on: 'approval'; readonly request: ApprovalRequest; readonly until?: number }
  | { readonly on: 'form'; readonly request: FormRequest; readonly until?: number }
  | { readonly on: 'child'; readonly workflow: string; readonly inputs: JsonObject; readonly until?: number }

/** What woke a suspended step. */
export type Signal =
  | { readonly kind: 'due' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'event'; readonly event: string; readonly data: Json; readonly id: string }
  | { readonly kind: 'callback'; readonly data: Json }
  | {
      readonly kind: 'approval'
      readonly decision: 'approved' | 'rejected'
      readonly votes: readonly JsonObject[]
      /** What whoever approved it made of the details; absent when nobody changed them. */
      readonly edit?: Json
    }
  | { readonly kind: 'form'; readonly data: JsonObject; readonly by: string }
  | {
      readonly kind: 'child'
      readonly status: 'completed' | 'failed' | 'cancelled'
      readonly output: Json
      readonly executionId: string
      readonly message?: string
    }

/** Records that are written together with the step's event, hence exactly once. */
export type Write =
  | {
      readonly write: 'notification'
      readonly to: readonly string[]
      readonly message: string
      readonly title?: string
    }
  | { readonly write: 'execution'; readonly workflow: string; readonly inputs: JsonObject }

/** How a run of an action ends: with an output, or waiting. `memo` comes back to `resume`. */
export type ActionResult<Output> =
  | { readonly output: Output; readonly outcome?: string; readonly writes?: readonly Write[] }
  | { readonly wait: WaitFor; readonly memo?: Json; readonly writes?: readonly Write[] }
  | 'keep waiting'

/** Thrown by an action to fail its attempt. `retry` says whether another attempt may succeed. */
export class ActionError extends Error {
  readonly code: ProblemCode
  readonly retry: boolean
  readonly detail: Json | undefined

  constructor(code: ProblemCode, message: string, options: { retry?: boolean; detail?: Json } = {}) {
    super(message)
    this.name = 'ActionError'
    this.code = code
    this.retry = options.retry ?? false
    this.detail = options.detail
  }
}

/** A transaction of the project's database, bound to the step's tenant. */
export interface Transaction {
  query<Row extends object = JsonObject>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

export interface ActionContext<Config> {
  readonly config: Config
  readonly tenantId: string
  readonly executionId: string
  readonly workflow: string
  readonly step: string
  /** Position in a `for_each`. */
  readonly item: number | undefined
  /** 1 for the first. */
  readonly attempt: number
  /** The same for each attempt of this step (and item) of this execution; another only when the step runs again after it had completed. */
  readonly idempotencyKey: string
  /** Epoch ms. */
  readonly now: number
  /** Aborted at the step's timeout, at cancel and at shutdown. */
  readonly signal: AbortSignal
  readonly doors: Doors
  /** The public address that answers this step's `callback` wait; it carries an unguessable token. */
  readonly callbackUrl: () => string
  /**
   * The value of a field named in `ownExpressions`, over the step's scope and the action's own values (`{ event: … }`).
   * Throws where the expression fails.
   */
  readonly evaluateOwn: (text: string, own: JsonObject) => Promise<Json>
  /** The members an audience names. */
  recipients(audience: Audience): Promise<readonly Recipient[]>
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, data?: Json): void
  /** Present for actions whose effect is `transactional`. */
  readonly transaction: Transaction | undefined
}

export interface Action<Config extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly config: Config
  readonly output: Output
  /** A constant, or told from the config and from which hosts are internal, perhaps with a sentence that says why. */
  readonly impact: ImpactOf<Config>
  readonly effect: Effect
  /** Outcomes besides `failed`; `completed` alone when absent. May depend on the unresolved config. */
  readonly outcomes?: ActionShape['outcomes']
  readonly ownExpressions?: ActionShape['ownExpressions']
  /** Longest working time of an attempt when the step sets no timeout, in ms; 5 minutes when absent. */
  readonly timeoutMs?: number
  readonly examples?: readonly { readonly title: string; readonly config: JsonObject }[]
  run(context: ActionContext<z.output<Config>>): Promise<ActionResult<z.input<Output>>>
  resume?(
    context: ActionContext<z.output<Config>>,
    signal: Signal,
    memo: Json | undefined,
  ): Promise<ActionResult<z.input<Output>>>
}

/** An action whose config and output types are closed over: what a registry holds. */
export interface RegisteredAction extends ActionShape {
  readonly impact: ImpactRule
  readonly effect: Effect
  readonly timeoutMs: number
  readonly examples: readonly { readonly title: string; readonly config: JsonObject }[]
  /**
   * Parses the config, runs, and parses the output. Throws `ActionError` for a config that does not fit or an output that
   * breaks the promise. The context is copied by its own properties: make it an object literal, not an instance of a class.
   */
  run(context: ActionContext<Json>): Promise<ActionResult<Json>>
  resume(context: ActionContext<Json>, signal: Signal, memo: Json | undefined): Promise<ActionResult<Json>>
}

export interface Pack {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly actions: readonly RegisteredAction[]
}

const namePattern = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/
const defaultTimeoutMs = 5 * 60_000

/**
 * Closes an action over its types. The result parses what comes in and what goes out, so that the engine can hold actions
 * of all types alike. Throws for a name that is not dotted lower case ("purchase_order.send"): an error of the programmer.
 */
export function defineAction<Config extends z.ZodType, Output extends z.ZodType>(
  action: Action<Config, Output>,
): RegisteredAction {
  const { name, title, description, config, output, impact, effect, ownExpressions } = action
  if (!namePattern.test(name)) throw new Error(`"${name}" cannot name an action; write it like "purchase_order.send".`)
  const outcomes = action.outcomes ?? ['completed']

  const prepare = (context: ActionContext<Json>) => withConfig(context, parseConfig(name, config, context.config))
  const finish = (context: ActionContext<Json>, result: ActionResult<z.input<Output>>): ActionResult<Json> => {
    if (result === 'keep waiting' || 'wait' in result) return result
    const declared =
      typeof outcomes === 'function' ? outcomes(isJsonObject(context.config) ? context.config : {}) : outcomes
    return {
      ...result,
      outcome: parseOutcome(name, declared, result.outcome),
      output: parseOutput(name, output, result.output),
    }
  }

  return {
    name,
    title,
    description,
    config,
    output,
    effect,
    outcomes,
    ...(ownExpressions !== undefined && { ownExpressions }),
    impact: typeof impact === 'function' ? (raw, around) => impactOf(name, config, impact, raw, around) : impact,
    timeoutMs: action.timeoutMs ?? defaultTimeoutMs,
    examples: action.examples ?? [],
    run: async (context) => finish(context, await action.run(prepare(context))),
    resume: async (context, signal, memo) => {
      if (action.resume === undefined)
        throw new ActionError('internal', `${name} was woken by "${signal.kind}" but never waits.`)
      return finish(context, await action.resume(prepare(context), signal, memo))
    },
  }
}

/** The same context with its config parsed. What a context only computes when it is asked for is not computed here. */
function withConfig<Config>(context: ActionContext<Json>, config: Config): ActionContext<Config> {
  // oxlint-disable-next-line typescript/no-unsafe-assignment, typescript/no-unsafe-argument -- prototypes are any to TypeScript
  const parsed: ActionContext<Json> = Object.create(Object.getPrototypeOf(context))
  return Object.assign(parsed, context, { config })
}

export function definePack(pack: Pack): Pack {
  return pack
}

function parseConfig<Config extends z.ZodType>(action: string, schema: Config, raw: Json): z.output<Config> {
  const payload = toPayload(raw)
  if (!payload.ok) throw new ActionError('action_config', `The config of ${action} does not fit: ${payload.problem}.`)
  const parsed = schema.safeParse(payload.value)
  if (parsed.success) return parsed.data
  throw new ActionError('action_config', `The config of ${action} does not fit: ${listIssues(parsed.error)}.`)
}

function parseOutput(action: string, schema: z.ZodType, raw: unknown): Json {
  // Before the schema, because a schema drops the keys that must be refused; after it, because it may leave what JSON cannot hold.
  const payload = toPayload(raw)
  if (!payload.ok)
    throw new ActionError('invalid_output', `The output of ${action} cannot be kept: ${payload.problem}.`)
  const parsed = schema.safeParse(payload.value)
  if (!parsed.success)
    throw new ActionError(
      'invalid_output',
      `The output of ${action} is not what it promises: ${listIssues(parsed.error)}.`,
    )
  const kept = toPayload(parsed.data)
  if (kept.ok) return kept.value
  throw new ActionError('invalid_output', `The output of ${action} cannot be kept: ${kept.problem}.`)
}

function parseOutcome(action: string, declared: readonly string[], outcome = 'completed'): string {
  if (declared.includes(outcome)) return outcome
  throw new ActionError(
    'invalid_output',
    `${action} settled as "${outcome}", which is none of its outcomes: ${declared.join(', ')}.`,
  )
}

function listIssues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
}
