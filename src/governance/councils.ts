// Councils: members who decide by vote, with a threshold that can be met.

import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { ruleProblem } from '../kernel/voting/rule-problem.ts'
import type { QuorumRule } from '../kernel/voting/tally.ts'
import { findPendingOfCouncil, followThreshold } from '../record/approvals.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
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
import type { DecisionParts } from './approval-kinds.ts'
import { noCouncil } from './audience.ts'
import type { Officer } from './people-parts.ts'
import { recountApprovals } from './recount.ts'

type CouncilParts = DecisionParts

export interface NewCouncil {
  readonly name: string
  readonly title: string
  readonly domain: string
  readonly threshold: QuorumRule
  readonly memberIds: readonly string[]
}

/** Problems: `conflict` (the name is taken), `invalid_input` (somebody is no member), `unreachable_quorum`. */
export async function createCouncil(
  parts: CouncilParts,
  client: Queryable,
  officer: Officer,
  given: NewCouncil,
): Promise<Result<Council>> {
  const { tenantId } = officer
  const createdAt = new Date(parts.now())
  const council = { ...given, tenantId, id: parts.newId(), createdAt }
  const refused = await seatsProblem(client, council)
  if (refused !== undefined) return failed(refused)
  if (!(await insertCouncil(client, council))) {
    const message = `There is a council "${given.name}" already.`
    return failed({ code: 'conflict', message, hint: 'Choose another name, or edit that one.' })
  }
  const made = (await findCouncil(client, tenantId, given.name)) ?? council
  const entry: AuditEntry = { action: 'council.created', object: objectOf(made), after: shown(made), at: createdAt }
  await appendAudit(client, officer, [entry, ...(await recounted(parts, client, officer, given.name))])
  return ok(made)
}

export interface CouncilEdit {
  readonly title?: string | undefined
  readonly domain?: string | undefined
  readonly threshold?: QuorumRule | undefined
  readonly memberIds?: readonly string[] | undefined
}

/** Votes under way are counted anew, by the new seats. Problems: as above, `not_found`, those of `check`. */
export async function updateCouncil(
  parts: CouncilParts,
  client: Queryable,
  officer: Officer,
  name: string,
  edit: CouncilEdit,
  check: (council: Council) => Result<undefined>,
): Promise<Result<Council>> {
  const { tenantId } = officer
  // Whoever removes a member holds the member first and the councils second, and so does this.
  const seated = edit.memberIds ?? (await findCouncil(client, tenantId, name))?.memberIds ?? []
  await lockSeats(client, tenantId, seated)
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
  await followThreshold(client, tenantId, name, { before: council.threshold, after: threshold })
  const entry: AuditEntry = {
    action: 'council.updated',
    object: objectOf(stored),
    before: shown(council),
    after: shown(stored),
    at: new Date(parts.now()),
  }
  await appendAudit(client, officer, [entry, ...(await recounted(parts, client, officer, name))])
  return ok(stored)
}

/** Problems: `not_found`. */
export async function deleteCouncil(
  parts: CouncilParts,
  client: Queryable,
  officer: Officer,
  name: string,
): Promise<Result<undefined>> {
  const { tenantId } = officer
  const council = await lockCouncil(client, tenantId, name)
  if (council === undefined) return failed(noCouncil(name))
  await deleteRow(client, tenantId, council.id)
  const at = new Date(parts.now())
  const entry: AuditEntry = { action: 'council.deleted', object: objectOf(council), before: shown(council), at }
  await appendAudit(client, officer, [entry, ...(await recounted(parts, client, officer, name))])
  return ok(undefined)
}

/** What becomes of the approvals that ask a council with its seats. */
async function recounted(
  parts: CouncilParts,
  client: Queryable,
  officer: Officer,
  name: string,
): Promise<AuditEntry[]> {
  return recountApprovals(parts, client, officer, await findPendingOfCouncil(client, officer.tenantId, name))
}

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
