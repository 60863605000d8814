// Who does something: what every transition is recorded under.

/** `operator`: somebody at the command line of the machine. `system`: the engine itself. */
export type ActorKind = 'member' | 'agent' | 'operator' | 'system'

/** Over what it came. */
export type Channel = 'api' | 'cli' | 'email' | 'mcp' | 'engine'

export interface Actor {
  readonly tenantId: string
  readonly kind: ActorKind
  /** The member's or the agent's; null for the others. */
  readonly id: string | null
  readonly name: string
  readonly channel: Channel
  /** The IP address it came from, where there is one. */
  readonly address: string | null
  /** The HTTP request's, as in the log. */
  readonly requestId: string | null
}

/** How an execution, a version or a key names who made it: `member:<id>`, `agent:<id>`, `operator`, `system`. */
export function referenceTo({ kind, id }: Pick<Actor, 'kind' | 'id'>): string {
  return id === null ? kind : `${kind}:${id}`
}

/** Somebody at the command line. */
export function operatorOf(tenantId: string): Actor {
  return { tenantId, kind: 'operator', id: null, name: 'operator', channel: 'cli', address: null, requestId: null }
}

/** The engine itself. */
export function systemOf(tenantId: string): Actor {
  return { tenantId, kind: 'system', id: null, name: 'system', channel: 'engine', address: null, requestId: null }
}
