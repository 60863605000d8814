// Who may do what: the one table of roles and permissions that the server, the docs and the interface read.

/** The roles of members; a person has exactly one in a tenant. */
export const memberRoles = ['owner', 'admin', 'builder', 'operator', 'viewer'] as const
export type MemberRole = (typeof memberRoles)[number]

/** `agent` is the role of every agent: a member that is a program. It drafts, starts and asks; it never decides. */
export const roles = [...memberRoles, 'agent'] as const
export type Role = (typeof roles)[number]

const everyone = roles
const people = memberRoles
const running = ['owner', 'admin', 'builder', 'operator', 'agent'] as const
const operating = ['owner', 'admin', 'builder', 'operator'] as const
const building = ['owner', 'admin', 'builder'] as const
const governing = ['owner', 'admin'] as const

export const permissions = {
  'me:read': everyone,
  'workflows:read': everyone,
  'workflows:write': building,
  'executions:read': everyone,
  'executions:start': running,
  'executions:control': operating,
  // Whom an approval or a form asks is decided by its audience; the role only keeps programs out.
  'approvals:read': everyone,
  'approvals:decide': people,
  // Asking, withdrawing what one asked for, giving it more time; owners and admins may for others.
  'approvals:ask': running,
  // A question or an answer decides nothing.
  'approvals:comment': everyone,
  'forms:read': everyone,
  'forms:submit': people,
  // Which drafts one sees is decided by who made them and whose turn it is.
  'drafts:read': everyone,
  'drafts:write': running,
  'drafts:comment': everyone,
  'drafts:convert': operating,
  'templates:read': everyone,
  'templates:write': building,
  'templates:use': running,
  'templates:govern': governing,
  'absences:own': people,
  'absences:write': governing,
  'actions:read': everyone,
  'packs:write': governing,
  'triggers:read': everyone,
  'triggers:write': building,
  'events:send': running,
  'subscriptions:read': building,
  'subscriptions:write': governing,
  'secrets:read': building,
  'secrets:write': governing,
  'members:read': everyone,
  'members:write': governing,
  'owners:write': ['owner'],
  'councils:read': everyone,
  'councils:write': governing,
  'agents:read': everyone,
  'agents:write': governing,
  'keys:own': people,
  'keys:write': governing,
  'audit:read': governing,
  'settings:read': everyone,
  'settings:write': governing,
  'stream:read': everyone,
} as const satisfies Readonly<Record<string, readonly Role[]>>

export type Permission = keyof typeof permissions

export const permissionNames: readonly Permission[] = Object.keys(permissions).filter(isPermission)

/** Whether a text names a permission. */
export function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissions, text)
}

/** Whether a role may. With `scopes` (of an API key) only what they name as well. */
export function may(role: Role, permission: Permission, scopes?: readonly Permission[]): boolean {
  const holders: readonly Role[] = permissions[permission]
  return holders.includes(role) && (scopes === undefined || scopes.includes(permission))
}
