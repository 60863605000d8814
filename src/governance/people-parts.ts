// What the rules about people are given: a clock, ids, who acts, and the ways out.

import { createHash, randomBytes } from 'node:crypto'
import type { Actor } from '../kernel/access/actor.ts'
import type { Permission, Role } from '../kernel/access/permissions.ts'

/** An actor and what they may do. */
export interface Officer extends Actor {
  readonly role: Role
  /** Of an API key; absent for all that the role may. */
  readonly scopes?: readonly Permission[]
}

export interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
}

export interface PeopleParts {
  /** Epoch ms. */
  readonly now: () => number
  /** UUIDv7. */
  readonly newId: () => string
  /** The public address, without a slash at its end. */
  readonly url: string
  /** This process asks the database anew about `subject`: `key:<id>`, `member:<id>`, `agent:<id>`, `session:<id>`. */
  readonly forgetAccess: (subject: string) => void
  /** Sends a letter some time soon; absent where no mail server is configured. */
  readonly post?: (letter: Letter) => void
}

/** A new secret of 256 bits, as text. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** How a token or key is stored: it has 256 bits, so a plain digest is no weaker than a slow one. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
