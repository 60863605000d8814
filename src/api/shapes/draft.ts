// Drafts as the API shows them.

import { z } from 'zod'
import { draftMoves, type DraftMove, draftStatuses } from '../../kernel/draft/moves.ts'
import { draftSchedule } from '../../kernel/draft/schedule.ts'
import type { Problem } from '../../kernel/problem.ts'
import type { ListedDraftEvent } from '../../record/draft-history.ts'
import type { DraftReview, DraftTemplate, ListedDraft } from '../../record/draft-lists.ts'
import type { SeenDraft } from '../../record/drafts.ts'
import { etagOf } from '../edit.ts'
import { permitBody, permitShape, personShape } from './approval.ts'
import { anyValue, iso, jsonObject, uuid } from './execution.ts'
import { label } from './person.ts'
import { moment, workflowName } from './workflow.ts'

export const draftStatus = z.enum(draftStatuses)

export const hand = z
  .strictObject({
    kind: z.string().meta({ description: '`member`, `agent`, `operator` or `system`.', examples: ['member'] }),
    id: z.string().nullable(),
    name: z.string(),
  })
  .meta({ id: 'DraftHand', description: 'Who did something.' })

/** `member:<id>` and its like, taken apart. */
export function handBody(reference: string, name: string): z.input<typeof hand> {
  const [kind = '', id = null] = reference.split(':')
  return { kind, id, name }
}

export const councilName = z.string().min(1).max(60)

export const givenFields = {
  name: label(200).meta({ description: 'What it is about, in a few words.', examples: ['Launch the autumn campaign'] }),
  purpose: z.string().max(4000).nullable().meta({ description: 'What it is for.' }),
  source: z
    .string()
    .max(600_000)
    .meta({ description: 'A definition of its own, as YAML. It may be unfinished while it is edited.' }),
  workflow: workflowName.meta({ description: 'A workflow whose current version is to run, instead of `source`.' }),
  inputs: jsonObject.meta({ description: 'The inputs of the run.' }),
  schedule: draftSchedule.nullable().meta({
    description:
      'When it is converted by itself once it is approved: at a moment, or again and again, each time as a draft of its own.',
  }),
  council: councilName.nullable().meta({
    description: 'Who is to review it; null leaves it to the category of the workflow.',
  }),
}

const scheduleShape = z.union([
  z.strictObject({ at: z.string() }),
  z.strictObject({ cron: z.string(), timezone: z.string() }),
])

const summaryFields = {
  id: uuid,
  status: draftStatus,
  name: z.string(),
  purpose: z.string().nullable(),
  workflow_type_id: z.string().nullable().meta({ description: 'The name of the workflow that it makes or runs.' }),
  category: z.string().nullable(),
  workflow: z
    .string()
    .nullable()
    .meta({ description: 'The workflow that it names; null where it has a definition of its own.' }),
  revision: z.number().int().min(1).meta({ description: 'Counts its contents.' }),
  schedule: scheduleShape.nullable(),
  council: z.string().nullable(),
  assigned_council_id: uuid.nullable(),
  assigned_council: z.string().nullable().meta({ description: 'The council that reviews or has reviewed it.' }),
  created_by_user_id: uuid.nullable().meta({ description: "The member's id; null where an agent created it." }),
  created_by: hand,
  created_at: moment,
  edited_by: hand,
  edited_at: moment,
  submitted_at: moment.nullable(),
  approval_id: uuid.nullable(),
  approved_at: moment.nullable(),
  next_at: moment.nullable().meta({ description: 'When it is converted, or recurs, by itself.' }),
  created_from_template_id: uuid.nullable(),
  created_from_proposal_id: uuid.nullable(),
  occurrence_of: uuid.nullable().meta({ description: 'The recurring draft that has made it.' }),
  converted_to_workflow_id: uuid.nullable(),
  converted_version_id: uuid.nullable(),
  converted_execution_id: uuid.nullable(),
  converted_at: moment.nullable(),
}

export const draftSummary = z
  .strictObject(summaryFields)
  .meta({ id: 'DraftSummary', description: 'A draft in a list.' })

export const draftTotals = z
  .strictObject({ ...countsOf(), all: z.number().int().min(0) })
  .meta({ id: 'DraftTotals', description: 'How many drafts there are of each status.' })

function countsOf() {
  const count = z.number().int().min(0)
  return { editing: count, pending_review: count, approved: count, rejected: count, converted: count, discarded: count }
}

export function totalsBody(
  totals: Partial<Record<(typeof draftStatuses)[number], number>>,
): z.input<typeof draftTotals> {
  const { editing = 0, pending_review = 0, approved = 0, rejected = 0, converted = 0, discarded = 0 } = totals
  const all = editing + pending_review + approved + rejected + converted + discarded
  return { editing, pending_review, approved, rejected, converted, discarded, all }
}

const review = z
  .strictObject({
    approval_id: uuid,
    status: z.string().meta({ description: 'Of the approval that it was a vote on.' }),
    member: personShape,
    on_behalf_of: uuid.nullable(),
    vote: z.enum(['approve', 'reject']),
    reason: z.string().nullable(),
    created_at: moment,
  })
  .meta({ id: 'DraftReview', description: 'A vote on a draft.' })

