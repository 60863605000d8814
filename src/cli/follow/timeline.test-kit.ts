// Timelines for tests: an execution folded from a few journal events.

import type { Step } from '../../kernel/definition/workflow.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { addEvent, newTimeline, type Timeline } from './timeline.ts'

/** When the executions of these tests start. */
export const start = Date.UTC(2026, 10, 21, 12)

export const step = (id: string, more: Partial<Step> = {}): Step => ({ id, action: 'log', ...more })

export function timelineOf(steps: readonly Step[], events: readonly JournalEvent[]): Timeline {
  const timeline = newTimeline({ name: 'order', steps: [...steps] }, start)
  for (const event of events) addEvent(timeline, event, () => timeline.state.graph)
  return timeline
}

export const completed = (
  id: string,
  at: number,
  more: { outcome?: string; item?: number; attempt?: number } = {},
): JournalEvent => ({
  type: 'step.completed',
  step: id,
  attempt: 1,
  outcome: 'completed',
  output: null,
  at: start + at,
  startedAt: start,
  ...more,
})

export const waiting = (
  id: string,
  wait: Extract<JournalEvent, { type: 'step.waiting' }>['wait'],
  item?: number,
): JournalEvent => ({
  type: 'step.waiting',
  step: id,
  attempt: 1,
  wait,
  at: start + 10,
  startedAt: start + 5,
  ...(item !== undefined && { item }),
})
