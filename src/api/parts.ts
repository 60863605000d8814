// What routes are given of the house.

import type { ExpressionThreads } from '../engine/expressions/expression-threads.ts'
import type { Events } from '../engine/triggers/events.ts'
import type { Starter } from '../engine/triggers/starter.ts'
import type { Registry } from '../packs/registry.ts'
import type { Database } from '../record/database.ts'
import type { KeyRing } from '../record/key-ring.ts'
import type { People } from './access/people.ts'
import type { StreamParts } from './stream/still-allowed.ts'

export interface ApiParts {
  readonly database: Database
  /** Epoch ms. */
  readonly now: () => number
  /** UUIDv7. */
  readonly newId: () => string
  readonly starter: Starter
  readonly events: Events
  readonly registry: Registry
  /** Evaluates what a preview or a test case needs, with the limits of real executions. */
  readonly expressions: Pick<ExpressionThreads, 'evaluate'>
  /** The secrets that every tenant has, by name; none when absent. Definitions are checked against their names. */
  readonly sharedSecrets?: Readonly<Record<string, string>>
  /** The installation's key. */
  readonly key: Buffer
  /** Seal and open what is kept encrypted. */
  readonly keys: KeyRing
  /** Sign-in, and who a request is from. */
  readonly people: People
  /** The public address, without a slash at its end. */
  readonly url: string
  /** The live stream: its hub, and who may go on listening. */
  readonly stream: StreamParts
  /** How long the installation keeps executions at most. */
  readonly retentionMs?: number | undefined
  /** Longest JSON text of inputs, in characters. */
  readonly maxPayload: number
}
