// Drafts as people and agents write them: created, edited, reopened, discarded.

import type { JsonObject } from '../kernel/json.ts'
import { type DraftContent, sayDraftDifference } from '../kernel/draft/difference.ts'
import type { DraftSchedule } from '../kernel/draft/schedule.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { appendDraftEvent } from '../record/draft-history.ts'
import {
  type Draft,
  type DraftOrigin,
  type Hand,
  insertDraft,
  reopenDraft as reopenRow,
  type SeenDraft,
  sendBack,
  storeRevision,
} from '../record/drafts.ts'
import type { KindParts } from './approval-kinds.ts'
import { admitMove, type DraftCheck, findSeenDraft, handOf, objectOf } from './draft-access.ts'
import { councilProblems, workflowProblems } from './draft-check.ts'
import { typeOf } from './draft-content.ts'
import type { Officer } from './people-parts.ts'

/** What the audit and the history keep of a content. */
export const contentOf = (draft: DraftContent): DraftContent & JsonObject => ({
  name: draft.name,
  purpose: draft.purpose,
  source: draft.source,
  workflow: draft.workflow,
  inputs: draft.inputs,
  schedule: draft.schedule,
  council: draft.council,
})

/** Problems: `not_found` (a workflow or a council that it names). */
export async function createDraft(
  parts: KindParts,
  client: Queryable,
  officer: Officer,
  given: DraftContent & DraftOrigin,
): Promise<Result<SeenDraft>> {
  const { tenantId } = officer
  const refused = await namedProblems(client, tenantId, given)
  if (refused.length > 0) return failed(...refused)
  const id = parts.newId()
  const created = handOf(officer, new Date(parts.now()))
  const entry = await makeDraft(client, { tenantId, id, given, created })
  if (entry !== undefined) await appendAudit(client, officer, entry)
  return findSeenDraft(parts, client, officer, id)
}

/** Undefined when the occurrence of a recurring draft has been made before. */
export async function makeDraft(
  client: Queryable,
  draft: {
    readonly tenantId: string
    readonly id: string
    readonly given: DraftContent & DraftOrigin
    readonly created: Hand
  },
): Promise<AuditEntry | undefined> {
  const { tenantId, id, given, created } = draft
  const type = await typeOf(client, tenantId, given)
  if (!(await insertDraft(client, { ...given, ...type, tenantId, id, created }))) return undefined
  const content = contentOf(given)
  await appendDraftEvent(client, { tenantId, id }, { action: 'created', revision: 1, hand: created, content })
  const origin = {
    created_from_template_id: given.templateId ?? null,
    created_from_proposal_id: given.proposalId ?? null,
    occurrence_of: given.occurrence?.of ?? null,
  }
  const object = objectOf({ id, name: given.name })
  return { action: 'draft.created', object, after: { ...content, ...origin, status: 'editing' }, at: created.at }
}

export interface DraftEdit {
  readonly name?: string | undefined
  readonly purpose?: string | null | undefined
  /** A definition of its own takes the place of a workflow that was named, and the other way round. */
  readonly source?: string | undefined
  readonly workflow?: string | undefined
  readonly inputs?: JsonObject | undefined
  readonly schedule?: DraftSchedule | null | undefined
  readonly council?: string | null | undefined
}

/** Makes a revision, unless nothing changes. Problems: those of a move, of `check`, and `not_found` for what it names. */
export async function editDraft(
  parts: KindParts,
  client: Queryable,
  officer: Officer,
  asked: { readonly id: string; readonly edit: DraftEdit; readonly check: DraftCheck },
): Promise<Result<SeenDraft>> {
  const { id, edit, check } = asked
  const admitted = await admitMove(parts, client, officer, { id, move: 'edit', check })
  if (!admitted.ok) return admitted
  const before = admitted.value
  const after = editedContent(before, edit)
  const refused = await namedProblems(client, before.tenantId, after)
  if (refused.length > 0) return failed(...refused)
  const entry = await reviseDraft(client, before, after, handOf(officer, new Date(parts.now())))
  if (entry === undefined) return admitted
  await appendAudit(client, officer, entry)
  return findSeenDraft(parts, client, officer, id)
}

export function editedContent(draft: Draft, edit: DraftEdit): DraftContent {
  const given = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined))
  const other = edit.source !== undefined ? { workflow: null } : edit.workflow !== undefined ? { source: null } : {}
  return { ...contentOf(draft), ...given, ...other }
}

/** Stores another content of a draft that is locked; undefined when it is the same. Appends nothing to the audit. */
export async function reviseDraft(
  client: Queryable,
  before: Draft,
  after: DraftContent,
  edited: Hand,
): Promise<AuditEntry | undefined> {
  const difference = sayDraftDifference(before, after)
  if (difference.length === 0) return undefined
  await storeRevision(client, before, { ...after, ...(await typeOf(client, before.tenantId, after)) }, edited)
  const revision = before.revision + 1
  const content = contentOf(after)
  await appendDraftEvent(client, before, { action: 'edited', revision, hand: edited, content, difference })
  const object = objectOf({ id: before.id, name: after.name })
  return { action: 'draft.edited', object, before: contentOf(before), after: { ...content, revision }, at: edited.at }
}

async function namedProblems(client: Queryable, tenantId: string, content: DraftContent) {
  return [...(await workflowProblems(client, tenantId, content)), ...(await councilProblems(client, tenantId, content))]
}

/** A draft that was rejected, or approved and not converted, can be changed again. Problems: those of a move. */
export async function reopenDraft(
  parts: KindParts,
  client: Queryable,
  officer: Officer,
  id: string,
): Promise<Result<SeenDraft>> {
  const admitted = await admitMove(parts, client, officer, { id, move: 'reopen' })
  if (!admitted.ok) return admitted
  const draft = admitted.value
  const hand = handOf(officer, new Date(parts.now()))
  await reopenRow(client, draft)
  const revision = draft.revision + 1
  await appendDraftEvent(client, draft, { action: 'reopened', revision, hand, content: contentOf(draft) })
  const change = { before: { status: draft.status }, after: { status: 'editing', revision } }
  await appendAudit(client, officer, { action: 'draft.reopened', object: objectOf(draft), ...change, at: hand.at })
  return findSeenDraft(parts, client, officer, id)
}

/** It stays, and nothing comes of it any more. Problems: those of a move. */
export async function discardDraft(
  parts: KindParts,
  client: Queryable,
  officer: Officer,
  id: string,
  reason: string | null,
): Promise<Result<SeenDraft>> {
  const admitted = await admitMove(parts, client, officer, { id, move: 'discard' })
  if (!admitted.ok) return admitted
  const draft = admitted.value
  const hand = handOf(officer, new Date(parts.now()))
  await sendBack(client, draft, 'discarded')
  await appendDraftEvent(client, draft, { action: 'discarded', revision: draft.revision, hand, reason })
  const change = { before: { status: draft.status }, after: { status: 'discarded', reason } }
  await appendAudit(client, officer, { action: 'draft.discarded', object: objectOf(draft), ...change, at: hand.at })
  return ok({ ...draft, status: 'discarded', nextAt: null })
}
