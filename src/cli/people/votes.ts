// Votes from the terminal: the machine's operator decides in the name of members, and every vote says so.

import { decideApproval, type VoteCast } from '../../governance/decide.ts'
import { operatorOf } from '../../kernel/access/actor.ts'
import type { Approvers } from '../../kernel/voting/rule-problem.ts'
import { asTenant } from '../../record/database.ts'
import { sayNames } from '../names.ts'
import { listVotes } from '../../record/approval-votes.ts'
import { listMembers, type Member, membersOfAudience } from '../../record/members.ts'
import type { Office } from '../command-line.ts'
import { Refusal, refusalOf } from '../refusal.ts'
import { findPendingApproval } from './pending.ts'

export interface Ballot {
  readonly vote: 'approve' | 'reject'
  readonly reason?: string
  /** The e-mail address of the member to vote as; else those who may and have not yet, until it is decided. */
  readonly as?: string
}

export interface Counted extends VoteCast {
  readonly voters: readonly string[]
}

/** Throws `Refusal`. */
export async function castVotes(office: Office, approvalId: string, ballot: Ballot): Promise<Counted> {
  if (ballot.as !== undefined) {
    const member = await requireMember(office, ballot.as)
    return { ...(await castOne(office, approvalId, member, ballot)), voters: [member.name] }
  }
  const voters: string[] = []
  for (const member of await eligible(office, approvalId)) {
    const cast = await castOne(office, approvalId, member, ballot)
    voters.push(member.name)
    if (cast.status !== 'pending') return { ...cast, voters }
  }
  throw await nobodyLeft(office, approvalId, voters)
}

export function sayCounted({ status, voters, approvals, needed }: Counted, { vote }: Ballot): string {
  const verb = vote === 'approve' ? 'Approved' : 'Rejected'
  const by = `${verb} by ${sayNames(voters)}`
  return status === 'pending' ? `${by}: ${approvals} of ${needed} approvals. Still open.` : `${by}.`
}

export async function requireMember({ house, tenant }: Office, email: string): Promise<Member> {
  const members = await listMembers(house.database.engine, tenant.id)
  const member = members.find((one) => one.email === email.toLowerCase())
  if (member !== undefined) return member
  const known = members.map((one) => one.email).join(', ')
  throw new Refusal(
    'failed',
    `There is no member ${email} in the tenant "${tenant.slug}".`,
    `Its members are ${known}.`,
  )
}

async function castOne(
  { house, tenant }: Office,
  approvalId: string,
  member: Pick<Member, 'id'>,
  ballot: Ballot,
): Promise<VoteCast> {
  const { vote, reason } = ballot
  const given = { approvalId, memberId: member.id, vote, ...(reason !== undefined && { reason }) }
  const result = await asTenant(house.database, tenant.id, (client) =>
    decideApproval(house, client, operatorOf(tenant.id), given),
  )
  if (!result.ok) throw refusalOf(result.problems)
  return result.value
}

async function eligible(office: Office, approvalId: string): Promise<Member[]> {
  const db = office.house.database.engine
  const approval = await findPendingApproval(office, approvalId)
  if (approval === undefined) {
    // Nobody may vote any more: governance says why, whoever asks.
    await castOne(office, approvalId, { id: office.tenant.id }, { vote: 'reject' })
    return []
  }
  const votes = await listVotes(db, office.tenant.id, approvalId)
  const members = await membersOfAudience(db, office.tenant.id, approval.approvers)
  return members.filter(({ id }) => !votes.some(({ memberId }) => memberId === id))
}

async function nobodyLeft(office: Office, approvalId: string, voters: readonly string[]): Promise<Refusal> {
  const approval = await findPendingApproval(office, approvalId)
  const who = approval === undefined ? 'those who are asked' : sayAudience(approval.approvers)
  const cast = voters.length === 0 ? '' : ` ${sayNames(voters)} voted; that is not enough.`
  return new Refusal('failed', `Nobody is left who may vote: this asks ${who}.${cast}`, 'Give more members that role.')
}

export function sayAudience(audience: Approvers): string {
  if ('role' in audience) return audience.role
  if ('roles' in audience) return audience.roles.join(' or ')
  return 'council' in audience ? `the council ${audience.council}` : sayNames(audience.members)
}
