// Absences: who is out of office says who decides meanwhile.

import type { Actor } from '../kernel/access/actor.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { type Absence, deleteAbsence, findAbsence, insertAbsence } from '../record/absences.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findMember } from '../record/members.ts'

interface Parts {
  readonly now: () => number
  readonly newId: () => string
}

export interface NewAbsence {
  readonly memberId: string
  readonly delegateId: string | null
  readonly startsAt: Date
  readonly endsAt: Date
  readonly note: string | null
}

const mostDays = 366
const dayMs = 86_400_000

/** `governs`: the actor may for others. Problems: `not_found`, `invalid_input`, `forbidden`. */
export async function createAbsence(
  { now, newId }: Parts,
  client: Queryable,
  actor: Actor,
  given: NewAbsence,
  governs: boolean,
): Promise<Result<Absence>> {
  const { tenantId } = actor
  const at = new Date(now())
  const refused = timesProblem(given, at) ?? (await peopleProblem(client, tenantId, given))
  if (refused !== undefined) return failed(refused)
  if (!governs && given.memberId !== actor.id) return failed(onlyOwn)
  const absence: Absence = { ...given, tenantId, id: newId(), createdAt: at }
  await insertAbsence(client, absence)
  await appendAudit(client, actor, { action: 'absence.created', object: objectOf(absence), after: shown(absence), at })
  return ok(absence)
}

/** Also ends one that has begun. Problems: `not_found`, `forbidden`. */
export async function removeAbsence(
  { now }: Pick<Parts, 'now'>,
  client: Queryable,
  actor: Actor,
  id: string,
  governs: boolean,
): Promise<Result<undefined>> {
  const absence = await findAbsence(client, actor.tenantId, id)
  if (absence === undefined) return failed({ code: 'not_found', message: `There is no absence ${id}.` })
  if (!governs && absence.memberId !== actor.id) return failed(onlyOwn)
  await deleteAbsence(client, actor.tenantId, id)
  const at = new Date(now())
  await appendAudit(client, actor, { action: 'absence.removed', object: objectOf(absence), before: shown(absence), at })
  return ok(undefined)
}

const onlyOwn: Problem = {
  code: 'forbidden',
  message: 'You may say when you are away yourself; for others an owner or admin does.',
}

function timesProblem({ startsAt, endsAt }: NewAbsence, now: Date): Problem | undefined {
  const invalid = (message: string): Problem => ({ code: 'invalid_input', message, pointer: '/ends_at' })
  if (endsAt <= startsAt) return invalid('An absence ends after it begins. Name a later end.')
  if (endsAt <= now) return invalid('This is over already. Name an end in the future.')
  return endsAt.getTime() - startsAt.getTime() > mostDays * dayMs
    ? invalid(`An absence lasts ${mostDays} days at most. Name an earlier end.`)
    : undefined
}

async function peopleProblem(
  client: Queryable,
  tenantId: string,
  { memberId, delegateId }: NewAbsence,
): Promise<Problem | undefined> {
  const missing = (id: string, pointer: string): Problem => ({
    code: 'not_found',
    message: `There is no member ${id}.`,
    pointer,
  })
  if ((await findMember(client, tenantId, memberId)) === undefined) return missing(memberId, '/member')
  if (delegateId === null) return undefined
  if (delegateId === memberId)
    return {
      code: 'invalid_input',
      message: 'Nobody stands in for themselves. Name another member.',
      pointer: '/delegate',
    }
  return (await findMember(client, tenantId, delegateId)) === undefined ? missing(delegateId, '/delegate') : undefined
}

const objectOf = ({ id }: Absence) => ({ type: 'absence', id })

function shown({ memberId, delegateId, startsAt, endsAt }: Absence) {
  const times = { starts_at: startsAt.toISOString(), ends_at: endsAt.toISOString() }
  return { member_id: memberId, delegate_id: delegateId, ...times }
}
