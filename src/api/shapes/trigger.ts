// Triggers and schedules as the API shows them.

import { z } from 'zod'
import { type Trigger, triggerSchema } from '../../kernel/definition/workflow.ts'
import type { ListedTrigger } from '../../record/workflow-lists.ts'
import { type FireTime, nextTimes } from './trigger-times.ts'

export const triggerKind = z.enum(['manual', 'event', 'schedule', 'webhook', 'workflow'])

const id = z.string().meta({ format: 'uuid' })
const moment = z.string().meta({ format: 'date-time' })

const triggerFields = {
  id,
  workflow: z.string().meta({ description: 'The name of the workflow that it starts.' }),
  position: z.number().int().meta({ description: "Its place among the definition's triggers, from 0." }),
  kind: triggerKind,
  definition: triggerSchema,
  enabled: z.boolean().meta({ description: 'Whether it fires: it does while its workflow is active.' }),
  next_fire_at: moment.nullable().meta({ description: 'Of a schedule that is enabled.' }),
  last_fire_at: moment
    .nullable()
    .meta({ description: 'The planned time last started, or when the schedule was enabled.' }),
}

export const triggerShape = z
  .strictObject(triggerFields)
  .meta({ id: 'TriggerDetail', description: 'What starts executions of a workflow.' })

export type TriggerBody = z.input<typeof triggerShape>

const fireTime = z.strictObject({
  at: moment.meta({ description: 'The instant, in UTC.' }),
  local: z.string().meta({
    description: 'The same on the wall in the time zone, with its offset.',
    examples: ['2026-11-23T09:00:00+01:00'],
  }),
  note: z
    .string()
    .optional()
    .meta({ description: 'Where daylight saving begins or ends before this time, what it does.' }),
})

export const scheduleShape = z
  .strictObject({
    id,
    workflow: triggerFields.workflow,
    position: triggerFields.position,
    schedule: z.string().nullable().meta({ description: 'The cron expression; null for an interval.' }),
    every: z.string().nullable().meta({ description: 'The interval; null for a cron expression.' }),
    timezone: z.string().meta({ description: 'IANA time zone.', examples: ['Europe/Berlin'] }),
    missed: z.enum(['skip', 'once', 'all']).meta({
      description: 'Fire times that passed while nothing ran: skip them, run once for all of them, or run each.',
    }),
    inputs: z.record(z.string(), z.unknown()).meta({ description: 'Of each execution that it starts.' }),
    enabled: triggerFields.enabled,
    last_fire_at: triggerFields.last_fire_at,
    next: z
      .array(fireTime)
      .meta({ description: 'The next five fire times; what they would be while it is not enabled.' }),
  })
  .meta({ id: 'Schedule', description: 'What starts executions by the clock.' })

export function triggerBody(row: ListedTrigger): TriggerBody {
  const { id: triggerId, workflow, position, kind, definition, enabled, nextFireAt, lastFireAt } = row
  return {
    id: triggerId,
    workflow,
    position,
    kind,
    definition,
    enabled,
    next_fire_at: nextFireAt?.toISOString() ?? null,
    last_fire_at: lastFireAt?.toISOString() ?? null,
  }
}

const shownTimes = 5

export function scheduleBody(row: ListedTrigger, now: number): z.input<typeof scheduleShape> {
  const { id: triggerId, workflow, position, definition, enabled, lastFireAt } = row
  const { schedule, every, timezone = 'UTC', missed = 'once', inputs = {} } = clockOf(definition)
  return {
    id: triggerId,
    workflow,
    position,
    schedule: schedule ?? null,
    every: every ?? null,
    timezone,
    missed,
    inputs,
    enabled,
    last_fire_at: lastFireAt?.toISOString() ?? null,
    next: nextTimes(definition, { now, anchorMs: lastFireAt?.getTime() ?? now, zone: timezone, count: shownTimes }).map(
      timeBody,
    ),
  }
}

type Clock = Partial<Extract<Trigger, { schedule: string }> & Extract<Trigger, { every: string }>>

/** Nothing for a trigger that is no schedule. */
function clockOf(definition: Trigger): Clock {
  return 'schedule' in definition || 'every' in definition ? definition : {}
}

function timeBody({ at, local, note }: FireTime): z.input<typeof fireTime> {
  return { at, local, ...(note !== undefined && { note }) }
}
