// Triggers and schedules: what starts executions by itself, and when.

import { z } from 'zod'
import { failed, ok } from '../../kernel/problem.ts'
import { findTrigger, pageOfTriggers } from '../../record/workflow-lists.ts'
import { mostCounted, pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { scheduleBody, scheduleShape, triggerBody, triggerKind, triggerShape } from '../shapes/trigger.ts'
import { workflowName } from '../shapes/workflow.ts'

const params = z.strictObject({ id: z.uuid().toLowerCase().meta({ description: 'The id of the trigger.' }) })

const filters = {
  workflow: workflowName.optional().meta({ description: 'Those of this workflow.' }),
  enabled: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description: 'Those that fire, or those that do not.' }),
}

const listTriggers = route({
  method: 'GET',
  path: '/triggers',
  operation: 'listTriggers',
  tag: 'Triggers',
  summary: 'List triggers',
  access: 'triggers:read',
  problems: [],
  query: z.strictObject({
    kind: triggerKind.optional().meta({ description: 'Those of this kind.' }),
    ...filters,
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of triggers.', schema: pageOf(triggerShape) } },
  async handle({ db, principal, query }) {
    const { rows, counted } = await pageOfTriggers(db, principal.tenantId, { ...query, countTo: mostCounted })
    return ok({ status: 200, body: { items: rows.map(triggerBody), ...pageFacts(counted, query) } } as const)
  },
})

const getTrigger = route({
  method: 'GET',
  path: '/triggers/{id}',
  operation: 'getTrigger',
  tag: 'Triggers',
  summary: 'Get a trigger',
  access: 'triggers:read',
  problems: ['not_found'],
  params,
  answers: { 200: { description: 'The trigger.', schema: triggerShape } },
  async handle({ db, principal, params: { id } }) {
    const found = await findTrigger(db, principal.tenantId, id)
    if (found === undefined) return failed({ code: 'not_found', message: `There is no trigger ${id}.` })
    return ok({ status: 200, body: triggerBody(found) } as const)
  },
})

const listSchedules = route({
  method: 'GET',
  path: '/schedules',
  operation: 'listSchedules',
  tag: 'Triggers',
  summary: 'List schedules',
  description: 'Each with its next five fire times on the clock of its time zone.',
  access: 'triggers:read',
  problems: [],
  query: z.strictObject({ ...filters, ...pageQuery }),
  answers: { 200: { description: 'A page of schedules.', schema: pageOf(scheduleShape) } },
  async handle({ parts, db, principal, query }) {
    const filter = { kind: 'schedule', ...query, countTo: mostCounted } as const
    const { rows, counted } = await pageOfTriggers(db, principal.tenantId, filter)
    const now = parts.now()
    return ok({
      status: 200,
      body: { items: rows.map((row) => scheduleBody(row, now)), ...pageFacts(counted, query) },
    } as const)
  },
})

const getSchedule = route({
  method: 'GET',
  path: '/schedules/{id}',
  operation: 'getSchedule',
  tag: 'Triggers',
  summary: 'Get a schedule',
  access: 'triggers:read',
  problems: ['not_found'],
  params,
  answers: { 200: { description: 'The schedule.', schema: scheduleShape } },
  async handle({ parts, db, principal, params: { id } }) {
    const found = await findTrigger(db, principal.tenantId, id)
    if (found?.kind !== 'schedule') return failed({ code: 'not_found', message: `There is no schedule ${id}.` })
    return ok({ status: 200, body: scheduleBody(found, parts.now()) } as const)
  },
})

export const triggerRoutes = [listTriggers, getTrigger, listSchedules, getSchedule]