const templateShape = z.strictObject({
  id: uuid,
  name: z.string(),
  title: z.string(),
  is_pre_approved: z.boolean(),
})

export const draftDetail = z
  .strictObject({
    ...summaryFields,
    source: z.string().nullable(),
    inputs: jsonObject,
    preview_data: anyValue.meta({ description: 'The last preview of this revision; null where there is none.' }),
    template: templateShape.nullable(),
    reviews: z.array(review),
    comments: z.strictObject({ all: z.number().int().min(0), open: z.number().int().min(0) }),
    history: z.string().meta({ description: 'Where its history is.' }),
    may_i: z
      .strictObject({
        edit: permitShape,
        submit: permitShape,
        withdraw: permitShape,
        reopen: permitShape,
        discard: permitShape,
        convert: permitShape,
      })
      .meta({ description: 'What whoever asks may do with it now, and why not.' }),
  })
  .meta({ id: 'Draft' })

export function summaryBody(draft: ListedDraft): z.input<typeof draftSummary> {
  const created = handBody(draft.createdBy, draft.createdByName)
  return {
    id: draft.id,
    status: draft.status,
    name: draft.name,
    purpose: draft.purpose,
    workflow_type_id: draft.workflowTypeId,
    category: draft.category,
    workflow: draft.workflow,
    revision: draft.revision,
    schedule: draft.schedule,
    council: draft.council,
    assigned_council_id: draft.assignedCouncilId,
    assigned_council: draft.assignedCouncil,
    created_by_user_id: created.kind === 'member' ? created.id : null,
    created_by: created,
    created_at: draft.createdAt.toISOString(),
    edited_by: handBody(draft.editedBy, draft.editedByName),
    edited_at: draft.editedAt.toISOString(),
    submitted_at: iso(draft.submittedAt),
    approval_id: draft.approvalId,
    approved_at: iso(draft.approvedAt),
    next_at: iso(draft.nextAt),
    created_from_template_id: draft.templateId,
    created_from_proposal_id: draft.proposalId,
    occurrence_of: draft.occurrenceOf,
    converted_to_workflow_id: draft.convertedWorkflowId,
    converted_version_id: draft.convertedVersionId,
    converted_execution_id: draft.convertedExecutionId,
    converted_at: iso(draft.convertedAt),
  }
}

export interface DraftFacts {
  readonly template: DraftTemplate | undefined
  readonly reviews: readonly DraftReview[]
  readonly comments: { readonly all: number; readonly open: number }
  readonly problemOf: (move: DraftMove) => Problem | undefined
}

export function detailBody(draft: SeenDraft, facts: DraftFacts): z.input<typeof draftDetail> {
  const { template, reviews, comments, problemOf } = facts
  return {
    ...summaryBody(draft),
    source: draft.source,
    inputs: draft.inputs,
    preview_data: draft.previewData,
    template: template === undefined ? null : templateBody(template),
    reviews: reviews.map(reviewBody),
    comments,
    history: `/api/v1/drafts/${draft.id}/history`,
    may_i: {
      edit: permitBody(problemOf('edit')),
      submit: permitBody(problemOf('submit')),
      withdraw: permitBody(problemOf('withdraw')),
      reopen: permitBody(problemOf('reopen')),
      discard: permitBody(problemOf('discard')),
      convert: permitBody(problemOf('convert')),
    },
  }
}

const templateBody = ({ id, name, title, isPreApproved }: DraftTemplate): z.input<typeof templateShape> => ({
  id,
  name,
  title,
  is_pre_approved: isPreApproved,
})

function reviewBody(given: DraftReview): z.input<typeof review> {
  const { approvalId, status, memberId: id, name, email, onBehalfOf, vote, reason, createdAt } = given
  const member = { id, name, email }
  return {
    approval_id: approvalId,
    status,
    member,
    on_behalf_of: onBehalfOf,
    vote,
    reason,
    created_at: createdAt.toISOString(),
  }
}

/** Other for every revision and every status. */
export const draftEtag = ({ id, revision, status }: Pick<SeenDraft, 'id' | 'revision' | 'status'>): string =>
  etagOf({ id, revision, status })

/** `editing`, `pending review` or …: in which status a move is legal, for the reference. */
export const sayFrom = (move: DraftMove): string => draftMoves[move].from.map((status) => `\`${status}\``).join(', ')

export const draftEvent = z
  .strictObject({
    seq: z.number().int().min(1),
    action: z.string().meta({ description: '`created`, `edited`, `submitted`, `approved` …', examples: ['edited'] }),
    revision: z.number().int().min(1),
    actor: hand,
    at: moment,
    difference: z.array(z.string()).meta({ description: 'What is different from the revision before, in sentences.' }),
    reason: z.string().nullable(),
    content: jsonObject.nullable().meta({ description: 'Where it made a revision: what the draft says since.' }),
  })
  .meta({ id: 'DraftEvent', description: 'Something that happened to a draft.' })

export function eventBody(event: ListedDraftEvent): z.input<typeof draftEvent> {
  const { seq, action, revision, actor, actorName, at, difference, reason, content } = event
  const facts = { difference: [...difference], reason, content: content === null ? null : { ...content } }
  return { seq, action, revision, actor: handBody(actor, actorName), at: at.toISOString(), ...facts }
}
