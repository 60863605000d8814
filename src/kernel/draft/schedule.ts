// When a draft is converted by itself: at a moment, or again and again.

import { z } from 'zod'
import type { Problem } from '../problem.ts'
import { cronProblem, timeZoneProblem } from '../schedule/cron.ts'
import { nextFireTimes } from '../schedule/fire-times.ts'

export const draftSchedule = z.union([
  z.strictObject({ at: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-21T12:00:00Z' }) }),
  z.strictObject({
    cron: z.string().min(1).max(200).meta({ description: 'A cron expression of five or six fields.' }),
    timezone: z.string().max(100).default('UTC').meta({ description: 'IANA time zone.' }),
  }),
])

export type DraftSchedule = z.output<typeof draftSchedule>

/** All that is wrong with a schedule; pointers are those of a draft. */
export function scheduleProblems(schedule: DraftSchedule, nowMs: number): Problem[] {
  if ('at' in schedule) {
    if (Date.parse(schedule.at) > nowMs) return []
    const message = `The conversion is planned for ${schedule.at}, which is over. Name a moment to come.`
    return [{ code: 'invalid_input', message, pointer: '/schedule/at' }]
  }
  const cron = cronProblem(schedule.cron)
  const zone = timeZoneProblem(schedule.timezone)
  return [
    ...(cron === undefined ? [] : [{ code: 'invalid_cron', message: cron, pointer: '/schedule/cron' } as const]),
    ...(zone === undefined
      ? []
      : [{ code: 'invalid_timezone', message: zone, pointer: '/schedule/timezone' } as const]),
  ]
}

/** The next planned time after a moment; undefined when there is none. Epoch milliseconds. */
export function nextTime(schedule: DraftSchedule, afterMs: number): number | undefined {
  if (!('at' in schedule)) return nextFireTimes(schedule, afterMs, 1)[0]
  const at = Date.parse(schedule.at)
  return at > afterMs ? at : undefined
}
