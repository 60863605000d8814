// Invitations: sent, listed, revoked, and accepted by whoever has the link.

import { z } from 'zod'
import { failed, ok } from '../../kernel/problem.ts'
import { createInvitation, revokeInvitation } from '../../governance/invitations.ts'
import { type Invitation, listInvitations } from '../../record/invitations.ts'
import { longestPassword, shortestPassword } from '../access/better-auth.ts'
import { crossSiteProblem } from '../access/cross-site.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { approverRoles, createdBy, email, id, idParams, label, maybeTime, memberRole, time } from '../shapes/person.ts'

const facts = {
  id,
  email,
  role: memberRole,
  approver_roles: approverRoles,
  status: z.enum(['open', 'accepted', 'revoked', 'expired']),
  created_by: createdBy,
  created_at: time,
  expires_at: time,
  accepted_at: maybeTime,
}

const invitationShape = z
  .strictObject(facts)
  .meta({ id: 'Invitation', description: 'An invitation, without its link.' })

const newInvitationShape = z
  .strictObject({ ...facts, url: z.url().meta({ description: 'The link to accept it. It is shown this once.' }) })
  .meta({ id: 'NewInvitation', description: 'An invitation that has just been made.' })

function invitationBody(invitation: Invitation, now: number): z.input<typeof invitationShape> {
  const { acceptedAt, revokedAt, expiresAt } = invitation
  const isOver = expiresAt.getTime() <= now
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    approver_roles: [...invitation.approverRoles],
    status: acceptedAt !== null ? 'accepted' : revokedAt !== null ? 'revoked' : isOver ? 'expired' : 'open',
    created_by: invitation.createdBy,
    created_at: invitation.createdAt.toISOString(),
    expires_at: expiresAt.toISOString(),
    accepted_at: acceptedAt?.toISOString() ?? null,
  }
}

const create = route({
  method: 'POST',
  path: '/invitations',
  operation: 'createInvitation',
  tag: 'Members',
  summary: 'Invite somebody',
  description:
    'The link is good for seven days and for one acceptance. It is mailed where a mail server is configured, and answered once. ' +
    'An invitation to the same address that is open is revoked.',
  access: 'members:write',
  problems: ['forbidden', 'conflict'],
  idempotency: 'sealed',
  body: z.strictObject({ email, role: memberRole, approver_roles: approverRoles.default([]) }),
  bodyExample: { email: 'ana@example.com', role: 'operator', approver_roles: ['finance_manager'] },
  answers: { 201: { description: 'Invited.', schema: newInvitationShape } },
  async handle({ parts, db, principal, body }) {
    const invite = { email: body.email, role: body.role, approverRoles: body.approver_roles }
    const made = await createInvitation(parts.people.parts, db, principal, invite)
    if (!made.ok) return made
    const { invitation, url } = made.value
    return ok({ status: 201, body: { ...invitationBody(invitation, parts.now()), url } } as const)
  },
})

const list = route({
  method: 'GET',
  path: '/invitations',
  operation: 'listInvitations',
  tag: 'Members',
  summary: 'List invitations',
  description: 'The newest first, whatever became of them.',
  access: 'members:write',
  problems: [],
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of invitations.', schema: pageOf(invitationShape) } },
  async handle({ parts, db, principal, query }) {
    const { invitations, counted } = await listInvitations(db, principal.tenantId, query)
    const items = invitations.map((invitation) => invitationBody(invitation, parts.now()))
    return ok({ status: 200, body: { items, ...pageFacts(counted, query) } } as const)
  },
})

const revoke = route({
  method: 'DELETE',
  path: '/invitations/{id}',
  operation: 'revokeInvitation',
  tag: 'Members',
  summary: 'Revoke an invitation',
  access: 'members:write',
  problems: ['not_found', 'conflict'],
  params: idParams('the invitation'),
  answers: { 204: { description: 'Its link leads nowhere any more.' } },
  async handle({ parts, db, principal, params }) {
    const revoked = await revokeInvitation(parts.people.parts, db, principal, params.id)
    return revoked.ok ? ok({ status: 204 } as const) : revoked
  },
})

const accept = route({
  method: 'POST',
  path: '/invitations/accept',
  operation: 'acceptInvitation',
  tag: 'Members',
  summary: 'Accept an invitation',
  description:
    'Makes the member and, where the address has no account yet, the account with `name` and `password`; answers with a session. ' +
    'Who has an account signs in first and sends the token alone.',
  access: { open: 'The token of the link is what it takes.' },
  problems: ['gone', 'unauthenticated', 'forbidden', 'conflict'],
  mostPerMinute: 20,
  body: z.strictObject({
    token: z.string().min(1).max(200),
    name: label(100).optional(),
    password: z.string().min(shortestPassword).max(longestPassword).optional(),
  }),
  bodyExample: { token: 'Zk3…', name: 'Ana Ruiz', password: 'a long sentence is a good one' },
  answers: {
    200: {
      description: 'A member now, with a session in the cookie.',
      schema: z.strictObject({ member_id: id, tenant: z.strictObject({ slug: z.string(), name: z.string() }) }),
      example: { member_id: '01a1ff28-479d-702e-847d-9f8b6b253e0e', tenant: { slug: 'acme', name: 'Acme' } },
    },
  },
  async handle({ parts, body, request, raw }) {
    const { headers } = raw.request
    const forged = crossSiteProblem('POST', headers, parts.url, headers.cookie !== undefined)
    if (forged !== undefined) return failed(forged)
    const visit = { headers, address: request.address, requestId: request.id }
    const { token, name, password } = body
    const accepted = await parts.people.accept(visit, { token, name, password })
    if (!accepted.ok) return accepted
    const { memberId, tenant, cookies } = accepted.value
    void raw.reply.header('set-cookie', [...cookies])
    return ok({ status: 200, body: { member_id: memberId, tenant: { slug: tenant.slug, name: tenant.name } } } as const)
  },
})

export const invitationRoutes = [create, list, revoke, accept]
