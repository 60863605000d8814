// The real thing beside the model: approvals of subjects that the test holds, in the database, moved through governance.

import type { Actor } from '../../src/kernel/access/actor.ts'
import { systemOf } from '../../src/kernel/access/actor.ts'
import { ok, type Result } from '../../src/kernel/problem.ts'
import { hashOf } from '../../src/engine/gate/closure.ts'
import type { DecisionParts, KindHandler } from '../../src/governance/approval-kinds.ts'
import { createAbsence } from '../../src/governance/absences.ts'
import { commentOnApproval } from '../../src/governance/approval-comments.ts'
import { extendExpiry, withdrawApproval } from '../../src/governance/approval-moves.ts'
import { requestApproval } from '../../src/governance/approval-request.ts'
import { updateCouncil } from '../../src/governance/councils.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import { delegateApproval, takeBackApproval } from '../../src/governance/delegation.ts'
import { removeMember, updateMember } from '../../src/governance/members.ts'
import { endApproval } from '../../src/governance/settle-approval.ts'
import { createRegistry } from '../../src/packs/registry.ts'
import { lockApproval } from '../../src/record/approvals.ts'
import { appendAudit } from '../../src/record/audit.ts'
import { insertCouncil } from '../../src/record/councils.ts'
import { asTenant, type Database, type Queryable } from '../../src/record/database.ts'
import { insertMember, type Member } from '../../src/record/members.ts'
import { createTestTenant } from '../setup/database.ts'
import type { Code, Quorum, Setting, Status } from './approval-model.ts'

const benchTitle = { name: 'bench', title: 'Bench', domain: 'law' }

export interface Seen {
  readonly status: Status
  readonly content: string
  readonly expiresAt: number
  readonly unreachable: boolean
  readonly votes: readonly string[]
  readonly handed: readonly string[]
}

const contentOf = (version: string) => ({ version })
const hashOfContent = (version: string): string => hashOf(contentOf(version))

export class ApprovalStage {
  readonly tenantId: string
  readonly owner: Member
  readonly parts: DecisionParts
  readonly contents = new Map<string, string>()
  /** How often each approval was settled. */
  readonly settled = new Map<string, number>()
  approvalId = ''
  now: number
  private readonly database: Database
  private ids = 0

  private constructor(database: Database, tenantId: string, owner: Member, now: number) {
    this.database = database
    this.tenantId = tenantId
    this.owner = owner
    this.now = now
    const kind = this.kind()
    const kinds = { activation: kind, draft: kind, template: kind, policy: kind }
    this.parts = { now: () => this.now, newId: () => this.newId(), registry: createRegistry([]), kinds }
  }

  static async open(database: Database, now: number): Promise<ApprovalStage> {
    const { id, members } = await createTestTenant(database)
    return new ApprovalStage(database, id, members.ana, now)
  }

  /** In the order in which they are made. */
  newId(): string {
    this.ids += 1
    return `0199f3a0-0000-7000-8${this.tenantId.slice(-3)}-${this.ids.toString(16).padStart(12, '0')}`
  }

  async addMember(name: string, role: Member['role'], approverRoles: readonly string[]): Promise<Member> {
    const id = this.newId()
    const member = { tenantId: this.tenantId, id, email: `${id}@acme.example`, name, role, approverRoles }
    return insertMember(this.database.engine, { ...member, createdAt: new Date(this.now) })
  }

  async addBench(memberIds: readonly string[], threshold: Quorum): Promise<void> {
    const council = { ...benchTitle, tenantId: this.tenantId, id: this.newId(), threshold, memberIds }
    await this.within((client) => insertCouncil(client, { ...council, createdAt: new Date(this.now) }))
  }

  async begin({ asks, quorum, excluded, requester, mayEdit, escalates, expiresAt }: Setting): Promise<Code> {
    const subjectId = this.newId()
    this.contents.set(subjectId, 'original')
    const author = excluded.find((id) => id !== requester)
    const asked = await this.within((client) =>
      requestApproval(
        this.parts,
        client,
        { tenantId: this.tenantId },
        {
          kind: 'draft',
          subjectId,
          summary: 'Publish the spring campaign',
          impact: 'B',
          approvers: asks,
          quorum,
          expiresAt: new Date(expiresAt),
          ...(escalates && { escalateTo: { roles: ['judge', 'admin'] } }),
          contentHash: hashOfContent('original'),
          content: contentOf('original'),
          requestedBy: `member:${requester}`,
          author: author === undefined ? null : `member:${author}`,
          lastEditor: null,
          excludes: [
            ...(excluded.includes(requester) ? (['requester'] as const) : []),
            ...(author === undefined ? [] : (['author'] as const)),
          ],
          mayEdit,
        },
      ),
    )
    if (asked.ok) this.approvalId = asked.value.approvalId
    return codeOf(asked)
  }

  async changeContent(): Promise<void> {
    const { rows } = await this.database.engine.query<{ subject_id: string }>(
      'select subject_id from approvals where tenant_id = $1 and id = $2',
      [this.tenantId, this.approvalId],
    )
    this.contents.set(rows[0]?.subject_id ?? '', 'changed')
  }

  vote(voter: string, of: { approve: boolean; seat?: string; edit?: string; as?: string; agent?: boolean }) {
    const actor = of.agent === true ? this.actor(voter, 'agent') : this.actor(of.as ?? voter)
    const vote = {
      approvalId: this.approvalId,
      memberId: voter,
      vote: of.approve ? 'approve' : 'reject',
      ...(of.seat !== undefined && { onBehalfOf: of.seat }),
      ...(of.edit !== undefined && { edit: contentOf(of.edit) }),
    } as const
    return this.move((client) => decideApproval(this.parts, client, actor, vote))
  }

