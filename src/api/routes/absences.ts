// Absences: who is out of office, and who decides meanwhile.

import { z } from 'zod'
import { createAbsence, removeAbsence } from '../../governance/absences.ts'
import { may } from '../../kernel/access/permissions.ts'
import { ok } from '../../kernel/problem.ts'
import { type Absence, listAbsences } from '../../record/absences.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import type { Principal } from '../principal.ts'
import { route } from '../route.ts'
import { id, idParams, time } from '../shapes/person.ts'

const moment = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-21T12:00:00Z' })

const absenceShape = z
  .strictObject({
    id,
    member: id,
    delegate: id.nullable().meta({ description: 'Who may decide in the place of the member meanwhile.' }),
    starts_at: time,
    ends_at: time,
    note: z.string().nullable(),
    created_at: time,
  })
  .meta({ id: 'Absence', description: 'When a member is out of office.' })

function absenceBody(absence: Absence): z.input<typeof absenceShape> {
  const { memberId: member, delegateId: delegate, startsAt, endsAt, note, createdAt } = absence
  const times = { starts_at: startsAt.toISOString(), ends_at: endsAt.toISOString() }
  return { id: absence.id, member, delegate, ...times, note, created_at: createdAt.toISOString() }
}

const governs = ({ role, scopes }: Principal): boolean => may(role, 'absences:write', scopes)

const list = route({
  method: 'GET',
  path: '/absences',
  operation: 'listAbsences',
  tag: 'Absences',
  summary: 'List absences',
  description: 'Those that are not over, by when they begin: my own, and for owners and admins everybody’s.',
  access: 'absences:own',
  problems: [],
  query: z.strictObject({ member: id.optional().meta({ description: 'Those of this member.' }), ...pageQuery }),
  answers: { 200: { description: 'A page of absences.', schema: pageOf(absenceShape) } },
  async handle({ db, parts, principal, query }) {
    const isOthers = query.member !== undefined && query.member !== principal.id
    if (isOthers && !governs(principal))
      return ok({ status: 200 as const, body: { items: [], ...pageFacts(0, query) } })
    const memberId = governs(principal) ? query.member : principal.id
    const filter = { ...query, memberId, endsAfter: new Date(parts.now()) }
    const { absences, counted } = await listAbsences(db, principal.tenantId, filter)
    return ok({ status: 200 as const, body: { items: absences.map(absenceBody), ...pageFacts(counted, query) } })
  },
})

const create = route({
  method: 'POST',
  path: '/absences',
  operation: 'createAbsence',
  tag: 'Absences',
  summary: 'Be out of office',
  description: 'Meanwhile the delegate may decide what asks me; so may I. Owners and admins say it for others too.',
  access: 'absences:own',
  problems: ['not_found', 'invalid_input'],
  body: z.strictObject({
    member: id.optional().meta({ description: 'Me when absent.' }),
    delegate: id.nullable().default(null),
    starts_at: moment,
    ends_at: moment,
    note: z.string().trim().min(1).max(500).nullable().default(null),
  }),
  bodyExample: {
    delegate: '0199f3a0-0000-7000-8000-000000000001',
    starts_at: '2026-12-21T00:00:00Z',
    ends_at: '2027-01-04T00:00:00Z',
  },
  idempotency: 'stored',
  answers: { 201: { description: 'The absence.', schema: absenceShape } },
  async handle({ db, parts, principal, body }) {
    const given = {
      memberId: body.member ?? principal.id,
      delegateId: body.delegate,
      startsAt: new Date(body.starts_at),
      endsAt: new Date(body.ends_at),
      note: body.note,
    }
    const made = await createAbsence(parts, db, principal, given, governs(principal))
    return made.ok ? ok({ status: 201 as const, body: absenceBody(made.value) }) : made
  },
})

const remove = route({
  method: 'DELETE',
  path: '/absences/{id}',
  operation: 'removeAbsence',
  tag: 'Absences',
  summary: 'Be back',
  description: 'Ends an absence that has begun, or takes back one that has not.',
  access: 'absences:own',
  problems: ['not_found'],
  params: idParams('the absence'),
  answers: { 204: { description: 'Removed.' } },
  async handle({ db, parts, principal, params }) {
    const removed = await removeAbsence(parts, db, principal, params.id, governs(principal))
    return removed.ok ? ok({ status: 204 } as const) : removed
  },
})

export const absenceRoutes = [list, create, remove]
