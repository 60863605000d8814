// Links in mails to approvers: each is for one member and one approval, works once, and decides by the form of its page alone.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Actor } from '../kernel/access/actor.ts'
import { may } from '../kernel/access/permissions.ts'
import { failed, type Problem, type Result } from '../kernel/problem.ts'
import {
  type ApprovalLink,
  findApprovalLink,
  findLinkedApproval,
  type NewApprovalLink,
  useApprovalLink,
} from '../record/approval-links.ts'
import { findNames } from '../record/approval-recipients.ts'
import type { ToldApproval } from '../record/approval-times.ts'
import { lockApproval } from '../record/approvals.ts'
import { asTenant, type Database, type Queryable } from '../record/database.ts'
import { findMember, type Member } from '../record/members.ts'
import { keepOrUndo } from '../record/tenant-transaction.ts'
import type { DecisionParts } from './approval-kinds.ts'
import { type Count, countOf, type Standing, standingOf } from './approval-standing.ts'
import { changeOf, decideApproval, type VoteCast } from './decide.ts'
import { digestOf, newToken } from './people-parts.ts'
import { sayAgo } from './time-ago.ts'
import { voteProblem } from './vote-problem.ts'

const longestMs = 72 * 3_600_000

/** It ends with the approval, and after three days at the latest: then a reminder brings another one. */
export function newApprovalLink(
  { tenantId, id: approvalId, expiresAt }: Pick<ToldApproval, 'tenantId' | 'id' | 'expiresAt'>,
  { id, memberId, now }: { readonly id: string; readonly memberId: string; readonly now: Date },
): { readonly token: string; readonly row: NewApprovalLink } {
  const token = newToken()
  const last = Math.min(now.getTime() + longestMs, expiresAt?.getTime() ?? Infinity)
  const times = { createdAt: now, expiresAt: new Date(last) }
  return { token, row: { tenantId, id, approvalId, memberId, tokenHash: digestOf(token), ...times } }
}

export interface LinkParts extends DecisionParts {
  readonly database: Database
  /** The installation's key: it signs what a page shows. */
  readonly key: Buffer
}

/** What the page of a link shows. */
export interface LinkView {
  readonly link: ApprovalLink
  readonly approval: ToldApproval
  readonly standing: Standing
  readonly count: Count
  readonly askedBy: string | null
  /** Undefined when they have left. */
  readonly member: Member | undefined
  /** Why nothing can be decided here any more. */
  readonly closed: Problem | undefined
}

/** Looks, and changes nothing. Undefined for a token that nobody was sent. */
export async function openApprovalLink(parts: LinkParts, token: string): Promise<LinkView | undefined> {
  const link = await findApprovalLink(parts.database.engine, digestOf(token))
  if (link === undefined) return undefined
  return asTenant(parts.database, link.tenantId, async (client) => {
    const view = await viewOf(parts, client, link)
    if (view === undefined || view.closed !== undefined) return view
    // What the decision would find as well, told before somebody takes the trouble.
    const changed = await changeOf(parts, client, view.approval)
    const message = `It has changed since it was asked for, and cannot be decided any more. ${changed}`
    return changed === undefined ? view : { ...view, closed: { code: 'conflict', message } }
  })
}

async function viewOf(parts: LinkParts, client: Queryable, link: ApprovalLink): Promise<LinkView | undefined> {
  const { tenantId, memberId } = link
  const approval = await findLinkedApproval(client, link)
  if (approval === undefined) return undefined
  const now = parts.now()
  const standing = await standingOf(client, approval, new Date(now))
  const member = await findMember(client, tenantId, memberId)
  const reference = askerOf(standing)
  const names = await findNames(client, tenantId, reference === null ? [] : [reference])
  const askedBy = reference === null ? null : (names.get(reference) ?? reference)
  const closed = linkProblem(link, standing, member, now)
  return { link, approval, standing, count: countOf(standing), askedBy, member, closed }
}

/** Who asks, as `referenceTo` names them: of a step whoever started its execution, where that was a member. */
export function askerOf({ approval, hands }: Pick<Standing, 'approval' | 'hands'>): string | null {
  return approval.requestedBy ?? (hands.requester === undefined ? null : `member:${hands.requester}`)
}

