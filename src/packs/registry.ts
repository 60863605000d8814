// The actions that exist, by pack: which of them a tenant sees, and how each is described.

import { z } from 'zod'
import type { Effect, Impact, JsonObject, Pack, RegisteredAction, Surroundings } from './kit.ts'

export interface Registry {
  /** All packs, in the order in which they were registered. */
  packs(): readonly Pack[]
  /** The actions of these packs by name: what a tenant that enabled them sees. Unknown packs add nothing. */
  actions(enabledPacks: Iterable<string> & object): ReadonlyMap<string, RegisteredAction>
  /** An action of any pack. */
  find(name: string): RegisteredAction | undefined
  /** Adds a pack; its actions can be used at once. Throws when the pack or one of its actions has a name that is taken. */
  register(pack: Pack): void
}

/** `installation`: which hosts are internal to every tenant; each action knows of them from then on. */
export function createRegistry(packs: readonly Pack[], installation?: Surroundings): Registry {
  const byPack = new Map<string, Pack>()
  const byName = new Map<string, { readonly action: RegisteredAction; readonly pack: string }>()
  const seen = new Map<string, ReadonlyMap<string, RegisteredAction>>()
  // The same list again and again: that of a tenant that runs something.
  let known = new WeakMap<object, ReadonlyMap<string, RegisteredAction>>()

  const catalogOf = (enabledPacks: Iterable<string>) => {
    const enabled = new Set(enabledPacks)
    const key = [...enabled].toSorted().join(' ')
    const same = seen.get(key)
    if (same !== undefined) return same
    const visible = [...byName].flatMap(([name, { action, pack }]) =>
      enabled.has(pack) ? [[name, action] as const] : [],
    )
    const catalog = new Map(visible)
    seen.set(key, catalog)
    return catalog
  }
  const registry: Registry = {
    packs: () => [...byPack.values()],
    find: (name) => byName.get(name)?.action,
    actions(enabledPacks) {
      const catalog = known.get(enabledPacks) ?? catalogOf(enabledPacks)
      known.set(enabledPacks, catalog)
      return catalog
    },
    register(pack) {
      refuseDuplicates(pack, byPack, byName)
      byPack.set(pack.name, pack)
      for (const action of pack.actions) {
        byName.set(action.name, { action: placed(action, installation), pack: pack.name })
      }
      seen.clear()
      known = new WeakMap()
    },
  }
  for (const pack of packs) registry.register(pack)
  return registry
}

/** The action where hosts of the installation are internal too. */
function placed(action: RegisteredAction, installation: Surroundings | undefined): RegisteredAction {
  const { impact } = action
  if (typeof impact !== 'function' || installation === undefined) return action
  return {
    ...action,
    impact: (config, tenant) =>
      impact(config, { isInternal: (host) => installation.isInternal(host) || tenant.isInternal(host) }),
  }
}

/** Looks at all names before any is added, so that a refused pack leaves nothing behind. */
function refuseDuplicates(
  pack: Pack,
  byPack: ReadonlyMap<string, Pack>,
  byName: ReadonlyMap<string, { readonly pack: string }>,
): void {
  if (byPack.has(pack.name)) throw new Error(`There is already a pack "${pack.name}". Give this one another name.`)
  const own = new Set<string>()
  for (const { name } of pack.actions) {
    const owner = own.has(name) ? pack.name : byName.get(name)?.pack
    if (owner !== undefined)
      throw new Error(
        `Pack "${pack.name}" brings the action "${name}", which pack "${owner}" has already. Rename one of them.`,
      )
    own.add(name)
  }
}

export interface ActionDescription {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly impact: Impact | 'depends on config'
  readonly effect: Effect
  readonly outcomes: readonly string[] | 'depends on config'
  /** JSON Schema 2020-12 of the config, before parsing. */
  readonly config: z.core.JSONSchema.BaseSchema
  /** JSON Schema 2020-12 of the output. */
  readonly output: z.core.JSONSchema.BaseSchema
  readonly examples: readonly { readonly title: string; readonly config: JsonObject }[]
}

/** What the API, the docs and an AI provider are told of an action. */
export function describeAction(action: RegisteredAction): ActionDescription {
  const { name, title, description, impact, effect, outcomes, examples } = action
  return {
    name,
    title,
    description,
    effect,
    examples,
    impact: typeof impact === 'function' ? 'depends on config' : impact,
    outcomes: typeof outcomes === 'function' ? 'depends on config' : outcomes,
    config: z.toJSONSchema(action.config, { io: 'input', unrepresentable: 'any' }),
    output: z.toJSONSchema(action.output, { io: 'output', unrepresentable: 'any' }),
  }
}
