// When a schedule fires: the next times to show, and the ones to start now, missed runs included.

import { readCron } from './cron.ts'

/**
 * A cron expression read in an IANA time zone (UTC when absent), or a fixed interval counted from `anchorMs`, the
 * moment at which the schedule was enabled: it fires first at `anchorMs + everyMs`.
 */
export type Schedule =
  | { readonly cron: string; readonly timezone?: string }
  | { readonly everyMs: number; readonly anchorMs: number }

/** What happens to fire times that passed while nothing ran. */
export type MissedRuns = 'skip' | 'once' | 'all'

/** Under `skip` a fire time this old or younger is late, not missed: starting takes a moment even on a good day. */
const lateMs = 60_000

/** All times are epoch milliseconds; each function is exclusive of its argument. */
interface FireTimes {
  after(ms: number): number | undefined
  before(ms: number): number | undefined
}

/** Says why an interval cannot be used; undefined when it can. */
export function intervalProblem(everyMs: number): string | undefined {
  return Number.isInteger(everyMs) && everyMs >= 1000
    ? undefined
    : 'A schedule fires at most once a second. Write 1s or more.'
}

/**
 * The next `count` fire times after `afterMs`, ascending; fewer when the schedule ends (cron expressions do in the year
 * 3000), none when it cannot be read (`cronProblem`, `timeZoneProblem` and `intervalProblem` say why).
 *
 * Daylight saving: a cron expression whose second, minute and hour are values, lists or ranges (`30 2 * * *`) means the
 * clock on the wall. A time that the clock jumps over fires once, at the first instant after the gap; a time that
 * occurs twice fires at its first occurrence only. A wildcard or step in one of the three (`0 * * * *`) means elapsed
 * time: it fires in both passes of a repeated hour, and not in an hour that does not exist. When a whole day is missing
 * (Apia, 30 December 2011) it does not fire on that day. Intervals know no daylight saving.
 */
export function nextFireTimes(schedule: Schedule, afterMs: number, count: number): number[] {
  return take(fireTimesOf(schedule), afterMs, Infinity, count)
}

/**
 * The planned times to start now, ascending, and the planned time to wake for. `lastPlannedMs` is the planned time last
 * started (that of the last entry of `fire`), or the moment at which the schedule was enabled. Only later times are
 * ever returned, so that a clock that jumps back starts nothing twice.
 *
 * `once`: one start for all that passed, with the latest planned time. `all`: each that passed, at most `limit` a call;
 * the rest comes with the next call, and `next` is the first of it. `skip`: only those at most `lateMs` old.
 */
export function dueFireTimes(
  policy: { readonly schedule: Schedule; readonly missed: MissedRuns },
  { lastPlannedMs, nowMs, limit }: { readonly lastPlannedMs: number; readonly nowMs: number; readonly limit: number },
): { fire: number[]; next: number | undefined } {
  const times = fireTimesOf(policy.schedule)
  const since = policy.missed === 'skip' ? Math.max(lastPlannedMs, nowMs - lateMs - 1) : lastPlannedMs
  const fire = policy.missed === 'once' ? latest(times, since, nowMs) : take(times, since, nowMs, limit)
  return { fire, next: times.after(fire.at(-1) ?? since) }
}

function take(times: FireTimes, afterMs: number, untilMs: number, count: number): number[] {
  const taken: number[] = []
  let next = times.after(afterMs)
  while (taken.length < count && next !== undefined && next <= untilMs) {
    taken.push(next)
    next = times.after(next)
  }
  return taken
}

function latest(times: FireTimes, afterMs: number, untilMs: number): number[] {
  const last = times.before(untilMs + 1)
  return last !== undefined && last > afterMs ? [last] : []
}

function fireTimesOf(schedule: Schedule): FireTimes {
  return 'cron' in schedule
    ? cronTimes(schedule.cron, schedule.timezone ?? 'UTC')
    : intervalTimes(schedule.everyMs, schedule.anchorMs)
}

function cronTimes(expr: string, zone: string): FireTimes {
  const cron = readCron(expr, zone)
  return {
    after: (ms) => cron?.nextRun(new Date(ms))?.getTime(),
    before: (ms) => cron?.previousRuns(1, new Date(ms))[0]?.getTime(),
  }
}

function intervalTimes(everyMs: number, anchorMs: number): FireTimes {
  if (intervalProblem(everyMs) !== undefined) return { after: () => undefined, before: () => undefined }
  const at = (tick: number) => (tick < 1 ? undefined : anchorMs + tick * everyMs)
  return {
    after: (ms) => at(Math.max(1, Math.floor((ms - anchorMs) / everyMs) + 1)),
    before: (ms) => at(Math.ceil((ms - anchorMs) / everyMs) - 1),
  }
}
