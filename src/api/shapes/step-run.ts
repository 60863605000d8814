// The runs of an execution's steps as the API shows them.

import { z } from 'zod'
import type { GraphStep } from '../../kernel/plan/graph.ts'
import type { Failure, Wait } from '../../kernel/plan/journal.ts'
import {
  type AttemptRecord,
  recordRuns,
  runKey,
  type RunRecord,
  type WaitRecord,
} from '../../kernel/plan/run-records.ts'
import { type ExecutionState, isSettled, type RunState, type StepState } from '../../kernel/plan/state.ts'
import { anyValue, failureShape, isoOf, uuid } from './execution.ts'
import { moment } from './workflow.ts'

/** More items of a `for_each` than these are counted only. */
const mostListed = 500

const waitOn = z.enum(['timer', 'event', 'callback', 'approval', 'form', 'child'])

const waitShape = z
  .strictObject({
    on: waitOn,
    since: moment,
    until: moment.nullable().meta({ description: 'When it expires; of a timer, when it is due.' }),
    ref: z
      .string()
      .nullable()
      .meta({ description: "An approval's, form's or child execution's id, or the type of an event." }),
  })
  .meta({ id: 'Wait', description: 'What a step waits for.' })

const attemptShape = z
  .strictObject({
    attempt: z.number().int(),
    status: z.enum(['running', 'waiting', 'completed', 'failed', 'retrying', 'stopped']),
    started_at: moment,
    ended_at: moment.nullable(),
    failure: failureShape.nullable(),
    retry_at: moment.nullable().meta({ description: 'When the next attempt is due.' }),
    waits: z.array(z.strictObject({ on: waitOn, since: moment, ended_at: moment.nullable() })),
  })
  .meta({ id: 'Attempt' })

const runFields = {
  status: z
    .enum(['pending', 'ready', 'running', 'waiting', 'retrying', 'completed', 'failed', 'skipped', 'bypassed'])
    .meta({ description: '`skipped`: its condition was false. `bypassed`: no edge led to it.' }),
  outcome: z
    .string()
    .nullable()
    .meta({ examples: ['approved'] }),
  output: anyValue,
  failure: failureShape.nullable(),
  attempts: z.array(attemptShape).meta({ description: 'All of them, also those before a retry by a person.' }),
  wait: waitShape.nullable().meta({ description: 'What it waits for now.' }),
  started_at: moment.nullable(),
  ended_at: moment.nullable(),
  approval_id: uuid.nullable().meta({ description: 'The last approval that it asked for.' }),
  form_id: uuid.nullable(),
  child_execution_id: uuid.nullable(),
}

export const stepRun = z
  .strictObject({
    step: z.string().meta({ examples: ['sign_off'] }),
    title: z.string().nullable(),
    action: z.string().meta({ examples: ['approval.request'] }),
    config: z.record(z.string(), z.unknown()).meta({
      description: 'As it is written in the definition. What its expressions came to is not kept.',
    }),
    ...runFields,
    compensation: z
      .strictObject({ status: z.enum(['retrying', 'completed', 'failed']), attempt: z.number().int() })
      .nullable()
      .meta({ description: 'How far undoing it has come.' }),
    items: z
      .array(z.strictObject({ item: z.number().int(), value: anyValue, ...runFields }))
      .nullable()
      .meta({ description: `Of a \`for_each\`: the first ${mostListed} items.` }),
    items_total: z.number().int().nullable(),
  })
  .meta({ id: 'StepRun', description: 'What became of a step.' })

export type StepRunBody = z.input<typeof stepRun>

export type Records = ReturnType<typeof recordRuns>

/** The steps in the order of the definition. */
export function stepRunBodies(state: ExecutionState, records: Records): StepRunBody[] {
  return state.graph.steps.flatMap((graphStep) => {
    const step = state.steps[graphStep.index]
    return step === undefined ? [] : [stepBody(state, graphStep, step, records)]
  })
}

function stepBody(
  state: ExecutionState,
  { id, index, step }: GraphStep,
  run: StepState,
  records: Records,
): StepRunBody {
  const { fanOut } = run
  const undone = state.compensations.get(index)
  return {
    step: id,
    title: step.title ?? null,
    action: step.action,
    config: step.config ?? {},
    ...runBody(run, fanOut === undefined ? records.get(id) : spanOf(id, run, records)),
    compensation: undone === undefined ? null : { status: undone.status, attempt: undone.attempt },
    items:
      fanOut?.runs.slice(0, mostListed).map((each, item) => ({
        item,
        value: fanOut.items[item] ?? null,
        ...runBody(each, records.get(runKey(id, item))),
      })) ?? null,
    items_total: fanOut?.items.length ?? null,
  }
}

/** From the fan-out to the end of the last item. */
function spanOf(id: string, run: StepState, records: Records): RunRecord | undefined {
  const whole = records.get(id)
  if (whole === undefined || !isSettled(run.status)) return whole
  const ends = run.fanOut?.runs.map((_, item) => records.get(runKey(id, item))?.endedAt ?? 0) ?? []
  // Not spread into Math.max: there may be more than a call takes.
  return { ...whole, endedAt: ends.reduce((latest, at) => Math.max(latest, at), whole.startedAt) }
}

function runBody(run: RunState, record: RunRecord | undefined) {
  const { status, outcome, output, failure, wait } = run
  const attempts = record?.attempts ?? []
  const last = attempts.at(-1)?.waits.at(-1)
  return {
    status,
    outcome: outcome ?? null,
    output,
    failure: failure === undefined ? null : failureBody(failure),
    attempts: attempts.map(attemptBody),
    wait: status === 'waiting' && wait !== undefined ? waitBody(wait, last?.since ?? run.startedAt ?? 0) : null,
    started_at: isoOf(record?.startedAt),
    ended_at: isSettled(status) ? isoOf(record?.endedAt) : null,
    approval_id: refOf(attempts, 'approval'),
    form_id: refOf(attempts, 'form'),
    child_execution_id: refOf(attempts, 'child'),
  }
}

export function failureBody({ code, message, retry, detail }: Failure): z.input<typeof failureShape> {
  return { code, message, retry, ...(detail !== undefined && { detail }) }
}

function waitBody(wait: Wait, since: number): z.input<typeof waitShape> {
  return { on: wait.on, since: new Date(since).toISOString(), until: isoOf(wait.until), ref: openRef(wait) }
}

/** Whoever knows the token of a callback may answer it. */
export const openRef = ({ on, ref }: Wait): string | null => (on === 'callback' ? null : (ref ?? null))

function attemptBody({ attempt, status, startedAt, endedAt, failure, retryAt, waits }: AttemptRecord) {
  return {
    attempt,
    status,
    started_at: new Date(startedAt).toISOString(),
    ended_at: isoOf(endedAt),
    failure: failure === undefined ? null : failureBody(failure),
    retry_at: isoOf(retryAt),
    waits: waits.map(pastWaitBody),
  }
}

function pastWaitBody({ wait, since, endedAt }: WaitRecord) {
  return { on: wait.on, since: new Date(since).toISOString(), ended_at: isoOf(endedAt) }
}

function refOf(attempts: readonly AttemptRecord[], on: Wait['on']): string | null {
  return attempts.flatMap(({ waits }) => waits).findLast(({ wait }) => wait.on === on)?.wait.ref ?? null
}

/** How many steps are in which status. */
export function countStatuses(steps: readonly StepState[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status } of steps) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
