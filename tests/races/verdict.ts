// What has become of a round, read with plain SQL and held against what is promised: each problem is a sentence.

import type { Queryable } from '../../src/record/database.ts'
import type { Played } from './effects.ts'
import type { Scene } from './subjects.ts'
import {
  type ApprovalRow,
  type Assembly,
  type AuditRow,
  countByHand,
  seatsAt,
  type VoteRow,
  votesProblems,
} from './tally.ts'
import { subjectProblems } from './subject-verdict.ts'

interface Beginning {
  readonly assembly: Assembly
  readonly seq: number
}

export async function beginningOf({ stage: { sql }, tenant }: Pick<Scene, 'stage' | 'tenant'>): Promise<Beginning> {
  const { rows } = await sql.query<Beginning>(
    `select json_build_object(
        'members', (select json_agg(json_build_object('id', id, 'role', role, 'approver_roles', approver_roles)) from members
          where tenant_id = $1 and removed_at is null),
        'council', (select coalesce(json_agg(member_id), '[]') from council_members where tenant_id = $1)) as assembly,
      (select coalesce(max(seq), 0)::integer from audit_entries where tenant_id = $1) as seq`,
    [tenant.id],
  )
  const [row] = rows
  if (row === undefined) throw new Error('A select without a from returned no row')
  return row
}

interface Verdict {
  readonly problems: readonly string[]
  readonly settled: number
  readonly effects: number
}

const ends = ['approved', 'rejected', 'expired', 'withdrawn', 'void', 'cancelled']

export async function judge(scene: Scene, played: Played, { assembly, seq }: Beginning): Promise<Verdict> {
  const { sql } = scene.stage
  const audit = await auditSince(sql, scene, seq)
  const approvals = await approvalsOf(sql, scene, audit)
  const votes = await votesOf(sql, scene, approvals)
  const problems: string[] = []
  let settled = 0
  for (const approval of approvals) {
    const own = votes.filter((vote) => vote.approval_id === approval.id)
    const say = (problem: string) => problems.push(`${approval.kind} approval ${approval.id}: ${problem}`)
    for (const problem of votesProblems(approval, own, scene)) say(problem)
    for (const problem of endProblems(approval, own, audit, assembly)) say(problem)
    if (approval.status !== 'pending') settled += 1
  }
  problems.push(...(await subjectProblems(scene)))
  const effects = await effectsOf(scene, played)
  problems.push(...effects.problems, ...(await restProblems(sql)))
  return { problems, settled, effects: effects.count }
}

/** One end, told once; what votes decided was decided by enough of them. */
function endProblems(
  approval: ApprovalRow,
  votes: readonly VoteRow[],
  audit: readonly AuditRow[],
  assembly: Assembly,
): string[] {
  const { id, status, kind } = approval
  const own = audit.filter(({ object_id: object }) => object === id)
  const told = own.filter(({ action }) => ends.some((end) => action === `approval.${end}`))
  const [end] = told
  // What the engine closes stands in the journal of the execution.
  const isEngines = (kind === 'step' || kind === 'run') && ['expired', 'cancelled', 'void'].includes(status)
  const problems: string[] = []
  if (told.length > 1) problems.push(`has ${told.length} ends: ${told.map(({ action }) => action).join(', ')}`)
  if (status === 'pending' && end !== undefined) problems.push(`is pending and has ended as ${end.action}`)
  if (status !== 'pending' && end === undefined && !isEngines) problems.push(`is ${status} and no entry tells of it`)
  if (end !== undefined && end.action !== `approval.${status}`) problems.push(`is ${status}, its end is ${end.action}`)
  const cast = own.filter(({ action }) => action === 'approval.voted')
  if (cast.length !== votes.length) problems.push(`has ${votes.length} votes, and ${cast.length} entries of votes`)
  if (end !== undefined && cast.some(({ seq }) => seq > end.seq)) problems.push('was voted on after its end')
  const seats = seatsAt(assembly, audit, approval, end?.seq ?? Number.POSITIVE_INFINITY)
  const { approved, rejected, needed, isRejected } = countByHand(approval, votes, seats)
  const counted = `${approved} approvals and ${rejected} rejections of ${seats.length} seats, ${needed} needed`
  if (status === 'approved' && approved < needed) problems.push(`is approved by ${counted}`)
  if (status === 'rejected' && !isRejected) problems.push(`is rejected by ${counted}`)
  const hasMoved = audit.some(({ action }) => action === 'member.removed' || action === 'council.updated')
  if (status === 'pending' && !hasMoved && (approved >= needed || isRejected))
    problems.push(`is pending with ${counted}`)
  return problems
}

async function auditSince(sql: Queryable, { tenant }: Scene, seq: number): Promise<AuditRow[]> {
  const { rows } = await sql.query<AuditRow>(
    `select seq::integer, action, object_id, case when action = 'council.updated' then after end as after
      from audit_entries where tenant_id = $1 and seq > $2 order by seq`,
    [tenant.id, seq],
  )
  return rows
}