function linkProblem(
  { usedAt, expiresAt, memberId }: ApprovalLink,
  standing: Standing,
  member: Member | undefined,
  now: number,
): Problem | undefined {
  if (member === undefined)
    return { code: 'forbidden', message: 'Whoever this link was sent to is no member any more.' }
  // What became of the approval tells more than what became of the link.
  const refused = voteProblem(standing, memberId, now)
  if (refused !== undefined) return refused
  if (!may(member.role, 'approvals:decide')) return { code: 'forbidden', message: 'Your role may not decide.' }
  if (usedAt !== null) return { code: 'gone', message: `This link was used ${sayAgo(usedAt, now)}.`, hint: signIn }
  if (expiresAt.getTime() > now) return undefined
  return { code: 'gone', message: `This link expired ${sayAgo(expiresAt, now)}.`, hint: signIn }
}

const signIn = 'Sign in to see what waits for you, or wait for the next reminder.'

/** Sent back with the form of a page: that it was that page, and what it showed. */
export function shownBy({ key }: Pick<LinkParts, 'key'>, token: string, { standing: { hash } }: LinkView): string {
  return `${hash}.${signatureOf(key, token, hash)}`
}

function signatureOf(key: Buffer, token: string, hash: string): string {
  return createHmac('sha256', key).update(`approval page\n${token}\n${hash}`).digest('base64url')
}

export interface LinkVote {
  readonly vote: 'approve' | 'reject'
  readonly reason?: string
  /** As `shownBy` made it. */
  readonly shown: string
  /** They have said that they read what leaves the company. */
  readonly hasRead: boolean
}

/**
 * Casts the vote of the member whom the link was sent to, and uses the link up with it. Problems: `not_found`; `gone` (used or
 * expired); `invalid_input` (not the form of the page, or not read); those of `decideApproval`.
 */
export async function decideByLink(
  parts: LinkParts,
  visit: Pick<Actor, 'address' | 'requestId'>,
  token: string,
  vote: LinkVote,
): Promise<Result<VoteCast>> {
  const link = await findApprovalLink(parts.database.engine, digestOf(token))
  if (link === undefined) return failed({ code: 'not_found', message: 'This link is not known here.' })
  // Also a refusal may have written down why, such as that the content has changed.
  return keepOrUndo(parts.database, link.tenantId, (client) =>
    decideOnce(parts, client, visit, { ...vote, link, token }),
  )
}

async function decideOnce(
  parts: LinkParts,
  client: Queryable,
  visit: Pick<Actor, 'address' | 'requestId'>,
  given: LinkVote & { readonly link: ApprovalLink; readonly token: string },
): Promise<Result<VoteCast>> {
  const { link, vote, reason } = given
  const { tenantId, approvalId, memberId } = link
  // Whoever uses the link, or decides otherwise, at the same moment waits, or has ended before.
  const isUsable = await useApprovalLink(client, link, new Date(parts.now()))
  await lockApproval(client, tenantId, approvalId)
  const view = await viewOf(parts, client, isUsable ? link : { ...link, usedAt: link.usedAt ?? new Date(parts.now()) })
  if (view === undefined) return failed({ code: 'not_found', message: 'What this link was about is gone.' })
  const problem = view.closed ?? shownProblem(parts, view, given) ?? readProblem(view, given)
  if (problem !== undefined || view.member === undefined) return failed(problem ?? notShown)
  const actor: Actor = { ...visit, tenantId, kind: 'member', id: memberId, name: view.member.name, channel: 'email' }
  return decideApproval(parts, client, actor, { approvalId, memberId, vote, ...(reason !== undefined && { reason }) })
}

/** What was shown is what is decided. */
function shownProblem(
  { key }: LinkParts,
  { standing }: LinkView,
  { shown, token }: { readonly shown: string; readonly token: string },
): Problem | undefined {
  const [hash = '', signature = ''] = shown.split('.')
  const [given, own] = [Buffer.from(signature), Buffer.from(signatureOf(key, token, hash))]
  if (given.length !== own.length || !timingSafeEqual(given, own)) return notShown
  if (hash === standing.hash) return undefined
  const message = 'What is asked has changed since this page was opened. Read what it is now, and decide on that.'
  return { code: 'conflict', message }
}

const notShown: Problem = {
  code: 'invalid_input',
  message: 'What was sent is not the form of this page.',
  hint: 'Open the link in the mail again.',
}

function readProblem({ approval: { impact } }: LinkView, { vote, hasRead }: LinkVote): Problem | undefined {
  if (impact !== 'C' || vote === 'reject' || hasRead) return undefined
  return { code: 'invalid_input', message: 'Nothing was decided yet. Say that you have read what leaves the company.' }
}
