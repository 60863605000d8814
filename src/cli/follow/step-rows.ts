// The steps of an execution as rows: what each is doing, for how long, and what it waits for.

import { isJsonObject, type Json } from '../../kernel/json.ts'
import type { Wait } from '../../kernel/plan/journal.ts'
import { isSettled, type RunState, type StepState, type StepStatus } from '../../kernel/plan/state.ts'
import { sayUntil, shortId } from '../elapsed.ts'
import type { Style } from '../terminal.ts'
import type { Timeline } from './timeline.ts'

export type RowStatus =
  | 'not yet'
  | 'queued'
  | 'working'
  | 'waiting for a person'
  | 'waiting'
  | 'retrying'
  | 'completed'
  | 'failed'
  | 'skipped'
  | 'bypassed'

interface Look {
  readonly symbol: string
  readonly style: Style | undefined
}

export const looks: Readonly<Record<RowStatus, Look>> = {
  'not yet': { symbol: '·', style: 'dim' },
  queued: { symbol: '○', style: undefined },
  working: { symbol: '●', style: 'blue' },
  'waiting for a person': { symbol: '◆', style: 'yellow' },
  waiting: { symbol: '◇', style: 'cyan' },
  retrying: { symbol: '↻', style: 'yellow' },
  completed: { symbol: '✓', style: 'green' },
  failed: { symbol: '✗', style: 'red' },
  skipped: { symbol: '–', style: 'dim' },
  bypassed: { symbol: '–', style: 'dim' },
}

export interface StepRow {
  readonly id: string
  readonly status: RowStatus
  readonly elapsedMs: number | undefined
  /** Outcome, items, attempts, why it waits or failed. */
  readonly detail: string
}

export function stepRows(timeline: Timeline, now: number): StepRow[] {
  return timeline.state.graph.steps.flatMap(({ id, index }) => {
    const step = timeline.state.steps[index]
    if (step === undefined) return []
    const span = timeline.spans.get(id)
    const elapsedMs = span === undefined ? undefined : (span.to ?? now) - span.from
    return [{ id, status: rowStatus(step), elapsedMs, detail: detailOf(step, now) }]
  })
}

const statuses: Readonly<Record<StepStatus, RowStatus>> = {
  pending: 'not yet',
  ready: 'queued',
  running: 'working',
  waiting: 'waiting',
  retrying: 'retrying',
  completed: 'completed',
  failed: 'failed',
  skipped: 'skipped',
  bypassed: 'bypassed',
}

export function isForPerson(wait: Wait | undefined): boolean {
  return wait?.on === 'approval' || wait?.on === 'form'
}

function rowStatus(step: StepState): RowStatus {
  const runs = step.fanOut === undefined ? [step] : [...step.fanOut.active].map((item) => step.fanOut?.runs[item])
  const waitsForPerson = runs.some((run) => run?.status === 'waiting' && isForPerson(run.wait))
  return waitsForPerson && !isSettled(step.status) ? 'waiting for a person' : statuses[step.status]
}

function detailOf(step: StepState, now: number): string {
  const parts = [itemCount(step), attemptCount(step), outcomeOf(step), waitReason(step, now), failureOf(step)]
  return parts.filter((part) => part !== undefined).join(', ')
}

function itemCount({ fanOut }: StepState): string | undefined {
  if (fanOut === undefined) return undefined
  const failures = fanOut.runs.filter(({ status }) => status === 'failed').length
  const failed = failures === 0 ? '' : `, ${failures} failed`
  return `${fanOut.settled} of ${fanOut.items.length} items${failed}`
}

function attemptCount({ attempt }: RunState): string | undefined {
  return attempt > 1 ? `attempt ${attempt}` : undefined
}

function outcomeOf({ status, outcome }: RunState): string | undefined {
  return isSettled(status) && outcome !== undefined && outcome !== status ? outcome : undefined
}

function failureOf({ failure, status }: RunState): string | undefined {
  return failure === undefined || status === 'completed' ? undefined : failure.message
}

/** Why a run does not go on right now; undefined when nothing holds it. */
function waitReason(run: RunState, now: number): string | undefined {
  if (run.status === 'retrying' && run.retryAt !== undefined) return `tries again ${sayUntil(run.retryAt, now)}`
  return run.status === 'waiting' && run.wait !== undefined ? sayWait(run.wait, now) : undefined
}

export function sayWait({ on, until, ref }: Wait, now: number): string {
  const expires = until === undefined ? '' : `, expires ${sayUntil(until, now)}`
  const named = ref === undefined ? '' : ` ${on === 'event' ? ref : shortId(ref)}`
  switch (on) {
    case 'timer':
      return until === undefined ? 'a timer' : `goes on ${sayUntil(until, now)}`
    case 'event':
      return `waits for the event${named}${expires}`
    case 'callback':
      return `waits for a callback${expires}`
    case 'child':
      return `waits for the execution${named}`
    case 'approval':
    case 'form':
      return `${on}${named}${expires}`
  }
}

/** A value in one line, cut where it would fill the screen. */
export function sayOutput(output: Json, longest: number): string {
  if (output === null || (isJsonObject(output) && Object.keys(output).length === 0)) return ''
  const text = JSON.stringify(output)
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
