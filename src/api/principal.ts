// Who a request is from, and what they may do.

import type { Actor } from '../kernel/access/actor.ts'
import type { Permission, Role } from '../kernel/access/permissions.ts'

export interface Principal extends Actor {
  readonly kind: 'member' | 'agent'
  readonly id: string
  readonly role: Role
  /** Of an API key: only these of what the role may; absent for all of it. */
  readonly scopes?: readonly Permission[]
  readonly email?: string
  readonly via: { readonly kind: 'session' | 'key'; readonly id: string }
  readonly expiresAt?: Date
}
