// Config fields that actions of every pack share: durations, points in time, audiences, JSON of any shape.

import { z } from 'zod'
import { parseDuration } from '../kernel/schedule/duration.ts'
import { isJson } from './payload.ts'

/** Any JSON value. */
export const anyJson = z.unknown().refine(isJson, 'must be JSON, without the keys __proto__, constructor and prototype')

/** A duration as text; parsed to milliseconds. */
export const duration = z
  .string()
  .min(1)
  .transform((text, context) => {
    const ms = parseDuration(text)
    if (ms !== undefined) return ms
    context.addIssue({ code: 'custom', message: `"${text}" is not a duration; write 30s, 5m, 48h, 2d or PT5M` })
    return z.NEVER
  })
  .describe('A duration: 30s, 5m, 48h, 2d, 1w, 1h30m, or ISO 8601 (PT5M)')

const timestampForm = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/

/** A point in time as text; parsed to epoch milliseconds. */
export const timestamp = z
  .string()
  .min(1)
  .transform((text, context) => {
    const ms = timestampForm.test(text) ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(ms)) return ms
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not a time; write 2026-12-24T18:00:00Z, with an offset, or 2026-12-24 (midnight UTC)`,
    })
    return z.NEVER
  })
  .describe('A time with its offset: 2026-12-24T18:00:00Z or 2026-12-24T18:00:00+01:00; a date alone is midnight UTC')

/** Who is meant: exactly one of a role, a council, or members by e-mail address. Parsed to an `Audience`. */
export const audience = z
  .strictObject({
    role: z.string().min(1).max(100).optional().describe('Everybody with this role or approver role'),
    council: z.string().min(1).max(100).optional().describe('The members of this council'),
    members: z.array(z.email()).min(1).max(200).optional().describe('These members, by e-mail address'),
  })
  .transform(({ role, council, members }, context) => {
    const named = [
      role !== undefined && { role },
      council !== undefined && { council },
      members !== undefined && { members },
    ].filter((one) => one !== false)
    const [only] = named
    if (only !== undefined && named.length === 1) return only
    context.addIssue({ code: 'custom', message: 'name exactly one of role, council and members' })
    return z.NEVER
  })
