// A tenant with one of everything that an operation can be about, and callers of each role.

import type { Role } from '../../src/kernel/access/permissions.ts'
import { roles } from '../../src/kernel/access/permissions.ts'

export interface World {
  readonly tenantId: string
  readonly slug: string
  readonly workflow: string
  /** Executions: one waits for an approval and a form, one is paused, one has failed. */
  readonly waiting: string
  readonly paused: string
  readonly failed: string
  readonly approval: string
  readonly form: string
  readonly webhook: string
  readonly schedule: string
  readonly secret: string
  readonly member: string
  readonly agent: string
  readonly agentKey: string
  readonly invitation: string
  readonly council: string
  readonly subscription: string
  readonly delivery: string
  readonly keys: Readonly<Record<Role, { readonly id: string; readonly text: string }>>
}

/** What of a world another world has instead, as pairs: what is replaced by what is foreign. */
export function counterparts(own: World, foreign: World): readonly (readonly [string, string])[] {
  const names = [
    ...([
      'workflow',
      'waiting',
      'paused',
      'failed',
      'approval',
      'form',
      'webhook',
      'schedule',
      'secret',
      'member',
    ] as const),
    ...(['agent', 'agentKey', 'invitation', 'council', 'subscription', 'delivery'] as const),
  ]
  return [
    ...names.map((name) => [own[name], foreign[name]] as const),
    ...roles.map((role) => [own.keys[role].id, foreign.keys[role].id] as const),
  ]
}
