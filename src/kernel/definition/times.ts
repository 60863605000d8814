// Checks what a definition says about time: durations, schedules and time zones.

import { cronProblem, timeZoneProblem } from '../schedule/cron.ts'
import { parseDuration } from '../schedule/duration.ts'
import type { DraftTrigger, DraftWorkflow } from './draft-workflow.ts'
import type { Finding } from './finding.ts'
import { shorten } from './wording.ts'

/** Schedules closer than this would start executions faster than a person could stop them. */
const shortestEveryMs = 1000

export function timeFindings({ settings, steps, triggers }: DraftWorkflow): readonly Finding[] {
  return [
    ...triggers.flatMap(triggerFindings),
    ...durationFindings('/settings/timeout', settings?.timeout, 1),
    ...steps.flatMap(({ pointer, timeout, retry }) => [
      ...durationFindings(`${pointer}/timeout`, timeout, 1),
      ...durationFindings(`${pointer}/retry/initial`, retry?.initial, 0),
      ...durationFindings(`${pointer}/retry/max`, retry?.max, 0),
    ]),
  ]
}

function triggerFindings({ pointer, schedule, every, timezone }: DraftTrigger): readonly Finding[] {
  const cron = schedule === undefined ? undefined : cronProblem(schedule)
  const zone = timezone === undefined ? undefined : timeZoneProblem(timezone)
  return [
    ...(cron === undefined ? [] : [{ code: 'invalid_cron', pointer: `${pointer}/schedule`, message: cron } as const]),
    ...(zone === undefined
      ? []
      : [{ code: 'invalid_timezone', pointer: `${pointer}/timezone`, message: zone } as const]),
    ...durationFindings(`${pointer}/every`, every, shortestEveryMs),
  ]
}

function durationFindings(pointer: string, text: string | undefined, shortestMs: number): readonly Finding[] {
  // The schema complains of an empty text.
  if (text === undefined || text === '') return []
  const name = pointer.slice(pointer.lastIndexOf('/') + 1)
  const ms = parseDuration(text)
  if (ms !== undefined && ms >= shortestMs) return []
  const message =
    ms === undefined
      ? `\`${name}\` is "${shorten(text)}", which is not a duration.`
      : `\`${name}\` is "${text}", which is too short.`
  const hint =
    ms === undefined
      ? 'Write for example 30s, 5m, 48h, 2d, 1h30m or PT5M.'
      : shortestMs === 1
        ? 'Write a duration above zero.'
        : 'Write at least 1s.'
  return [{ code: 'invalid_duration', pointer, message, hint }]
}
