// Invitations: a governing member asks somebody in; whoever has the link becomes a member, once.

import { referenceTo } from '../kernel/access/actor.ts'
import { may, type MemberRole } from '../kernel/access/permissions.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { appendAudit } from '../record/audit.ts'
import { type Database, type Queryable, roleName, setTenant } from '../record/database.ts'
import {
  acceptInvitation as markAccepted,
  insertInvitation,
  type Invitation,
  lockInvitation,
  lockInvitationOfToken,
  revokeInvitation as markRevoked,
} from '../record/invitations.ts'
import { claimMember, isMemberAddress } from '../record/members.ts'
import { notifyAccess } from '../record/sessions.ts'
import { findTenantById, type Tenant } from '../record/tenants.ts'
import { findUserByEmail, insertUser, type User } from '../record/users.ts'
import { digestOf, newToken, type Officer, type PeopleParts } from './people-parts.ts'

const validMs = 7 * 86_400_000

export interface Invite {
  readonly email: string
  readonly role: MemberRole
  readonly approverRoles: readonly string[]
}

/**
 * Invites an address, in place of an earlier invitation that is open. The token in `url` is shown this once. Problems:
 * `forbidden` (only owners make owners), `conflict` (a member already).
 */
export async function createInvitation(
  parts: PeopleParts,
  client: Queryable,
  officer: Officer,
  invite: Invite,
): Promise<Result<{ readonly invitation: Invitation; readonly url: string }>> {
  const { tenantId } = officer
  if (invite.role === 'owner' && !may(officer.role, 'owners:write', officer.scopes)) return failed(onlyOwners)
  const email = invite.email.toLowerCase()
  if (await isMemberAddress(client, tenantId, email)) {
    return failed({ code: 'conflict', message: `${email} is a member of this tenant already.` })
  }
  const token = newToken()
  const at = parts.now()
  const invitation = {
    tenantId,
    id: parts.newId(),
    email,
    role: invite.role,
    approverRoles: invite.approverRoles,
    createdBy: referenceTo(officer),
    createdAt: new Date(at),
    expiresAt: new Date(at + validMs),
  }
  await insertInvitation(client, { ...invitation, tokenHash: digestOf(token) })
  const tenant = await findTenantById(client, tenantId)
  const url = `${parts.url}/sign-in?invitation=${token}`
  parts.post?.({
    to: email,
    subject: `${officer.name} invites you to ${tenant?.name ?? 'Countersign'}`,
    text: `${officer.name} invites you to work in ${tenant?.name ?? 'a tenant'} on Countersign.\n\nAccept within seven days:\n${url}\n`,
  })
  await appendAudit(client, officer, {
    action: 'invitation.created',
    object: objectOf(invitation),
    after: shownIn(invite),
    at: new Date(at),
  })
  return ok({ invitation: { ...invitation, acceptedAt: null, revokedAt: null }, url })
}

export const onlyOwners: Problem = {
  code: 'forbidden',
  message: 'Only an owner makes owners, changes them, or removes them.',
  hint: 'Ask an owner.',
}

/** Problems: `not_found`, `conflict` (accepted). One that was revoked before stays so. */
export async function revokeInvitation(
  { now }: PeopleParts,
  client: Queryable,
  officer: Officer,
  id: string,
): Promise<Result<undefined>> {
  const { tenantId } = officer
  const invitation = await lockInvitation(client, tenantId, id)
  if (invitation === undefined) return failed({ code: 'not_found', message: `There is no invitation ${id}.` })
  if (invitation.acceptedAt !== null) {
    return failed({
      code: 'conflict',
      message: `${invitation.email} has accepted this invitation.`,
      hint: 'Remove the member instead.',
    })
  }
  if (invitation.revokedAt !== null) return ok(undefined)
  const at = new Date(now())
  await markRevoked(client, tenantId, id, at)
  await appendAudit(client, officer, { action: 'invitation.revoked', object: objectOf(invitation), at })
  return ok(undefined)
}

export interface Acceptance {
  readonly token: string
  /** Who is signed in, if anybody. */
  readonly userId: string | undefined
  /** Of somebody who has no user yet. */
  readonly name: string | undefined
  readonly hashPassword: (() => Promise<string>) | undefined
  readonly address: string
  readonly requestId: string
}

export interface Accepted {
  readonly tenant: Tenant
  readonly user: User
  readonly memberId: string
  readonly isNewUser: boolean
}

