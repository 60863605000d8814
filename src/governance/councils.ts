// Councils: members who decide by vote, with a threshold that can be met.

import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { ruleProblem } from '../kernel/voting/rule-problem.ts'
import type { QuorumRule } from '../kernel/voting/tally.ts'
import { appendAudit } from '../record/audit.ts'
import {
  type Council,
  deleteCouncil as deleteRow,
  findCouncil,
  insertCouncil,
  lockCouncil,
  lockSeats,
  updateCouncil as updateRow,
} from '../record/councils.ts'
import type { Queryable } from '../record/database.ts'
import type { Officer, PeopleParts } from './people-parts.ts'

export interface NewCouncil {
  readonly name: string
  readonly title: string
  readonly domain: string
  readonly threshold: QuorumRule
  readonly memberIds: readonly string[]
}

/** Problems: `conflict` (the name is taken), `invalid_input` (somebody is no member), `unreachable_quorum`. */
export async function createCouncil(
  { now, newId }: PeopleParts,
  client: Queryable,
  officer: Officer,
  given: NewCouncil,
): Promise<Result<Council>> {
  const { tenantId } = officer
  const createdAt = new Date(now())
  const council = { ...given, tenantId, id: newId(), createdAt }
  const refused = await seatsProblem(client, council)
  if (refused !== undefined) return failed(refused)
  if (!(await insertCouncil(client, council))) {
    const message = `There is a council "${given.name}" already.`
    return failed({ code: 'conflict', message, hint: 'Choose another name, or edit that one.' })
  }
  const made = (await findCouncil(client, tenantId, given.name)) ?? council
  await appendAudit(client, officer, {
    action: 'council.created',
    object: objectOf(made),
    after: shown(made),
    at: createdAt,
  })
  return ok(made)
}

export interface CouncilEdit {
  readonly title?: string | undefined
  readonly domain?: string | undefined
  readonly threshold?: QuorumRule | undefined
  readonly memberIds?: readonly string[] | undefined
}

/** Votes under way are counted by the new seats from the next vote on. Problems: as above, `not_found`, those of `check`. */
export async function updateCouncil(
  { now }: PeopleParts,
  client: Queryable,
  officer: Officer,
  name: string,
  edit: CouncilEdit,
  check: (council: Council) => Result<undefined>,
): Promise<Result<Council>> {
  const { tenantId } = officer
  const council = await lockCouncil(client, tenantId, name)
  if (council === undefined) return failed(noCouncil(name))
  const checked = check(council)
  if (!checked.ok) return checked
  const {
    title = council.title,
    domain = council.domain,
    threshold = council.threshold,
    memberIds = council.memberIds,
  } = edit
  const changed = { ...council, title, domain, threshold, memberIds }
  const refused = await seatsProblem(client, changed)
  if (refused !== undefined) return failed(refused)
  await updateRow(client, changed)
  const stored = (await findCouncil(client, tenantId, name)) ?? changed
  await appendAudit(client, officer, {
    action: 'council.updated',
    object: objectOf(stored),
    before: shown(council),
    after: shown(stored),
    at: new Date(now()),
  })
  return ok(stored)
}

/** Problems: `not_found`. */
export async function deleteCouncil(
  { now }: PeopleParts,
  client: Queryable,
  officer: Officer,
  name: string,
): Promise<Result<undefined>> {
  const { tenantId } = officer
  const council = await lockCouncil(client, tenantId, name)
  if (council === undefined) return failed(noCouncil(name))
  await deleteRow(client, tenantId, council.id)
  const at = new Date(now())
  await appendAudit(client, officer, {
    action: 'council.deleted',
    object: objectOf(council),
    before: shown(council),
    at,
  })
  return ok(undefined)
}

export const noCouncil = (name: string): Problem => ({ code: 'not_found', message: `There is no council "${name}".` })

async function seatsProblem(client: Queryable, council: Council): Promise<Problem | undefined> {
  const { tenantId, name, threshold, memberIds } = council
  const seated = await lockSeats(client, tenantId, memberIds)
  const stranger = memberIds.find((id) => !seated.includes(id))
  if (stranger !== undefined) {
    return { code: 'not_found', message: `There is no member ${stranger}.`, pointer: '/members' }
  }
  const rule = ruleProblem({ rule: threshold, seats: seated.length, approvers: { council: name } })
  return rule && { ...rule, pointer: '/threshold' }
}

const objectOf = ({ id, name }: Council) => ({ type: 'council', id, name })

function shown({ title, domain, threshold, memberIds }: Council) {
  return { title, domain, threshold, members: [...memberIds] }
}
