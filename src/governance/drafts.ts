// What becomes of a draft when people have decided on it.

import { z } from 'zod'
import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import type { DraftContent } from '../kernel/draft/difference.ts'
import { nextTime } from '../kernel/draft/schedule.ts'
import { sayStatus } from '../kernel/draft/moves.ts'
import type { Json } from '../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { asJsonObject } from '../packs/payload.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { appendDraftEvent } from '../record/draft-history.ts'
import { approveDraft, type Draft, findDraft, type Hand, lockDraft, sendBack } from '../record/drafts.ts'
import type { KindHandler, KindParts, Settled } from './approval-kinds.ts'
import { handOf, objectOf } from './draft-access.ts'
import { checkDraft } from './draft-check.ts'
import { type DraftSubject, subjectOf } from './draft-content.ts'
import { editedContent, reviseDraft } from './draft-editing.ts'
import { notifyCreator } from './draft-notices.ts'

export const settleDraft: KindHandler = {
  settle: async (parts, client, actor, settled) => {
    const draft = await lockedDraft(parts, client, actor.tenantId, settled.subjectId)
    if (draft?.status !== 'pending_review') return ok({ entries: [] })
    const entries = await settle(parts, client, actor, draft, settled)
    if (!entries.ok) return entries
    const fate = settled.decision === 'approved' ? 'approved' : sayStatus(fates[settled.decision])
    const message = `Your draft "${draft.name}" is ${fate}${settled.reason === null ? '.' : `: ${settled.reason}`}`
    const notice = { title: `Draft ${settled.decision}`, message }
    if (settled.decision !== 'withdrawn') await notifyCreator(parts, client, draft, referenceTo(actor), notice)
    return ok({ entries: entries.value })
  },
  contentNow: async (parts, client, tenantId, subjectId) => {
    // Locked, so that nobody moves it between this look and what is decided.
    const draft = await lockedDraft(parts, client, tenantId, subjectId)
    return draft?.status === 'pending_review' ? subjectOf(client, tenantId, draft) : undefined
  },
  withEdit: async (parts, client, tenantId, subjectId, edit) => {
    const draft = await lockedDraft(parts, client, tenantId, subjectId)
    if (draft === undefined) return failed({ code: 'conflict', message: 'The draft is gone.' })
    const edited = await withEdit(parts, client, draft, edit)
    return edited.ok ? ok(edited.value.subject) : edited
  },
}

async function lockedDraft(
  { now }: KindParts,
  client: Queryable,
  tenantId: string,
  id: string,
): Promise<Draft | undefined> {
  await lockDraft(client, tenantId, id)
  return findDraft(client, tenantId, id, { memberId: null, now: new Date(now()) })
}

/** What becomes of a draft that was not approved. Nobody who lets time pass approves. */
const fates = { rejected: 'rejected', expired: 'rejected', withdrawn: 'editing', void: 'editing' } as const

async function settle(
  parts: KindParts,
  client: Queryable,
  actor: Actor,
  draft: Draft,
  settled: Settled,
): Promise<Result<readonly AuditEntry[]>> {
  const { decision, reason } = settled
  const hand = handOf(actor, new Date(parts.now()))
  if (decision === 'approved') return settleApproved(parts, client, draft, settled, hand)
  const status = fates[decision]
  await sendBack(client, draft, status)
  const action = decision === 'void' ? 'voided' : decision
  await appendDraftEvent(client, draft, { action, revision: draft.revision, hand, reason })
  const after = { status, approval_id: settled.approvalId, reason }
  const before = { status: draft.status }
  return ok([{ action: `draft.${action}`, object: objectOf(draft), before, after, at: hand.at }])
}

function changedMeanwhile({ name }: Draft): Problem {
  return { code: 'conflict', message: `What "${name}" replaces or starts was changed meanwhile. Look at it again.` }
}

