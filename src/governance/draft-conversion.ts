// A draft is converted: what was approved becomes an active version, or one execution, or both, in one transaction.

import { storeWorkflow } from '../engine/triggers/save-workflow.ts'
import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { moveProblem } from '../kernel/draft/moves.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import { notifyRunnable, type Queryable } from '../record/database.ts'
import type { Draft, Hand, SeenDraft } from '../record/drafts.ts'
import { type NewExecution, startExecutions } from '../record/executions.ts'
import { findPendingOfWorkflow } from '../record/subject-approvals.ts'
import { lockWorkflowByName } from '../record/workflow-lists.ts'
import { findWorkflow, type SavedVersion } from '../record/workflows.ts'
import { activationNeeds, actsOf, countersigned, standingWithout } from './activation-needs.ts'
import { closeAsks } from './closed-asks.ts'
import { type DraftCheck, findSeenDraft, handOf, lockSeenDraft, partyOf } from './draft-access.ts'
import { type DraftSubject, sayContentDifference, subjectOf } from './draft-content.ts'
import { checkDraft } from './draft-check.ts'
import { type ConversionParts, finish, type Place } from './draft-ending.ts'
import { convertPreApproved, isPreApproved } from './draft-templates.ts'
import { giveGrant } from './grants.ts'
import type { Officer } from './people-parts.ts'

export interface ConversionAsked {
  readonly id: string
  /** Whether an execution is started as well. */
  readonly starts: boolean
  readonly check?: DraftCheck | undefined
}

/**
 * Converts an approved draft, or one of a template that is approved in advance. Problems: those of a move; `conflict` with the
 * difference (it is not what was approved, the policy asks for more by now); those of the definition and of admission.
 */
export async function convertDraft(
  parts: ConversionParts,
  client: Queryable,
  officer: Officer,
  { id, starts, check }: ConversionAsked,
): Promise<Result<SeenDraft>> {
  const found = await lockSeenDraft(parts, client, officer, id)
  if (!found.ok) return found
  const draft = found.value
  const preApproved = await isPreApproved(client, draft)
  const refused = moveProblem('convert', partyOf(officer, draft), { ...draft, isPreApproved: preApproved })
  if (refused !== undefined) return failed(refused)
  const checked = check?.(draft) ?? ok(undefined)
  if (!checked.ok) return checked
  const hand = handOf(officer, new Date(parts.now()))
  if (draft.status === 'editing') {
    const converted = starts
      ? await convertPreApproved(parts, client, officer, draft, hand)
      : failed(nothingToDo(draft))
    return converted.ok ? findSeenDraft(parts, client, officer, id) : converted
  }
  const converted = await turn(parts, client, officer, draft, { hand, starts, startedBy: referenceTo(officer) })
  if (!converted.ok) return converted
  await appendAudit(client, officer, converted.value)
  return findSeenDraft(parts, client, officer, id)
}

export interface Turning {
  readonly hand: Hand
  readonly starts: boolean
  readonly startedBy: string
}

/** Of an approved draft that is locked. Returns the audit entries and appends nothing. */
export async function turn(
  parts: ConversionParts,
  client: Queryable,
  actor: Actor,
  draft: Draft,
  turning: Turning,
): Promise<Result<readonly AuditEntry[]>> {
  if (draft.schedule !== null && 'cron' in draft.schedule) return failed(recurs)
  if (draft.workflow !== null && !turning.starts) return failed(nothingToDo(draft))
  const subject = await unchanged(client, draft)
  if (!subject.ok) return subject
  const placed =
    draft.source === null
      ? await placeCurrent(client, draft, subject.value)
      : await placeVersion(parts, client, actor, draft, subject.value)
  if (!placed.ok) return placed
  const { entries, ...place } = placed.value
  const started = turning.starts ? await start(parts, client, draft, place, turning) : ok(undefined)
  if (!started.ok) return started
  const executionId = started.value?.id ?? null
  const granted =
    draft.source === null && executionId !== null
      ? await grantFor(parts, client, draft, subject.value, { ...place, executionId })
      : []
  return ok([...entries, ...granted, await finish(client, draft, { ...place, executionId }, turning.hand)])
}

/** Fail closed: what runs is what was approved. */
async function unchanged(client: Queryable, draft: Draft): Promise<Result<DraftSubject>> {
  const subject = await subjectOf(client, draft.tenantId, draft)
  if (subject !== undefined && subject.hash === draft.approvedHash) return ok(subject)
  const difference =
    subject === undefined ? 'What it runs is gone.' : sayContentDifference(draft.approvedContent, subject.content)
  return failed({
    code: 'conflict',
    message: `The draft is not what was approved. ${difference}`,
    hint: 'Reopen it, look at it, and submit it again.',
  })
}

type Placed = Place & { readonly entries: readonly AuditEntry[] }

