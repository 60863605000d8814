// A draft is submitted: it is checked, and the people whom it concerns are asked.

import type { Workflow } from '../kernel/definition/workflow.ts'
import type { AskingRule } from '../kernel/policy/governance-policy.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import type { Approvers } from '../kernel/voting/rule-problem.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import { type Council, findCouncil } from '../record/councils.ts'
import type { Queryable } from '../record/database.ts'
import { appendDraftEvent } from '../record/draft-history.ts'
import { findCouncilOfDomain } from '../record/draft-schedules.ts'
import { type Draft, type Hand, type SeenDraft, submitDraft as submitRow } from '../record/drafts.ts'
import { membersOfAudience } from '../record/members.ts'
import { type ActivationNeeds, activationNeeds, actsOf } from './activation-needs.ts'
import type { KindParts } from './approval-kinds.ts'
import { handsOf, requestApproval } from './approval-request.ts'
import { admitMove, type DraftCheck, findSeenDraft, handOf, objectOf } from './draft-access.ts'
import { checkDraft } from './draft-check.ts'
import { type DraftSubject, subjectOf } from './draft-content.ts'
import { notifyMembers } from './draft-notices.ts'
import { approve } from './drafts.ts'
import type { Officer } from './people-parts.ts'
import { expiryOf, remindEveryMs } from './policy-times.ts'
import { testProblem } from './required-tests.ts'

/**
 * Asks the council whose domain is the category of the workflow, or the one that the draft names, else those whom the policy
 * names for the class; where it names nobody, the draft is approved. Problems: those of a move, all that is wrong with the
 * draft, `unreachable_quorum`.
 */
export async function submitDraft(
  parts: KindParts,
  client: Queryable,
  officer: Officer,
  asked: { readonly id: string; readonly check?: DraftCheck },
): Promise<Result<SeenDraft>> {
  const { id, check } = asked
  const admitted = await admitMove(parts, client, officer, { id, move: 'submit', check })
  if (!admitted.ok) return admitted
  const submitted = await putForward(parts, client, admitted.value, handOf(officer, new Date(parts.now())))
  if (!submitted.ok) return submitted
  await appendAudit(client, officer, submitted.value)
  return findSeenDraft(parts, client, officer, id)
}

/** Of a draft that is locked. Returns the audit entries and appends nothing. */
export async function putForward(
  parts: KindParts,
  client: Queryable,
  draft: Draft,
  hand: Hand,
  asksNobody: (needs: ActivationNeeds) => boolean = () => false,
): Promise<Result<readonly AuditEntry[]>> {
  const { tenantId } = draft
  const checked = await checkDraft(parts, client, tenantId, draft)
  if (!checked.ok) return checked
  const subject = await subjectOf(client, tenantId, draft)
  if (subject === undefined) throw new Error(`Draft ${draft.id} was checked and cannot be read`)
  const needs = await activationNeeds(parts, client, tenantId, checked.value)
  const untested = await testProblem(client, tenantId, subject, needs)
  if (untested !== undefined) return failed(untested)
  const reviewers = asksNobody(needs) ? undefined : await reviewersOf(client, draft, checked.value, needs)
  if (reviewers === undefined) {
    const reason = `The policy asks nobody about class ${needs.impact.impact}.`
    const { hash, content } = subject
    return ok([await approve(parts, client, draft, { hand, hash, content, reason, submitted: hand })])
  }
  return askReviewers(parts, client, draft, { hand, subject, needs, reviewers })
}

interface Reviewers {
  readonly rule: AskingRule
  readonly council: Council | undefined
}

async function reviewersOf(
  client: Queryable,
  { tenantId, council: named }: Draft,
  { category }: Workflow,
  { asked: [first] }: ActivationNeeds,
): Promise<Reviewers | undefined> {
  const ofDomain = category === undefined ? undefined : await findCouncilOfDomain(client, tenantId, category)
  const name = named ?? ofDomain
  const council = name === undefined ? undefined : await findCouncil(client, tenantId, name)
  if (council !== undefined) {
    return { rule: { approvers: { council: council.name }, quorum: council.threshold }, council }
  }
  return first === undefined ? undefined : { rule: first.rule, council: undefined }
}

interface Asking {
  readonly hand: Hand
  readonly subject: DraftSubject
  readonly needs: ActivationNeeds
  readonly reviewers: Reviewers
}

async function askReviewers(
  parts: KindParts,
  client: Queryable,
  draft: Draft,
  { hand, subject, needs, reviewers }: Asking,
): Promise<Result<readonly AuditEntry[]>> {
  const { id, revision, createdBy: author, editedBy: lastEditor } = draft
  const { governance, impact } = needs
  const { rule, council } = reviewers
  const { approvers, quorum } = rule
  const hands = { requestedBy: hand.by, author, lastEditor, excludes: governance.separation }
  const asked = await requestApproval(parts, client, draft, {
    kind: 'draft',
    subjectId: id,
    acts: actsOf(subject.workflow),
    impact: impact.impact,
    approvers,
    quorum,
    ...hands,
    summary: summaryOf(draft, subject.workflow),
    details: detailsOf(draft, subject.workflow, needs),
    contentHash: subject.hash,
    content: subject.content,
    mayEdit: governance.edit_and_approve,
    ...expiryOf(governance, rule, parts.now()),
    ...remindEveryMs(governance),
  })
  if (!asked.ok) return failed(...asked.problems)
  const { approvalId, entry } = asked.value
  await submitRow(client, draft, { submitted: hand, approvalId, councilId: council?.id ?? null })
  await appendDraftEvent(client, draft, { action: 'submitted', revision, hand })
  await tellReviewers(parts, client, draft, approvers, { hand, excluded: handsOf(hands) })
  const after = { status: 'pending_review', revision, approval_id: approvalId, council: council?.name ?? null }
  const object = objectOf(draft)
  return ok([{ action: 'draft.submitted', object, before: { status: 'editing' }, after, at: hand.at }, entry])
}

/** Those who may vote. */
async function tellReviewers(
  parts: KindParts,
  client: Queryable,
  { tenantId, name }: Draft,
  approvers: Approvers,
  { hand, excluded }: { readonly hand: Hand; readonly excluded: readonly string[] },
): Promise<void> {
  const seats = (await membersOfAudience(client, tenantId, approvers)).map((member) => member.id)
  const voters = seats.filter((member) => !excluded.includes(`member:${member}`))
  const message = `${hand.name} asks for your vote on the draft "${name}".`
  await notifyMembers(parts, client, tenantId, voters, { title: 'A draft waits for your vote', message })
}

function summaryOf(draft: Draft, { name, title = name }: Workflow): string {
  const deed = draft.source === null ? `Run "${title}"` : `Make "${title}" active and run it`
  return `${deed}: ${draft.name}`
}

function detailsOf(draft: Draft, workflow: Workflow, { impact }: ActivationNeeds) {
  const { id, name, purpose, inputs, schedule, revision } = draft
  const reasons = impact.reasons.filter((reason) => reason.impact === impact.impact)
  return {
    draft_id: id,
    draft: name,
    purpose,
    revision,
    workflow: workflow.name,
    inputs,
    schedule,
    impact: impact.impact,
    reasons: reasons.map(({ step, reason }) => ({
      step,
      reason,
    })),
  }
}