const editSchema = z.strictObject({
  inputs: z.record(z.string(), z.json()).optional(),
  source: z.string().max(600_000).optional(),
})

/** Where the approvers changed something, that is what they have approved. Problems: all that is wrong with it then. */
async function settleApproved(
  parts: KindParts,
  client: Queryable,
  draft: Draft,
  settled: Settled,
  hand: Hand,
): Promise<Result<readonly AuditEntry[]>> {
  const { approvalId, contentHash: hash, content, edit, editHash, reason } = settled
  if (edit === null) return ok([await approve(parts, client, draft, { hand, hash, content, reason, approvalId })])
  const edited = await withEdit(parts, client, draft, edit)
  if (!edited.ok) return edited
  const { after, subject } = edited.value
  // Something that it replaces or starts was saved since the edit was signed: the next decision finds that out.
  if (subject.hash !== editHash) return failed(changedMeanwhile(draft))
  const entry = await reviseDraft(client, draft, after, hand)
  const revised = entry === undefined ? draft : { ...draft, ...after, revision: draft.revision + 1 }
  const approval = { hand, hash: subject.hash, content: subject.content, reason, approvalId }
  const approved = await approve(parts, client, revised, approval)
  return ok(entry === undefined ? [approved] : [entry, approved])
}

/** The draft as somebody who approves it would have it. Problems have pointers into what they send. */
async function withEdit(
  parts: KindParts,
  client: Queryable,
  draft: Draft,
  edit: Json,
): Promise<Result<{ readonly after: DraftContent; readonly subject: DraftSubject }>> {
  const parsed = editSchema.safeParse(edit)
  if (!parsed.success) {
    const message = 'An edit of a draft has `inputs`, an object, or `source`, a text, or both.'
    return failed({ code: 'invalid_input', message, pointer: '/edit' })
  }
  const { inputs, source } = parsed.data
  const given = {
    ...(source !== undefined && { source }),
    ...(inputs !== undefined && { inputs: asJsonObject(inputs) }),
  }
  const after = editedContent(draft, given)
  const checked = await checkDraft(parts, client, draft.tenantId, after)
  if (!checked.ok) return failed(...checked.problems.map((one) => ({ ...one, pointer: `/edit${one.pointer ?? ''}` })))
  const subject = await subjectOf(client, draft.tenantId, after)
  if (subject === undefined) throw new Error(`Draft ${draft.id} was checked and cannot be read`)
  return ok({ after, subject })
}

interface Approval {
  readonly hand: Hand
  readonly hash: string
  readonly content: Json
  readonly reason: string | null
  readonly approvalId?: string
  /** Of one that nobody has to review. */
  readonly submitted?: Hand
}

/** Of a draft that is locked. Returns the audit entry and appends nothing. */
export async function approve(
  { now }: Pick<KindParts, 'now'>,
  client: Queryable,
  draft: Draft,
  { hand, hash, content, reason, approvalId, submitted }: Approval,
): Promise<AuditEntry> {
  const at = hand.at
  const nextAt = nextLook(draft, now())
  await approveDraft(client, draft, { hash, content, at, nextAt, ...(submitted !== undefined && { submitted }) })
  await appendDraftEvent(client, draft, { action: 'approved', revision: draft.revision, hand, reason })
  const after = { status: 'approved', revision: draft.revision, content_hash: hash, approval_id: approvalId ?? null }
  const converts = { converts_at: nextAt?.toISOString() ?? null, reason }
  return {
    action: 'draft.approved',
    object: objectOf(draft),
    before: { status: draft.status },
    after: { ...after, ...converts },
    at,
  }
}

/** The date of an occurrence has come before it was approved; one that was planned for a date that is over waits for a person. */
function nextLook({ schedule, occurrenceOf }: Draft, now: number): Date | null {
  if (occurrenceOf !== null) return new Date(now)
  const next = schedule === null ? undefined : nextTime(schedule, now)
  return next === undefined ? null : new Date(next)
}
