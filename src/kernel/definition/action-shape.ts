// What the kernel knows of an action: its name, its schemas and the outcomes it can settle with.

import type { z } from 'zod'
import type { JsonObject } from '../json.ts'

export type Impact = 'A' | 'B' | 'C'

export interface ActionShape {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly config: z.ZodType
  readonly output: z.ZodType
  /** The outcomes a step of this action can settle with besides `failed` and `expired` by timeout. */
  readonly outcomes: readonly string[] | ((config: JsonObject) => readonly string[])
  /** Fields of the config that hold expressions over data of their own (for example `where` over `event`); the validator parses them but does not resolve them. */
  readonly ownExpressions?: Readonly<Record<string, readonly string[]>>
}

/** The actions that one tenant sees, by name. */
export type ActionCatalog = ReadonlyMap<string, ActionShape>