/** The one of the round, and those that were asked for meanwhile. */
async function approvalsOf(
  sql: Queryable,
  { tenant, approvalId }: Scene,
  audit: readonly AuditRow[],
): Promise<ApprovalRow[]> {
  const asked = audit.filter(({ action }) => action === 'approval.requested').map(({ object_id: id }) => id)
  const { rows } = await sql.query<ApprovalRow>(
    `select a.id, a.kind, a.status, a.approvers, a.quorum, a.content_hash, a.edit_hash, array(
        select substr(hand, 8) from (
          select unnest(array[
            case when 'requester' = any (excludes) then requested_by end, case when 'author' = any (excludes) then author end,
            case when 'last_editor' = any (excludes) then last_editor end]) as hand where a.execution_id is null
          union all
          select unnest(array[
            case when p.governance -> 'separation' ? 'requester' then e.started_by end,
            case when p.governance -> 'separation' ?| array['author', 'last_editor'] then v.created_by end])
          from executions e join workflow_versions v on v.tenant_id = e.tenant_id and v.id = e.version_id
            join policies p on p.tenant_id = e.tenant_id where e.tenant_id = a.tenant_id and e.id = a.execution_id
        ) hands where hand like 'member:%') as barred
      from approvals a where a.tenant_id = $1 and a.id = any ($2::uuid[]) order by a.id`,
    [tenant.id, [approvalId, ...asked]],
  )
  return rows
}

async function votesOf(sql: Queryable, { tenant }: Scene, approvals: readonly ApprovalRow[]): Promise<VoteRow[]> {
  const { rows } = await sql.query<VoteRow>(
    `select approval_id, member_id, coalesce(on_behalf_of, member_id) as seat, vote, content_hash, channel
      from approval_votes where tenant_id = $1 and approval_id = any ($2::uuid[]) order by ordinal`,
    [tenant.id, approvals.map(({ id }) => id)],
  )
  return rows
}

/** What arrived outside was countersigned when the gate looked last, and what the gate said agrees with what was there. */
async function effectsOf(scene: Scene, { gates }: Played): Promise<{ count: number; problems: string[] }> {
  const { stage, tenant, mark } = scene
  const problems: string[] = []
  for (const { executionId, isOpen, closure } of gates) {
    const [sight] = stage.witness.of(executionId)
    const isRight = sight !== undefined && sight.valid > 0
    if (isOpen !== isRight) problems.push(`the gate was ${isOpen ? 'open' : 'shut'}, with ${sight?.valid} valid grants`)
    if (isOpen && sight?.closure !== closure) problems.push(`the gate let ${closure} pass, there was ${sight?.closure}`)
  }
  const bodies = stage.arrived.filter((tag) => tag.startsWith(`${mark}-`))
  const { rows } = await stage.sql.query<{ id: string; tag: string; runs: number; steps: string[] }>(
    `select e.id, e.inputs ->> 'tag' as tag,
        (select count(*)::integer from approvals a where a.tenant_id = $1 and a.execution_id = e.id and a.kind = 'run'
          and a.status = 'approved' and a.content -> 'config' ->> 'body' = e.inputs ->> 'tag') as runs,
        array(select a.status from approvals a where a.tenant_id = $1 and a.execution_id = e.id and a.kind = 'step') as steps
      from executions e where e.tenant_id = $1 and e.inputs ->> 'tag' = any ($2::text[])`,
    [tenant.id, bodies],
  )
  for (const tag of bodies) {
    const of = rows.filter((row) => row.tag === tag)
    const [one] = of
    if (one === undefined || of.length > 1) problems.push(`the effect ${tag} is of ${of.length} executions`)
    if (one === undefined) continue
    const sight = stage.witness.of(one.id).at(-1)
    if (scene.kind === 'run' ? one.runs !== 1 : (sight?.valid ?? 0) === 0) {
      problems.push(`the effect ${tag} left with ${sight?.valid} valid grants and ${one.runs} decisions`)
    }
    if (one.steps.some((status) => status !== 'approved'))
      problems.push(`the effect ${tag} left, its step is ${one.steps.join()}`)
  }
  if (new Set(bodies).size !== bodies.length) problems.push(`effects left twice: ${bodies.join(', ')}`)
  return { count: bodies.length + gates.filter(({ isOpen }) => isOpen).length, problems }
}

/** Nothing of the API is still under way. */
async function restProblems(sql: Queryable): Promise<string[]> {
  const { rows } = await sql.query<{ state: string; query: string }>(
    `select state, query from pg_stat_activity where datname = current_database() and application_name = 'countersign api' and state <> 'idle'`,
  )
  return rows.map(({ state, query }) => `a connection of the API is ${state}: ${query.slice(0, 100)}`)
}
