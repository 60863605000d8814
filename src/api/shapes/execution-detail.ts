// One execution as the API shows it: its facts, its steps, its journal, its metrics and votes.

import { z } from 'zod'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { durationsOf } from '../../kernel/plan/run-records.ts'
import type { ExecutionState } from '../../kernel/plan/state.ts'
import type { ExecutionDetail, ExecutionVote } from '../../record/execution-details.ts'
import { anyValue, failureShape, isoOf, jsonObject, summaryFacts, summaryFields, uuid } from './execution.ts'
import { countStatuses, failureBody, openRef, type Records, stepRun, stepRunBodies } from './step-run.ts'
import { moment, version } from './workflow.ts'

export const parts = ['steps', 'journal', 'metrics', 'votes'] as const

export const journalEvent = z
  .strictObject({
    seq: z.number().int().min(1),
    type: z.string().meta({ examples: ['step.completed'] }),
    at: moment,
    started_at: moment.nullable().meta({ description: 'When the attempt began to work.' }),
    step: z.string().nullable(),
    item: z.number().int().nullable().meta({ description: 'Position in a `for_each`, from 0.' }),
    attempt: z.number().int().nullable(),
    outcome: z.string().nullable(),
    data: jsonObject.meta({ description: 'What else the event holds: `output`, `failure`, `wait`, `by`, `reason` …' }),
  })
  .meta({ id: 'JournalEvent' })

export const executionVote = z
  .strictObject({
    approval_id: uuid,
    step: z.string(),
    item: z.number().int().nullable(),
    member: z.strictObject({ id: uuid, name: z.string(), email: z.string() }),
    vote: z.enum(['approve', 'reject']),
    reason: z.string().nullable(),
    channel: z.string().meta({ description: 'Where it was cast: `api`, `cli`, `email` …' }),
    created_at: moment,
  })
  .meta({ id: 'ExecutionVote' })

const milliseconds = z.number().int().min(0)

const metricsShape = z
  .strictObject({
    queued_ms: milliseconds.meta({ description: 'Until a worker began.' }),
    working_ms: milliseconds.meta({ description: 'All attempts together; those side by side count each.' }),
    waiting_ms: milliseconds.meta({ description: 'For people, events, timers and children.' }),
    total_ms: milliseconds.meta({ description: 'From its creation to its end, or until now.' }),
    attempts: z.number().int().min(0),
    steps: z.record(z.string(), z.number().int()).meta({ description: 'Number of steps in each status.' }),
  })
  .meta({ id: 'ExecutionMetrics' })

/** `include=journal` shows so many events; the rest is on the journal's own pages. */
const mostEvents = 1000

export const executionDetail = z
  .strictObject({
    ...summaryFields,
    failure: failureShape.nullable(),
    inputs: jsonObject,
    trigger: jsonObject.meta({ description: 'What brought it about, as its expressions see it.' }),
    output: anyValue,
    waiting_for: z
      .string()
      .nullable()
      .meta({
        description: 'Why it does not go on, in one line.',
        examples: ['approval by finance_manager (sign_off)'],
      }),
    versions: z
      .array(version)
      .meta({ description: 'The version it started with, and each that a retry or a migration changed over to.' }),
    parent: z.strictObject({ id: uuid, step: z.string(), item: z.number().int().nullable() }).nullable(),
    children: z.array(uuid).meta({ description: 'The first hundred; `parent_id` of the list finds all.' }),
    steps: z.array(stepRun).optional(),
    journal: z
      .array(journalEvent)
      .optional()
      .meta({ description: `The first ${mostEvents} events.` }),
    metrics: metricsShape.optional(),
    votes: z.array(executionVote).optional(),
  })
  .meta({ id: 'Execution', description: 'An execution, with those parts of it that `include` names.' })

export type DetailBody = z.input<typeof executionDetail>

interface Read {
  readonly execution: ExecutionDetail
  readonly events: readonly JournalEvent[]
  readonly state: ExecutionState
  readonly records: Records
  readonly versions: readonly number[]
  readonly waitingFor: string | null
  readonly votes: readonly ExecutionVote[]
}

export function detailBody(read: Read, included: ReadonlySet<string>, now: number): DetailBody {
  const { execution, events, state, records, versions, waitingFor, votes } = read
  const { parentId, parentStep, parentItem } = execution
  return {
    ...summaryFacts(execution),
    failure: execution.failure === null ? null : failureBody(execution.failure),
    inputs: { ...execution.inputs },
    trigger: { ...execution.trigger },
    output: execution.output,
    waiting_for: waitingFor,
    versions: [...versions],
    parent: parentId === null || parentStep === null ? null : { id: parentId, step: parentStep, item: parentItem },
    children: [...execution.children],
    ...(included.has('steps') && { steps: stepRunBodies(state, records) }),
    ...(included.has('journal') && {
      journal: events.slice(0, mostEvents).map((event, index) => eventBody(index + 1, event)),
    }),
    ...(included.has('metrics') && { metrics: metricsBody(execution, state, records, now) }),
    ...(included.has('votes') && { votes: votes.map(voteBody) }),
  }
}

function metricsBody(
  { createdAt, startedAt, endedAt }: ExecutionDetail,
  state: ExecutionState,
  records: Records,
  now: number,
): z.input<typeof metricsShape> {
  const end = endedAt?.getTime() ?? now
  const { workingMs, waitingMs, attempts } = durationsOf(records.values(), end)
  const since = (from: Date, until: number) => Math.max(0, until - from.getTime())
  return {
    queued_ms: since(createdAt, startedAt?.getTime() ?? end),
    working_ms: workingMs,
    waiting_ms: waitingMs,
    total_ms: since(createdAt, end),
    attempts,
    steps: countStatuses(state.steps),
  }
}

interface AnyEvent {
  readonly step?: string
  readonly item?: number
  readonly attempt?: number
  readonly outcome?: string
}

/** What only the engine reads, and what would let its reader answer a callback, stays out. */
export function eventBody(seq: number, event: JournalEvent): z.input<typeof journalEvent> {
  const { type, at, startedAt, ...rest } = event
  const { step, item, attempt, outcome, ...others }: AnyEvent & object = rest
  return {
    seq,
    type,
    at: new Date(at).toISOString(),
    started_at: isoOf(startedAt),
    step: step ?? null,
    item: item ?? null,
    attempt: attempt ?? null,
    outcome: outcome ?? null,
    data: dataOf(event, others),
  }
}

function dataOf(event: JournalEvent, others: object): Record<string, unknown> {
  switch (event.type) {
    case 'step.waiting': {
      const { on, until } = event.wait
      return { wait: { on, until: isoOf(until), ref: openRef(event.wait) } }
    }
    case 'step.retrying':
    case 'compensation.retrying':
      return { ...others, until: isoOf(event.until) }
    case 'execution.retried': {
      const { by, steps, versionId } = event
      return { by, steps, ...(versionId !== undefined && { version_id: versionId }) }
    }
    case 'execution.migrated': {
      const { by, reason, versionId, dropped } = event
      return { by, ...(reason !== undefined && { reason }), version_id: versionId, dropped }
    }
    default:
      return { ...others }
  }
}

export function voteBody(vote: ExecutionVote): z.input<typeof executionVote> {
  const { approvalId, step, item, memberId, name, email, reason, channel, createdAt } = vote
  return {
    approval_id: approvalId,
    step,
    item,
    member: { id: memberId, name, email },
    vote: vote.vote,
    reason,
    channel,
    created_at: createdAt.toISOString(),
  }
}
