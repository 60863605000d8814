// The audit: who did what, newest first; verified; exported.

import { Readable } from 'node:stream'
import { z } from 'zod'
import { exportAudit, sayFault, verifyAudit } from '../../governance/audit.ts'
import { failed, ok } from '../../kernel/problem.ts'
import { type AuditRow, countAuditEntries, listAuditEntries, readChainHead } from '../../record/audit-entries.ts'
import { asTenant } from '../../record/database.ts'
import { mostCounted, pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { moment } from '../shapes/workflow.ts'

const givenMoment = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-21T12:00:00Z' })
const mostSeq = 1e15
const seq = z.coerce.number().int().min(1).max(mostSeq)
const hash = z.string().meta({ description: 'SHA-256, in hexadecimal.' })
const anyJson = z.unknown().meta({ description: 'Any JSON; null where there is nothing to say.' })
const name = z.string().min(1).max(200)

const entryShape = z
  .strictObject({
    seq: z.number().int().meta({ description: "Its number in the tenant's chain, from 1 and without gaps." }),
    at: moment,
    actor: z.strictObject({
      kind: z.enum(['member', 'agent', 'operator', 'system']),
      id: z.string().nullable(),
      name: z.string(),
    }),
    channel: z.string().meta({ examples: ['api'] }),
    address: z.string().nullable().meta({ description: 'The IP address it came from.' }),
    request_id: z.string().nullable(),
    action: z.string().meta({ examples: ['workflow.version_saved'] }),
    object: z.strictObject({ type: z.string(), id: z.string(), name: z.string().nullable() }),
    before: anyJson,
    after: anyJson,
    hash,
  })
  .meta({ id: 'AuditEntry', description: 'What somebody did to an object.' })

const list = route({
  method: 'GET',
  path: '/audit',
  operation: 'listAuditEntries',
  tag: 'Audit',
  summary: 'List what was done',
  description: 'Newest first. Filters add up.',
  access: 'audit:read',
  problems: [],
  query: z.strictObject({
    actor: z
      .string()
      .regex(/^((member|agent):[0-9a-f-]{36}|member|agent|operator|system)$/, 'must be like "member:<id>" or "system"')
      .optional()
      .meta({ description: '`member:<id>`, `agent:<id>`, or a kind: `member`, `agent`, `operator`, `system`.' }),
    action: name.optional().meta({ description: 'What was done, such as `workflow.version_saved`.' }),
    object_type: name.optional().meta({ description: 'To objects of this kind, such as `workflow`.' }),
    object_id: name
      .optional()
      .meta({ description: 'To the object with this id, or with this name where it has none.' }),
    channel: name.optional().meta({ description: 'Through `api`, `cli`, `email`, `engine` …' }),
    since: givenMoment.optional().meta({ description: 'At this moment or later.' }),
    until: givenMoment.optional().meta({ description: 'Before this moment.' }),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of entries.', schema: pageOf(entryShape) } },
  async handle({ db, principal: { tenantId }, query }) {
    const { actor, action, channel, object_type: objectType, object_id: objectId, limit, offset } = query
    const times = { since: dateOf(query.since), until: dateOf(query.until) }
    const filter = { actor, action, channel, objectType, objectId, ...times }
    const rows = await listAuditEntries(db, tenantId, { ...filter, limit, offset })
    const counted = await countAuditEntries(db, tenantId, filter, mostCounted + 1)
    return ok({ status: 200 as const, body: { items: rows.map(entryBody), ...pageFacts(counted, query) } })
  },
})

const dateOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text))

function entryBody(row: AuditRow) {
  const { at, actorKind: kind, actorId, actorName, channel, address, requestId, action, before, after } = row
  return {
    seq: row.seq,
    at: at.toISOString(),
    actor: { kind: z.enum(['member', 'agent', 'operator', 'system']).parse(kind), id: actorId, name: actorName },
    channel,
    address,
    request_id: requestId,
    action,
    object: { type: row.objectType, id: row.objectId, name: row.objectName },
    before,
    after,
    hash: row.hash,
  }
}

/** What one request verifies: a second's work. The command line verifies all. */
const mostVerified = 5000
const mostExecutions = 5000
const usuallyVerified = 1000

const faultShape = z.strictObject({
  kind: z.enum(['changed', 'missing', 'reordered', 'inserted']),
  seq: z.number().int(),
  to: z.number().int().meta({ description: 'The last one missing; where one belongs that was moved.' }),
  at: z.string().nullable(),
  action: z.string().nullable(),
  message: z.string(),
})

const verificationShape = z
  .strictObject({
    verified: z.boolean(),
    from: z.number().int(),
    to: z.number().int(),
    entries: z.number().int(),
    head: z.strictObject({ seq: z.number().int(), hash }).meta({
      description: 'Where the chain ends. Note it elsewhere: with it a chain that was written anew is found out.',
    }),
    faults: z.array(faultShape),
    executions: z.strictObject({
      checked: z.number().int(),
      pruned: z.number().int().meta({ description: 'Sealed, and deleted since.' }),
      faults: z.array(z.strictObject({ execution_id: z.string(), seq: z.number().int(), message: z.string() })),
    }),
  })
  .meta({ id: 'AuditVerification' })

const entryRange = {
  from: seq.optional().meta({ description: 'The number of the first entry.' }),
  to: seq.optional().meta({ description: 'The number of the last entry.' }),
}

const verify = route({
  method: 'GET',
  path: '/audit/verification',
  operation: 'verifyAudit',
  tag: 'Audit',
  summary: 'Verify a part of the audit',
  description: `Computes the hashes of up to ${mostVerified} entries anew, and the digests of the executions that they seal; it stops after ${mostExecutions} of those, and \`to\` says where. Without numbers of the last ${usuallyVerified}. \`countersign audit verify\` does all.`,
  access: 'audit:read',
  problems: [],
  mostPerMinute: 30,
  query: z.strictObject(entryRange),
  answers: { 200: { description: 'What was found.', schema: verificationShape } },
  async handle({ db, principal: { tenantId }, query }) {
    const { seq: last } = await readChainHead(db, tenantId)
    const to = query.to ?? Math.max(last, query.from ?? 1)
    const from = query.from ?? Math.max(1, Math.min(to, last) - usuallyVerified + 1)
    if (from > to) return failed({ code: 'invalid_input', message: `"from" (${from}) is above "to" (${to}).` })
    const bounded = Math.min(to, from + mostVerified - 1)
    const found = await verifyAudit(db, tenantId, { from, to: bounded, mostExecutions })
    const { entries, head, faults, executions } = found
    const verified = found.faultCount + executions.faultCount === 0
    const body = {
      verified,
      from,
      to: found.to,
      entries,
      head,
      faults: faults.map((fault) => ({ ...fault, message: sayFault(fault) })),
      executions: {
        checked: executions.checked,
        pruned: executions.pruned,
        faults: executions.faults.map(({ executionId, ...fault }) => ({ execution_id: executionId, ...fault })),
      },
    }
    return ok({ status: 200 as const, body })
  },
})

const exported = route({
  method: 'GET',
  path: '/audit/export',
  operation: 'exportAudit',
  tag: 'Audit',
  summary: 'Export the audit',
  description:
    'One entry a line as JSON, in order and without a gap, with every column that its hash covers; `before` and `after` are JSON as text. The page of the docs shows how to verify it elsewhere.',
  access: 'audit:read',
  problems: [],
  mostPerMinute: 10,
  query: z.strictObject({
    ...entryRange,
    since: givenMoment.optional().meta({ description: 'From the first entry at this moment or later.' }),
    until: givenMoment.optional().meta({ description: 'Up to the first entry at this moment or later.' }),
  }),
  answers: {
    200: { description: 'JSON Lines.', type: 'application/x-ndjson', example: '{"tenant_id":"…","seq":1,…}\n' },
  },
  async handle({ parts, principal: { tenantId }, query: { from, to, since, until } }) {
    const window = { from, to, since: dateOf(since), until: dateOf(until) }
    // Each page in a transaction of its own: however slowly it is read, none stays open.
    const lines = exportAudit((work) => asTenant(parts.database, tenantId, work), tenantId, window)
    const headers = { 'content-disposition': 'attachment; filename="audit.jsonl"' }
    return ok({ status: 200 as const, body: Readable.from(lines), headers })
  },
})

export const auditRoutes = [list, verify, exported]
