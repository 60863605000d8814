// Members: who they are, what role they have, and that a tenant never loses its last owner.

import { may, type MemberRole } from '../kernel/access/permissions.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { ruleProblem } from '../kernel/voting/rule-problem.ts'
import { revokeKeysOfMember } from '../record/api-keys.ts'
import { findPendingOf } from '../record/approvals.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import { lockCouncilsOf, unseatMember } from '../record/councils.ts'
import type { Queryable } from '../record/database.ts'
import {
  lockMember,
  lockOwners,
  type MemberDetail,
  removeMember as removeRow,
  updateMember as updateRow,
} from '../record/members.ts'
import { notifyAccess } from '../record/sessions.ts'
import type { DecisionParts } from './approval-kinds.ts'
import { onlyOwners } from './invitations.ts'
import type { Officer, PeopleParts } from './people-parts.ts'
import { recountApprovals } from './recount.ts'

/** Whom approvals ask changes with members, and that may decide some. */
type MemberParts = PeopleParts & DecisionParts

export interface MemberEdit {
  readonly name?: string | undefined
  readonly role?: MemberRole | undefined
  readonly approverRoles?: readonly string[] | undefined
}

/**
 * Edits a member; `check` sees the member as it is, locked, and may refuse. Problems: `not_found`, those of `check`,
 * `forbidden` (only owners make or change owners), `conflict` (the last owner).
 */
export async function updateMember(
  parts: MemberParts,
  client: Queryable,
  officer: Officer,
  id: string,
  edit: MemberEdit,
  check: (member: MemberDetail) => Result<undefined>,
): Promise<Result<MemberDetail>> {
  const { tenantId } = officer
  const owners = await lockOwners(client, tenantId, id)
  const member = await lockMember(client, tenantId, id)
  if (member === undefined) return failed(noMember(id))
  const checked = check(member)
  if (!checked.ok) return checked
  const { name = member.name, role = member.role, approverRoles = member.approverRoles } = edit
  if (member.role !== role) {
    const refused = ownerProblem(officer, member, owners, role)
    if (refused !== undefined) return failed(refused)
  }
  const changed = { ...member, name, role, approverRoles }
  const asked = await findPendingOf(client, tenantId, [id])
  await updateRow(client, tenantId, id, changed)
  await tell(parts, client, member.id)
  const entry: AuditEntry = {
    action: 'member.updated',
    object: { type: 'member', id: member.id, name },
    before: shown(member),
    after: shown(changed),
    at: new Date(parts.now()),
  }
  const recounted = await recountApprovals(parts, client, officer, [
    ...asked,
    ...(await findPendingOf(client, tenantId, [id])),
  ])
  await appendAudit(client, officer, [entry, ...recounted])
  return ok(changed)
}

/**
 * Ends a membership: sessions in this tenant and keys die at once, seats on councils are free. What the member did stands.
 * Problems: `not_found`, `forbidden`, `conflict` (the last owner; a council that could not decide any more).
 */
export async function removeMember(
  parts: MemberParts,
  client: Queryable,
  officer: Officer,
  id: string,
): Promise<Result<undefined>> {
  const { tenantId } = officer
  const owners = await lockOwners(client, tenantId, id)
  const member = await lockMember(client, tenantId, id)
  if (member === undefined) return failed(noMember(id))
  const refused = ownerProblem(officer, member, owners, undefined) ?? (await seatProblem(client, member))
  if (refused !== undefined) return failed(refused)
  const at = new Date(parts.now())
  const asked = await findPendingOf(client, tenantId, [id])
  await revokeKeysOfMember(client, tenantId, id, at)
  await unseatMember(client, tenantId, id)
  await removeRow(client, tenantId, id, at)
  await tell(parts, client, member.id)
  const object = { type: 'member', id: member.id, name: member.name }
  const entry: AuditEntry = { action: 'member.removed', object, before: shown(member), at }
  await appendAudit(client, officer, [entry, ...(await recountApprovals(parts, client, officer, asked))])
  return ok(undefined)
}

/** Why the role of a member may not become `role`, or go altogether. */
function ownerProblem(
  officer: Officer,
  member: MemberDetail,
  owners: readonly string[],
  role: MemberRole | undefined,
): Problem | undefined {
  if (member.role !== 'owner' && role !== 'owner') return undefined
  if (!may(officer.role, 'owners:write', officer.scopes)) return onlyOwners
  if (member.role !== 'owner' || owners.some((owner) => owner !== member.id)) return undefined
  return {
    code: 'conflict',
    message: `${member.name} is the last owner of this tenant.`,
    hint: 'Make another member an owner first.',
  }
}

/** Why the councils of a member cannot do without them. */
async function seatProblem(client: Queryable, { tenantId, id, name }: MemberDetail): Promise<Problem | undefined> {
  for (const { name: council, threshold, memberIds } of await lockCouncilsOf(client, tenantId, id)) {
    const rule = ruleProblem({ rule: threshold, seats: memberIds.length - 1, approvers: { council } })
    if (rule === undefined) continue
    return {
      code: 'conflict',
      message: `Without ${name} the council "${council}" cannot decide. ${rule.message}`,
      hint: 'Change or remove the council first.',
    }
  }
  return undefined
}

async function tell({ forgetAccess }: PeopleParts, client: Queryable, id: string): Promise<void> {
  forgetAccess(`member:${id}`)
  await notifyAccess(client, `member:${id}`)
}

const noMember = (id: string): Problem => ({ code: 'not_found', message: `There is no member ${id}.` })

function shown({ name, email, role, approverRoles }: MemberDetail) {
  return { name, email, role, approver_roles: [...approverRoles] }
}