/** An inactive workflow runs where people have approved this one run of it. */
async function placeCurrent(
  client: Queryable,
  { tenantId, workflow: name, approvalId }: Draft,
  { workflow }: DraftSubject,
): Promise<Result<Placed>> {
  await lockWorkflowByName(client, tenantId, workflow.name)
  const row = await findWorkflow(client, tenantId, workflow.name)
  if (row === undefined) return failed({ code: 'conflict', message: `There is no workflow "${name}" any more.` })
  const place = { workflowId: row.id, versionId: row.versionId }
  if (row.status === 'active' || approvalId !== null) return ok({ ...place, entries: [] })
  const message = `The workflow "${workflow.name}" is inactive, and nobody has approved this run of it. Activate it, then convert the draft.`
  return failed({ code: 'conflict', message })
}

/** Saves the version; active only with all that the policy asks for now. */
async function placeVersion(
  parts: ConversionParts,
  client: Queryable,
  actor: Actor,
  draft: Draft,
  subject: DraftSubject,
): Promise<Result<Placed>> {
  // Whoever wrote it may not decide on what it does, whoever converts it.
  const { tenantId, source, editedBy: madeBy } = draft
  const { workflow } = subject
  const checked = await checkDraft(parts, client, tenantId, { ...draft, schedule: null, council: null })
  if (!checked.ok) return checked
  const entries: AuditEntry[] = []
  const reason = `The draft "${draft.name}" has replaced what was asked for.`
  // Before the workflow is locked: who decides locks the approval first as well.
  const pending = await findPendingOfWorkflow(client, tenantId, workflow.name)
  entries.push(...(await closeAsks(parts, client, tenantId, pending, { status: 'void', reason })))
  let missing: readonly string[] = []
  const settleStanding = async (version: SavedVersion) => {
    const place = { workflowId: version.workflowId, versionId: version.versionId }
    entries.push(...(await grantFor(parts, client, draft, subject, place)))
    const needs = await activationNeeds(parts, client, tenantId, workflow)
    const current = { ...place, version: version.version, workflow, createdBy: madeBy }
    const lacks = (await countersigned(parts, client, tenantId, current, needs)).missing
    missing = lacks.map(({ act }) => act)
    const facts = { draft_id: draft.id, approval_id: draft.approvalId, impact: needs.impact.impact }
    return { ...standingWithout(lacks), facts }
  }
  const save = { workflow, source: source ?? '', madeBy, settleStanding }
  const stored = await storeWorkflow(parts, client, actor, save)
  if (missing.length > 0) return failed(asksMore(missing))
  const { workflowId, versionId } = stored.saved
  return ok({ workflowId, versionId, entries: [...entries, ...stored.entries] })
}

function asksMore(missing: readonly string[]): Problem {
  const message = `Since it was approved, the policy asks for more: ${missing.join(', ')}.`
  return { code: 'conflict', message, hint: 'Reopen the draft and submit it again.' }
}

/** Nothing where nobody has approved anything: then the policy asked nobody. */
async function grantFor(
  parts: ConversionParts,
  client: Queryable,
  { tenantId, approvalId }: Draft,
  { workflow, closure }: DraftSubject,
  place: Place & { readonly executionId?: string },
): Promise<AuditEntry[]> {
  if (approvalId === null) return []
  const { hash: contentHash, content } = closure
  const given = { kind: 'draft', ...place, acts: actsOf(workflow), contentHash, content, approvalId } as const
  return [await giveGrant(parts, client, { tenantId }, given)]
}

/** In this transaction, so that nothing runs of what is not converted, and the other way round. */
async function start(
  { starter }: ConversionParts,
  client: Queryable,
  { tenantId, id, inputs }: Draft,
  { workflowId, versionId }: Place,
  { startedBy }: Turning,
): Promise<Result<NewExecution>> {
  const admitted = await starter.admission
    .within(client)
    .admit({ tenantId, workflowId, versionId, inputs, startedBy, dedupeKey: `draft:${id}` })
  if (!admitted.ok) return failed(...admitted.problems.map(intoInputs))
  const started = await startExecutions(client, [admitted.value])
  await notifyRunnable(client)
  if (started.has(admitted.value.id)) return admitted
  return failed({ code: 'conflict', message: 'An execution of this draft was started before.' })
}

const intoInputs = (problem: Problem): Problem =>
  problem.code === 'invalid_input' ? { ...problem, pointer: `/inputs${problem.pointer ?? ''}` } : problem

const recurs: Problem = {
  code: 'conflict',
  message: 'The draft recurs: each of its occurrences becomes a draft of its own, which is converted.',
  hint: 'Reopen it and take its schedule away to convert it once.',
}

function nothingToDo({ workflow }: Draft): Problem {
  const what = workflow === null ? 'The template is approved as it is' : `The workflow "${workflow}" is there already`
  return {
    code: 'conflict',
    message: `${what}: without a start there is nothing to convert.`,
    hint: 'Convert it with the start.',
  }
}
