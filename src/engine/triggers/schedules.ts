// Schedules: executions that start by the clock, each planned time at most once.

import type { Trigger } from '../../kernel/definition/workflow.ts'
import { parseDuration } from '../../kernel/schedule/duration.ts'
import { dueFireTimes, type MissedRuns, nextFireTimes, type Schedule } from '../../kernel/schedule/fire-times.ts'
import { inTransaction, type Queryable } from '../../record/database.ts'
import { type FiringTrigger, lockDueTriggers, nextFireAt, setFireTimes } from '../../record/triggers.ts'
import { type Firing, fireTriggers, type TriggerParts } from './firing.ts'

export interface Schedules {
  /**
   * Starts what is due at `now` (epoch ms). Any number of keepers may call it at once, with clocks that jump: each planned
   * time starts at most one execution. Returns when the next one is due.
   */
  fireDue(now: number): Promise<number | undefined>
}

const triggersAtOnce = 100
/** Of one schedule that catches up on all it missed; the rest comes with the next round. */
const startsAtOnce = 100

export function createSchedules(parts: TriggerParts): Schedules {
  const { engine } = parts.database
  return {
    fireDue: async (now) => {
      while ((await inTransaction(engine, (client) => fireSome(parts, client, now))) > 0);
      return (await nextFireAt(engine))?.getTime()
    },
  }
}

async function fireSome(parts: TriggerParts, client: Queryable, now: number): Promise<number> {
  const due = await lockDueTriggers(client, new Date(now), triggersAtOnce)
  if (due.length === 0) return 0
  const firings: Firing[] = []
  const times = due.map((trigger) => {
    const { fire, next } = planned(trigger, now)
    firings.push(...fire.map((at) => firingAt(trigger, at)))
    const last = fire.at(-1)
    const nextAt = next === undefined ? null : new Date(next)
    const lastFireAt = last === undefined ? trigger.lastFireAt : new Date(last)
    return { tenantId: trigger.tenantId, id: trigger.id, nextFireAt: nextAt, lastFireAt }
  })
  await fireTriggers(parts, client, firings)
  await setFireTimes(client, times)
  return due.length
}

function planned({ definition, lastFireAt }: FiringTrigger, now: number): { fire: number[]; next: number | undefined } {
  const lastPlannedMs = lastFireAt?.getTime() ?? now
  const policy = policyOf(definition, lastPlannedMs)
  if (policy === undefined) return { fire: [], next: undefined }
  return dueFireTimes(policy, { lastPlannedMs, nowMs: now, limit: startsAtOnce })
}

function firingAt(trigger: FiringTrigger, at: number): Firing {
  const plannedAt = new Date(at).toISOString()
  const { definition, id } = trigger
  const inputs = 'inputs' in definition && definition.inputs !== undefined ? definition.inputs : {}
  const payload = { planned_at: plannedAt }
  return { trigger, inputs, payload, startedBy: `schedule:${id}`, dedupeKey: `schedule:${id}:${plannedAt}` }
}

/** When a schedule that is enabled at `now` fires first; undefined for other triggers. */
export function firstFireAt(trigger: Trigger, now: number): number | undefined {
  const policy = policyOf(trigger, now)
  return policy === undefined ? undefined : nextFireTimes(policy.schedule, now, 1)[0]
}

/** An interval counts from the last planned time, which lies on its grid. */
export function policyOf(trigger: Trigger, anchorMs: number): { schedule: Schedule; missed: MissedRuns } | undefined {
  if ('schedule' in trigger) {
    const { schedule: cron, timezone, missed = 'once' } = trigger
    return { schedule: timezone === undefined ? { cron } : { cron, timezone }, missed }
  }
  if (!('every' in trigger)) return undefined
  const everyMs = parseDuration(trigger.every)
  return everyMs === undefined ? undefined : { schedule: { everyMs, anchorMs }, missed: trigger.missed ?? 'once' }
}
