// What routes are given of the house.

import type { Permission } from '../kernel/access/permissions.ts'
import type { Events } from '../engine/triggers/events.ts'
import type { Starter } from '../engine/triggers/starter.ts'
import type { Registry } from '../packs/registry.ts'
import type { Database } from '../record/database.ts'
import type { Principal } from './principal.ts'

export interface ApiParts {
  readonly database: Database
  /** Epoch ms. */
  readonly now: () => number
  /** UUIDv7. */
  readonly newId: () => string
  readonly starter: Starter
  readonly events: Events
  readonly registry: Registry
  /** The installation's key. */
  readonly key: Buffer
  /** The public address, without a slash at its end. */
  readonly url: string
  /** Longest JSON text of inputs, in characters. */
  readonly maxPayload: number
}

/** Whether somebody may, by role and by the scopes of their key. */
export type May = (principal: Principal, permission: Permission) => boolean
