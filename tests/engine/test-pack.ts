// A pack whose actions a test can steer: what they do is looked up by name when they run.

import { z } from 'zod'
import type { Json } from '../../src/kernel/json.ts'
import {
  ActionError,
  anyJson,
  type ActionContext,
  type ActionResult,
  defineAction,
  definePack,
  type Signal,
} from '../../src/packs/kit.ts'

type Context = ActionContext<{ as: string; with?: Json | undefined }>

export interface Behaviour {
  run(context: Context): Promise<ActionResult<Json>>
  resume?(context: Context, signal: Signal, memo: Json | undefined): Promise<ActionResult<Json>>
}

const behaviours = new Map<string, Behaviour>()

/** What `test.act` and `test.transact` do when their config says `as: <name>`. */
export function behave(name: string, behaviour: Behaviour | Behaviour['run']): void {
  behaviours.set(name, typeof behaviour === 'function' ? { run: behaviour } : behaviour)
}

function behaviourOf({ config }: Context): Behaviour {
  const behaviour = behaviours.get(config.as)
  if (behaviour === undefined) throw new ActionError('not_found', `Nobody said how to behave as ${config.as}.`)
  return behaviour
}

/** A door that actions stand before: it counts those who came, and lets them through when the test says so. */
export class Gate {
  /** How many stand before it now, and how many at most did at once. */
  standing = 0
  most = 0
  passed = 0
  private isOpen = false
  private readonly waiting: (() => void)[] = []
  private readonly watchers: { readonly count: number; readonly resolve: () => void }[] = []

  async enter(): Promise<void> {
    this.standing++
    this.most = Math.max(this.most, this.standing)
    for (const watcher of this.watchers) if (this.standing >= watcher.count) watcher.resolve()
    if (!this.isOpen) await new Promise<void>((resolve) => this.waiting.push(resolve))
    this.standing--
    this.passed++
  }

  /** Resolves once so many stand before it. */
  async crowd(count: number): Promise<void> {
    if (this.standing >= count) return
    await new Promise<void>((resolve) => this.watchers.push({ count, resolve }))
  }

  /** Lets one through, or all from now on. */
  open(how: 'for one' | 'for all' = 'for all'): void {
    if (how === 'for one') return this.waiting.shift()?.()
    this.isOpen = true
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}

/** How often each key was tried by `test.flaky`, and what `test.record` was called with, in order. */
const tries = new Map<string, number>()
export const recorded: { step: string; key: string; item: number | undefined; value: Json; executionId: string }[] = []

/** Files of a worker share this module. */
export function forgetRecorded(): void {
  recorded.length = 0
  tries.clear()
}

const anything = anyJson
const outcomes = ['completed', 'approved', 'rejected', 'expired', 'other']
const actConfig = z.object({ as: z.string(), with: anything.optional() })
const misdeeds = [
  'garbage',
  'function',
  'never',
  'string',
  'null',
  'nul',
  'deaf',
  'nothing',
  'outcome',
  'throws',
] as const

export const testPack = definePack({
  name: 'test',
  title: 'Test',
  description: 'Actions for tests of the engine.',
  actions: [
    defineAction({
      name: 'test.noop',
      title: 'Nothing',
      description: 'Does nothing.',
      config: z.object({}),
      output: z.null(),
      impact: 'A',
      effect: 'pure',
      run: async () => ({ output: null }),
    }),
    defineAction({
      name: 'test.record',
      title: 'Record',
      description: 'Remembers that it was called and returns its value.',
      config: z.object({ value: anything.optional(), outcome: z.string().optional() }),
      output: anything,
      impact: 'A',
      effect: 'external',
      outcomes,
      run: async ({ step, item, idempotencyKey, config, executionId }) => {
        const value = config.value ?? null
        recorded.push({ step, key: idempotencyKey, item, value, executionId })
        return { output: value, outcome: config.outcome ?? 'completed' }
      },
    }),
    defineAction({
      name: 'test.flaky',
      title: 'Flaky',
      description: 'Fails the first times, then succeeds.',
      config: z.object({ key: z.string(), failures: z.number(), retry: z.boolean().default(true) }),
      output: z.object({ tries: z.number() }),
      impact: 'A',
      effect: 'external',
      run: async ({ config }) => {
        const count = (tries.get(config.key) ?? 0) + 1
        tries.set(config.key, count)
        if (count <= config.failures) throw new ActionError('http_failed', `Failure ${count}.`, { retry: config.retry })
        return { output: { tries: count } }
      },
    }),
    defineAction({
      name: 'test.act',
      title: 'Act',
      description: 'Does what the test says.',
      config: actConfig,
      output: anything,
      impact: 'A',
      effect: 'external',
      outcomes,
      run: (context) => behaviourOf(context).run(context),
      resume: async (context, signal, memo) =>
        (await behaviourOf(context).resume?.(context, signal, memo)) ?? 'keep waiting',
    }),
    defineAction({
      name: 'test.transact',
      title: 'Transact',
      description: 'Does what the test says, in the transaction that writes its event.',
      config: actConfig,
      output: anything,
      impact: 'A',
      effect: 'transactional',
      outcomes,
      run: (context) => behaviourOf(context).run(context),
      resume: async (context, signal, memo) =>
        (await behaviourOf(context).resume?.(context, signal, memo)) ?? 'keep waiting',
    }),
    defineAction({
      name: 'test.misbehave',
      title: 'Misbehave',
      description: 'Does what no action should.',
      config: z.object({ how: z.enum(misdeeds) }),
      output: z.object({ fine: z.boolean() }),
      impact: 'A',
      effect: 'external',
      run: ({ config, signal }) => misbehave(config.how, signal),
    }),
  ],
})

function misbehave(how: (typeof misdeeds)[number], signal: AbortSignal): Promise<never> {
  switch (how) {
    case 'garbage':
      return Promise.resolve(garbage({ output: { fine: 'yes' } }))
    case 'function':
      return Promise.resolve(garbage({ output: { fine: true, more: () => 1 } }))
    case 'nothing':
      return Promise.resolve(garbage(undefined))
    case 'outcome':
      return Promise.resolve(garbage({ output: { fine: true }, outcome: 'splendid' }))
    case 'nul':
      return Promise.reject(new Error('a \0 in the message'))
    case 'string':
      return rejectWith('a plain string')
    case 'null':
      return rejectWith(null)
    case 'throws':
      throw new Error('at once, without a promise')
    case 'deaf':
      return new Promise(() => {})
    case 'never':
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
  }
}

function rejectWith(reason: unknown): Promise<never> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what this action is for: to throw anything
  return Promise.reject(reason)
}

/** Passes a value off as something that it is not, as untyped code would. */
function garbage(value: unknown): never {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- what this action is for: to break its promise
  return value as never
}