  delegate(memberId: string, delegateId: string) {
    const handover = { approvalId: this.approvalId, memberId, delegateId }
    return this.move((client) => delegateApproval(this.parts, client, this.actor(memberId), handover))
  }

  takeBack(memberId: string) {
    const handover = { approvalId: this.approvalId, memberId }
    return this.move((client) => takeBackApproval(this.parts, client, this.actor(memberId), handover))
  }

  comment(who: string) {
    const said = { approvalId: this.approvalId, body: 'Why?' }
    return this.move((client) => commentOnApproval(this.parts, client, this.actor(who), said))
  }

  withdraw(who: string) {
    const given = { approvalId: this.approvalId, reason: 'No longer needed.' }
    return this.move((client) => withdrawApproval(this.parts, client, this.actor(who), given))
  }

  extend(who: string, until: number) {
    const given = { approvalId: this.approvalId, expiresAt: new Date(until) }
    return this.move((client) => extendExpiry(this.parts, client, this.actor(who), given))
  }

  absent(who: string, by: string, of: { delegate: string; from: number; to: number }, governs: boolean) {
    const given = {
      memberId: who,
      delegateId: of.delegate,
      startsAt: new Date(of.from),
      endsAt: new Date(of.to),
      note: null,
    }
    return this.move((client) => createAbsence(this.parts, client, this.actor(by), given, governs))
  }

  remove(who: string) {
    return this.move((client) => removeMember(this.peopleParts(), client, this.officer(), who))
  }

  setJudge(who: string, judge: boolean) {
    const edit = { approverRoles: judge ? ['judge'] : [] }
    const check = () => ok(undefined)
    return this.move((client) => updateMember(this.peopleParts(), client, this.officer(), who, edit, check))
  }

  setBench(memberIds: readonly string[], threshold: Quorum) {
    const edit = { memberIds, threshold }
    const check = () => ok(undefined)
    return this.move((client) => updateCouncil(this.parts, client, this.officer(), 'bench', edit, check))
  }

  /** As the clock does it. */
  expire(): Promise<Code> {
    return this.move(async (client) => {
      const approval = await lockApproval(client, this.tenantId, this.approvalId)
      const isDue = approval?.status === 'pending' && (approval.expiresAt?.getTime() ?? Infinity) <= this.now
      if (!isDue) return { ok: false, problems: [{ code: 'conflict', message: 'It is not due.' }] }
      const actor = systemOf(this.tenantId)
      const ending = { status: 'expired', reason: null, votes: [] } as const
      const ended = await endApproval(this.parts, client, actor, approval, ending)
      if (ended.ok) await appendAudit(client, actor, ended.value.entries)
      return ended
    })
  }

  async see(): Promise<Seen> {
    const { rows } = await this.database.engine.query<Seen & { hash: string; expires: Date; stale: Date | null }>(
      `select a.status, coalesce(a.edit_hash, a.content_hash) as hash, a.expires_at as expires, a.unreachable_at as stale,
        array(select v.member_id || ' ' || coalesce(v.on_behalf_of, v.member_id) || ' ' || v.vote from approval_votes v
          where v.tenant_id = a.tenant_id and v.approval_id = a.id order by v.ordinal) as votes,
        array(select d.member_id || ' ' || d.delegate_id from approval_delegations d
          where d.tenant_id = a.tenant_id and d.approval_id = a.id order by d.member_id) as handed
      from approvals a where a.tenant_id = $1 and a.id = $2`,
      [this.tenantId, this.approvalId],
    )
    const [row] = rows
    if (row === undefined) throw new Error('There is no approval')
    const content = ['original', 'x', 'y'].find((version) => hashOfContent(version) === row.hash) ?? row.hash
    const { status, votes, handed } = row
    return { status, content, expiresAt: row.expires.getTime(), unreachable: row.stale !== null, votes, handed }
  }

  /** Everybody is a member again, and nobody is away. */
  async restore(ids: readonly string[]): Promise<void> {
    await this.within(async (client) => {
      await client.query('update members set removed_at = null where tenant_id = $1 and id = any ($2)', [
        this.tenantId,
        ids,
      ])
      await client.query('delete from absences where tenant_id = $1', [this.tenantId])
    })
  }

  private kind(): KindHandler {
    return {
      settle: async (_parts, _client, _actor, { approvalId }) => {
        this.settled.set(approvalId, (this.settled.get(approvalId) ?? 0) + 1)
        return ok({ entries: [] })
      },
      contentNow: async (_parts, _client, _tenantId, subjectId) => {
        const version = this.contents.get(subjectId)
        return version === undefined ? undefined : { hash: hashOfContent(version), content: contentOf(version) }
      },
      withEdit: async (_parts, _client, _tenantId, _subjectId, edit) => ok({ hash: hashOf(edit), content: edit }),
    }
  }

  private actor(id: string, kind: 'member' | 'agent' = 'member'): Actor {
    return { tenantId: this.tenantId, kind, id, name: 'Someone', channel: 'api', address: null, requestId: null }
  }

  private officer() {
    return { ...this.actor(this.owner.id), role: 'owner' } as const
  }

  private peopleParts() {
    return { ...this.parts, url: 'http://localhost', forgetAccess: () => {} }
  }

  private async move(work: (client: Queryable) => Promise<Result<unknown>>): Promise<Code> {
    return codeOf(await this.within(work))
  }

  private within<T>(work: (client: Queryable) => Promise<T>): Promise<T> {
    return asTenant(this.database, this.tenantId, work)
  }
}

function codeOf(result: Result<unknown>): Code {
  return result.ok ? 'ok' : (result.problems[0]?.code ?? 'internal')
}
