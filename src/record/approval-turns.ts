// SQL that is true when it is a member's turn to decide on an approval `a` of the tenant $1: the same rule as when it is decided.

import type { Hand } from '../kernel/voting/separation.ts'
import { makerOf, submitterOf } from './approvals.ts'
import { asks } from './members.ts'

/** What the member is, looked up once for a statement and not for each row. */
const rolesOf = (member: string): string => `(select array_append(m.approver_roles, m.role) from members m
    where m.tenant_id = $1 and m.id = ${member} and m.removed_at is null)`
const emailOf = (member: string): string => `(select m.email from members m
    where m.tenant_id = $1 and m.id = ${member} and m.removed_at is null)`
/** The councils on which the member sits, and approver roles that stand for a council that is none. */
const councilsOf = (member: string): string => `array(
    select c.name from council_members s join councils c on c.tenant_id = s.tenant_id and c.id = s.council_id
      join members m on m.tenant_id = s.tenant_id and m.id = s.member_id and m.removed_at is null
      where s.tenant_id = $1 and s.member_id = ${member}
    union all select held.name from members m, unnest(m.approver_roles) held (name)
      where m.tenant_id = $1 and m.id = ${member} and m.removed_at is null
        and not exists (select from councils c where c.tenant_id = $1 and c.name = held.name))`

/** That it asks a member, as `asks` tells of one approval. */
export const askedOf = (member: string): string => `(a.approvers ->> 'role' = any ((${rolesOf(member)})::text[])
    or a.council = any (${councilsOf(member)})
    or a.approvers -> 'roles' ?| (${rolesOf(member)})::text[]
    or lower(a.approvers ->> 'members')::jsonb ? ${emailOf(member)})`

const isCurrent = `(a.edit_hash is null or v.content_hash = a.edit_hash)`

/**
 * That it waits for a member: their own seat, or one that was handed to them or that they stand in for; they have not voted, and
 * have no hand in it. `separation`: the hands that keep members from voting on steps.
 */
export function waitsFor(member: string, now: string, separation: readonly Hand[]): string {
  // Looked up once: for ten thousand that wait, a look for each would take longer than all the rest.
  const isHandedTo = `a.id = any (array(select d.approval_id from approval_delegations d
    where d.tenant_id = $1 and d.delegate_id = ${member}))`
  const handsOn = `exists (select from approval_delegations d
    where d.tenant_id = $1 and d.approval_id = a.id and d.member_id = ${member})`
  const away = `from absences b where b.tenant_id = $1 and b.delegate_id = ${member} and b.starts_at <= ${now} and b.ends_at > ${now}`
  const standsIn = `((select count(*) ${away}) > 0 and exists (select ${away} and ${asks('a.approvers', 'b.member_id')}))`
  const hasVoted = `exists (select from approval_votes v where v.tenant_id = $1 and v.approval_id = a.id
    and (v.member_id = ${member} or v.on_behalf_of = ${member}) and ${isCurrent})`
  return `(((coalesce(${askedOf(member)}, false) and not ${handsOn}) or ${isHandedTo} or ${standsIn})
    and not ${hasVoted} and not coalesce(${hasHand(member)}, false)
    and not coalesce(${hasHandInStep(member, separation)}, false))`
}

const hasHand = (member: string): string => `(cardinality(a.excludes) > 0 and 'member:' || ${member} in (
    case when 'requester' = any (a.excludes) then a.requested_by end,
    case when 'author' = any (a.excludes) then a.author end,
    case when 'last_editor' = any (a.excludes) then a.last_editor end))`

function hasHandInStep(member: string, separation: readonly Hand[]): string {
  if (separation.length === 0) return 'false'
  const isSubmitter = `(e.started_by like 'draft:%' and ${submitterOf('e')} = 'member:' || ${member})`
  const asked = separation.includes('requester') ? `e.started_by = 'member:' || ${member} or ${isSubmitter}` : 'false'
  // What holds an effect names the version that runs by now.
  const maker = makerOf('e', `case when a.kind = 'run' then (a.content ->> 'version')::integer end`)
  const made = separation.some((hand) => hand !== 'requester') ? `${maker} = 'member:' || ${member}` : 'false'
  return `(a.execution_id is not null and (select ${asked} or coalesce(${made}, false) from executions e
    where e.tenant_id = $1 and e.id = a.execution_id))`
}
