// An execution as its journal tells it: the folded state, and when each step worked.

import type { Workflow } from '../../kernel/definition/workflow.ts'
import { applyEvent, type GraphOf } from '../../kernel/plan/fold.ts'
import { buildGraph } from '../../kernel/plan/graph.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import {
  type ExecutionState,
  isSettled,
  newState,
  type RunState,
  runAt,
  stateAt,
  type StepState,
} from '../../kernel/plan/state.ts'

/** When a step began, and ended; epoch ms. */
export interface Span {
  readonly from: number
  readonly to: number | undefined
}

export interface Timeline {
  readonly state: ExecutionState
  readonly spans: Map<string, Span>
  /** How many journal events it holds. */
  seq: number
  endedAt: number | undefined
}

export function newTimeline(workflow: Workflow, startedAt: number): Timeline {
  return { state: newState(buildGraph(workflow), startedAt), spans: new Map(), seq: 0, endedAt: undefined }
}

/** Takes in one journal event. */
export function addEvent(timeline: Timeline, event: JournalEvent, graphOf: GraphOf): void {
  applyEvent(timeline.state, event, graphOf)
  timeline.seq++
  if (event.type === 'execution.ended') timeline.endedAt = event.at
  if (event.type === 'execution.retried' || event.type === 'execution.migrated') {
    timeline.endedAt = undefined
    for (const [id] of timeline.spans)
      if (!isSettled(stepOf(timeline, id)?.status ?? 'pending')) timeline.spans.delete(id)
  }
  if ('step' in event && event.type.startsWith('step.'))
    stretch(timeline, event.step, event.startedAt ?? event.at, event.at)
}

function stepOf({ state }: Timeline, id: string): StepState | undefined {
  const index = state.graph.indexOf.get(id)
  return index === undefined ? undefined : stateAt(state, index)
}

/** What a person, or something outside, must do before a run goes on. */
export interface OpenWait {
  readonly step: string
  readonly item: number | undefined
  readonly run: RunState
}

/** The runs that wait, those of the items of a `for_each` included. */
export function openWaits({ state }: Timeline): OpenWait[] {
  return [...state.open].flatMap((index) => {
    const step = stateAt(state, index)
    const id = state.graph.steps[index]?.id ?? ''
    if (step.fanOut === undefined) return waits(id, undefined, step)
    return [...step.fanOut.active].flatMap((item) => waits(id, item, runAt(step, item)))
  })
}

/** Whether nothing is left to do but wait for what `isForPerson` says. */
export function restsOn(timeline: Timeline, isForPerson: (wait: OpenWait) => boolean): boolean {
  const { state } = timeline
  const waiting = openWaits(timeline)
  if (state.ended !== undefined || state.paused || waiting.length === 0) return false
  const runs = [...state.open].flatMap((index) => {
    const step = stateAt(state, index)
    return step.fanOut === undefined ? [step] : [...step.fanOut.active].map((item) => runAt(step, item))
  })
  return runs.filter(({ status }) => !isSettled(status)).length === waiting.length && waiting.every(isForPerson)
}

function waits(step: string, item: number | undefined, run: RunState): OpenWait[] {
  return run.status === 'waiting' ? [{ step, item, run }] : []
}

function stretch(timeline: Timeline, step: string, from: number, at: number): void {
  const before = timeline.spans.get(step)
  const isDone = isSettled(stepOf(timeline, step)?.status ?? 'pending')
  timeline.spans.set(step, { from: Math.min(before?.from ?? from, from), to: isDone ? at : undefined })
}
