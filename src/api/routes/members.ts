// Members: the people of the tenant, their roles, and their leaving.

import { z } from 'zod'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import { removeMember, updateMember } from '../../governance/members.ts'
import { findMemberDetail, listMemberPage, type MemberDetail, memberSorts } from '../../record/members.ts'
import { checkIfMatch, etagOf } from '../edit.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { approverRoles, email, etag, id, idParams, label, memberRole, time } from '../shapes/person.ts'

const memberShape = z
  .strictObject({
    id,
    email,
    name: z.string(),
    role: memberRole,
    approver_roles: approverRoles,
    has_signed_in: z.boolean().meta({ description: 'False for a member whom nobody has claimed yet.' }),
    created_at: time,
  })
  .meta({ id: 'Member', description: 'A person of the tenant.' })

function memberBody(member: MemberDetail): z.input<typeof memberShape> {
  return {
    id: member.id,
    email: member.email,
    name: member.name,
    role: member.role,
    approver_roles: [...member.approverRoles],
    has_signed_in: member.userId !== null,
    created_at: member.createdAt.toISOString(),
  }
}

const list = route({
  method: 'GET',
  path: '/members',
  operation: 'listMembers',
  tag: 'Members',
  summary: 'List members',
  access: 'members:read',
  problems: [],
  query: z.strictObject({
    role: memberRole.optional().meta({ description: 'Those with this role.' }),
    search: label(100).optional().meta({ description: 'Part of the name or of the address.' }),
    sort: z.enum(memberSorts).default('name').meta({ description: 'A minus sorts downwards.' }),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of members.', schema: pageOf(memberShape) } },
  async handle({ db, principal, query }) {
    const { members, counted } = await listMemberPage(db, principal.tenantId, query)
    return ok({ status: 200, body: { items: members.map(memberBody), ...pageFacts(counted, query) } } as const)
  },
})

const get = route({
  method: 'GET',
  path: '/members/{id}',
  operation: 'getMember',
  tag: 'Members',
  summary: 'Get a member',
  access: 'members:read',
  problems: ['not_found'],
  params: idParams('the member'),
  answers: { 200: { description: 'The member.', schema: memberShape, headers: etag } },
  async handle({ db, principal, params }) {
    const member = await findMemberDetail(db, principal.tenantId, params.id)
    if (member === undefined) return failed({ code: 'not_found', message: `There is no member ${params.id}.` })
    return ok(memberReply(member))
  },
})

const update = route({
  method: 'PATCH',
  path: '/members/{id}',
  operation: 'updateMember',
  tag: 'Members',
  summary: 'Change a member',
  description: 'What is left out stays. Only an owner makes owners or changes them, and the last owner stays one.',
  access: 'members:write',
  problems: ['not_found', 'forbidden', 'conflict'],
  ifMatch: 'required',
  params: idParams('the member'),
  body: z.strictObject({
    name: label(100).optional(),
    role: memberRole.optional(),
    approver_roles: approverRoles.optional(),
  }),
  bodyExample: { role: 'builder', approver_roles: ['finance_manager'] },
  answers: { 200: { description: 'The member as changed.', schema: memberShape, headers: etag } },
  async handle({ parts, db, principal, params, body, request }) {
    const edit = { name: body.name, role: body.role, approverRoles: body.approver_roles }
    const check = (member: MemberDetail): Result<undefined> => checkIfMatch(request.ifMatch, etagOf(memberBody(member)))
    const changed = await updateMember({ ...parts, ...parts.people.parts }, db, principal, params.id, edit, check)
    return changed.ok ? ok(memberReply(changed.value)) : changed
  },
})

const remove = route({
  method: 'DELETE',
  path: '/members/{id}',
  operation: 'removeMember',
  tag: 'Members',
  summary: 'Remove a member',
  description: 'Sessions in this tenant and keys end at once. Votes and the audit log keep the name.',
  access: 'members:write',
  problems: ['not_found', 'forbidden', 'conflict'],
  params: idParams('the member'),
  answers: { 204: { description: 'The member is gone.' } },
  async handle({ parts, db, principal, params }) {
    const removed = await removeMember({ ...parts, ...parts.people.parts }, db, principal, params.id)
    return removed.ok ? ok({ status: 204 } as const) : removed
  },
})

function memberReply(member: MemberDetail) {
  const body = memberBody(member)
  return { status: 200, body, headers: { etag: etagOf(body) } } as const
}

export const memberRoutes = [list, get, update, remove]
