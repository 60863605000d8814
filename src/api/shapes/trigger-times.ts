// The next fire times of a schedule, each on the clock of its time zone, and what daylight saving does to them.

import type { Trigger } from '../../kernel/definition/workflow.ts'
import { nextFireTimes } from '../../kernel/schedule/fire-times.ts'
import { policyOf } from '../../engine/triggers/schedules.ts'

export interface FireTime {
  /** ISO 8601, UTC. */
  readonly at: string
  /** ISO 8601 with the offset of the time zone. */
  readonly local: string
  readonly note?: string
}

export interface TimesAsked {
  /** Epoch ms. */
  readonly now: number
  /** An interval counts from here; epoch ms. */
  readonly anchorMs: number
  /** IANA time zone. */
  readonly zone: string
  readonly count: number
}

/** Fewer than asked where the schedule ends; none for a trigger that is no schedule. */
export function nextTimes(trigger: Trigger, { now, anchorMs, zone, count }: TimesAsked): FireTime[] {
  const policy = policyOf(trigger, anchorMs)
  if (policy === undefined) return []
  let before = clockAt(now, zone)
  return nextFireTimes(policy.schedule, now, count).map((ms) => {
    const clock = clockAt(ms, zone)
    const note = noteOn(before, clock)
    before = clock
    return { at: new Date(ms).toISOString(), local: clock.toString({ timeZoneName: 'never' }), ...note }
  })
}

function clockAt(ms: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone)
}

const minuteNs = 60_000_000_000

function noteOn(before: Temporal.ZonedDateTime, clock: Temporal.ZonedDateTime): { note: string } | undefined {
  const minutes = (clock.offsetNanoseconds - before.offsetNanoseconds) / minuteNs
  if (minutes === 0) return undefined
  const change = clock.getTimeZoneTransition('previous')
  const when = change === null ? '' : ` on ${change.toPlainDate().toString()}`
  return {
    note: `The clock goes ${minutes > 0 ? 'forward' : 'back'} ${sayMinutes(Math.abs(minutes))}${when}: now ${clock.offset}.`,
  }
}

function sayMinutes(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`
}