/**
 * Makes the member, and the user where there is none. `identity` is a transaction of the role of sign-in; it ends as the
 * API's, in the invitation's tenant. Problems: `gone` (used, revoked, expired, unknown), `unauthenticated` and `forbidden`
 * (the address has a user who is not signed in), `invalid_input`, `conflict`.
 */
export async function acceptInvitation(
  parts: PeopleParts & { readonly database: Database },
  identity: Queryable,
  acceptance: Acceptance,
): Promise<Result<Accepted>> {
  const invitation = await lockInvitationOfToken(identity, digestOf(acceptance.token))
  if (invitation === undefined || !isOpen(invitation, parts.now())) return failed(noSuchLink)
  const user = await userOf(parts, identity, invitation, acceptance)
  if (!user.ok) return user
  const { address, requestId } = acceptance
  const joined = await join(parts, identity, invitation, user.value.user, { address, requestId })
  return joined.ok ? ok({ ...joined.value, ...user.value }) : joined
}

const noSuchLink: Problem = {
  code: 'gone',
  message: 'This invitation was used or revoked, or it has expired.',
  hint: 'Ask who invited you for another.',
}

function isOpen({ acceptedAt, revokedAt, expiresAt }: Invitation, now: number): boolean {
  return acceptedAt === null && revokedAt === null && expiresAt.getTime() > now
}

async function userOf(
  { now, newId }: PeopleParts,
  identity: Queryable,
  { email }: Invitation,
  { userId, name, hashPassword }: Acceptance,
): Promise<Result<{ user: User; isNewUser: boolean }>> {
  const user = await findUserByEmail(identity, email)
  if (user !== undefined) {
    if (user.id === userId) return ok({ user, isNewUser: false })
    const message = `This invitation is for ${email}, who has an account.`
    const hint = `Sign in as ${email}, then accept it.`
    return failed({ code: userId === undefined ? 'unauthenticated' : 'forbidden', message, hint })
  }
  const missing = [...(name === undefined ? ['name'] : []), ...(hashPassword === undefined ? ['password'] : [])]
  if (name === undefined || hashPassword === undefined) {
    return failed(
      ...missing.map((field) => ({
        code: 'invalid_input' as const,
        message: `"${field}" is needed to make your account.`,
        pointer: `/${field}`,
      })),
    )
  }
  const createdAt = new Date(now())
  const passwordHash = await hashPassword()
  // Who has the link may have it from whoever invited: that is no proof that mail reaches them.
  const facts = { id: newId(), accountId: newId(), email, name, passwordHash, emailVerified: false, createdAt }
  const made = await insertUser(identity, facts)
  return made === undefined ? failed(noSuchLink) : ok({ user: made, isNewUser: true })
}

/** The member of an invitation, as the API's role in its tenant. */
export async function join(
  { now, newId, forgetAccess, database }: PeopleParts & { readonly database: Database },
  identity: Queryable,
  invitation: Invitation,
  user: User,
  from: { readonly address: string | null; readonly requestId: string | null },
): Promise<Result<{ readonly tenant: Tenant; readonly memberId: string }>> {
  const { tenantId, email, role, approverRoles } = invitation
  const tenant = await findTenantById(identity, tenantId)
  await setTenant(identity, tenantId, roleName(database.address.database, 'api'))
  const at = new Date(now())
  const { name, id: userId } = user
  const member = { tenantId, id: newId(), email, name, role, approverRoles, createdAt: at, userId }
  const claimed = await claimMember(identity, member)
  if (claimed === undefined || tenant === undefined) {
    return failed({ code: 'conflict', message: `${email} is a member of this tenant already.` })
  }
  await markAccepted(identity, invitation, claimed.id, at)
  forgetAccess(`user:${userId}`)
  await notifyAccess(identity, `user:${userId}`)
  const actor = { tenantId, kind: 'member', id: claimed.id, name, channel: 'api', ...from } as const
  await appendAudit(identity, actor, {
    action: 'invitation.accepted',
    object: objectOf(invitation),
    after: { member_id: claimed.id, ...shownIn(invitation) },
    at,
  })
  return ok({ tenant, memberId: claimed.id })
}

function objectOf({ id, email }: Pick<Invitation, 'id' | 'email'>) {
  return { type: 'invitation', id, name: email }
}

function shownIn({ email, role, approverRoles }: Invite) {
  return { email, role, approver_roles: [...approverRoles] }
}
