// What the plans of governance promise in a large tenant: what is asked for each effect, vote, use and preview comes out of an index.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { asOwner, createTestTenant, newId, openOwnDatabase, type TestTenant } from '../../tests/setup/database.ts'
import { escalateApproval, findDue, listDue, lockDue, lockDueOf, markTold } from './approval-times.ts'
import { findExecutionHands } from './approvals.ts'
import { asTenant, type Database, type Queryable } from './database.ts'
import { findDueDrafts, lockDueDraft } from './draft-schedules.ts'
import { findDraft, lockDraft, reopenDraft, setNextTime } from './drafts.ts'
import { findStepDurations } from './durations.ts'
import { findChildren, findHeldRun, hasApprovedRun, listPastGrants, readGate, revokeGrants } from './grants.ts'
import { countRuns, firstRunAt, listFlags, wasFlagged } from './template-uses.ts'
import { findTemplate, lockTemplate, lockTemplateById } from './templates.ts'
import { findTests, hasGreenTests, listTestRuns } from './test-results.ts'

const rows = Number(process.env['COUNTERSIGN_TEST_ROWS'] ?? 10_000)

let database: Database
let tenant: TestTenant

beforeAll(async () => {
  database = await openOwnDatabase()
  tenant = await createTestTenant(database)
  await fill()
}, 300_000)
afterAll(() => database.close())

async function fill(): Promise<void> {
  const other = await createTestTenant(database)
  await asOwner(database.address, async (client) => {
    for (const { id } of [tenant, other]) {
      for (const statement of filling) await client.query(statement.replaceAll('$1', `'${id}'::uuid`))
    }
    await client.query('analyze')
  })
}

const idOf = (
  n: string,
) => `(left(uuid_at('2026-11-01'::timestamptz + ${n} * interval '1 second')::text, 14) || '7000-8000-'
  || right($1::text, 4) || right('00000000' || ${n}::text, 8))::uuid`
const workflowOf = (n: string) => `(select w.id from workflows w where w.tenant_id = $1 and w.name = 'w' || ${n} % 3)`
const series = `generate_series(1, ${rows}) n`
const filling = [
  `insert into workflows (tenant_id, id, name, status, current_version, created_at)
    select $1, gen_random_uuid(), 'w' || n, 'active', 1, now() from generate_series(0, 299) n`,
  `insert into workflow_versions (tenant_id, id, workflow_id, version, source, definition, content_hash, created_by, created_at)
    select tenant_id, case n when 1 then id else gen_random_uuid() end, id, n, '', '{"steps": [{"id": "a", "action": "log"}]}', '', 'system', now()
      from workflows, generate_series(1, ${rows / 100}) n where tenant_id = $1 and (name in ('w0', 'w1', 'w2') or n < 3)`,
  `insert into executions (tenant_id, id, workflow_id, version_id, created_at, inputs, trigger, started_by)
    select $1, ${idOf('n')}, ${workflowOf('n')}, ${workflowOf('n')}, now(), '{}', '{}', 'member:' || n % 30 from ${series}`,
  `insert into journal (tenant_id, execution_id, seq, at, type, step, attempt)
    select $1, ${idOf('n')}, s, now(), case s when 1 then 'step.started' else 'step.completed' end::journal_event, 'a', 1
      from ${series}, generate_series(1, 2) s`,
  `insert into approvals (tenant_id, id, kind, execution_id, step, subject_id, status, summary, approvers, quorum, created_at,
      expires_at, decided_at, content_hash, impact)
    select $1, ${idOf('n')}, k, case k when 'run' then ${idOf('n')} end, case k when 'run' then 'a' end,
      case k when 'draft' then gen_random_uuid() end, s, 'Pay', '{"role": "cfo"}', '1', now(), now() + interval '1 day',
      case s when 'approved' then now() end, '', 'C'
    from (select n, case n % 2 when 0 then 'run' else 'draft' end k, case n % 10 when 0 then 'pending' else 'approved' end s from ${series}) n`,
  // Most are of templates that are used all day, one for each run.
  `insert into grants (tenant_id, id, kind, workflow_id, version_id, execution_id, template_id, acts, content_hash, content, approval_id, created_at)
    select $1, ${idOf('n')}, k, ${workflowOf('0')},
      (select v.id from workflow_versions v where v.tenant_id = $1 and v.workflow_id = ${workflowOf('0')} and v.version = 1 + n % ${rows / 100}),
      case k when 'template' then ${idOf('n')} end, case k when 'template' then ${workflowOf('n')} end, '{}', '', '{}', ${idOf('n')}, now()
    from (select n, case n % 5 when 0 then 'activation' else 'template' end k from ${series}) n`,
  `insert into templates (tenant_id, id, name, title, description, category, source, definition, definition_hash, default_inputs,
      required_fields, optional_fields, approved_copy_blocks, created_by, created_at, updated_by, updated_at)
    select tenant_id, id, name, '', '', '', '', '{}', '', '{}', '{}', '{}', '{}', '', now(), '', now() from workflows where tenant_id = $1`,
  `insert into template_uses (tenant_id, id, template_id, kind, execution_id, draft_id, used_by, created_at)
    select $1, ${idOf('n')}, ${workflowOf('n')}, k, case k when 'run' then ${idOf('n')} end, case k when 'draft' then ${idOf('n')} end,
      'member:' || n % 30, now() - n * interval '1 minute'
    from (select n, case n % 3 when 0 then 'run' else 'draft' end k from ${series}) n`,
  `insert into template_flags (tenant_id, id, template_id, watched, runs, usual_per_hour, created_at)
    select $1, ${idOf('n')}, ${workflowOf('n')}, 'template', 1, 1, now() - n * interval '1 hour' from ${series}`,
  `insert into drafts (tenant_id, id, status, name, source, created_by, created_by_name, created_at, edited_by, edited_by_name, edited_at,
      approved_hash, next_at)
    select $1, ${idOf('n')}, s, 'a', '', 'member:' || n % 30, '', now(), '', '', now(),
      case s when 'approved' then '' end, case s when 'approved' then now() + interval '1 day' end
    from (select n, case n % 10 when 0 then 'approved' else 'editing' end s from ${series}) n`,
  `insert into workflow_tests (tenant_id, workflow_id, source, tests_hash, updated_by, updated_at)
    select tenant_id, id, '', '', '', now() from workflows where tenant_id = $1`,
  `insert into workflow_test_runs (tenant_id, id, workflow_id, version, content_hash, tests_hash, passed, failed, green, cases, ran_by, ran_at)
    select $1, ${idOf('n')}, ${workflowOf('n')}, 1, 'hash ' || n % 100, '', 1, 0, true, '[]', '', now() from ${series}`,
]

const id = newId()
const when = new Date()
const gate = { versionId: id, executionId: id, children: ['w1'], now: when }
const effect = { executionId: id, step: 'a', item: undefined, contentHash: '' }
const key = (tenantId: string) => ({ tenantId, id })
const template = { templateId: id }
const member = { usedBy: `member:${id}` }

type Run = (db: Queryable, tenantId: string) => Promise<unknown>
const ofTenant: Record<string, Run> = {
  'children of a workflow': (db, tenantId) => findChildren(db, tenantId, ['w1']),
  'grants that a template gave': (db, tenantId) => revokeGrants(db, tenantId, template, '', when),
  'grants of a version': (db, tenantId) => revokeGrants(db, tenantId, { versionId: id }, '', when),
  'grants of an approval': (db, tenantId) => revokeGrants(db, tenantId, { approvalId: id }, '', when),
  'hands in an execution': (db, tenantId) => findExecutionHands(db, tenantId, id, 1),
  'an approval that is escalated': (db, tenantId) =>
    escalateApproval(db, key(tenantId), { to: { role: 'cfo' }, at: when, until: when }),
  'approvals that were told': (db, tenantId) => markTold(db, tenantId, [id], { now: when, everyMs: 1 }),
  'a template': (db, tenantId) => findTemplate(db, tenantId, 'w1'),
  'a template that is locked': (db, tenantId) => lockTemplate(db, tenantId, 'w1'),
  'a template by its id': (db, tenantId) => lockTemplateById(db, tenantId, id),
  'runs of a template': (db, tenantId) => countRuns(db, tenantId, template, when, when),
  'runs by a member': (db, tenantId) => countRuns(db, tenantId, member, when, when),
  'the first run of a template': (db, tenantId) => firstRunAt(db, tenantId, template),
  'the first run by a member': (db, tenantId) => firstRunAt(db, tenantId, member),
  'whether a template was flagged': (db, tenantId) => wasFlagged(db, tenantId, { ...template, usedBy: null }, when),
  'the flags of a template': (db, tenantId) => listFlags(db, tenantId, id),
  'a draft': (db, tenantId) => findDraft(db, tenantId, id, { memberId: id, now: when }),
  'a draft that is locked': (db, tenantId) => lockDraft(db, tenantId, id),
  'a draft that is reopened': (db, tenantId) => reopenDraft(db, key(tenantId)),
  'a draft that is planned': (db, tenantId) => setNextTime(db, key(tenantId), when),
  'test cases': (db, tenantId) => findTests(db, tenantId, id),
  'runs of test cases': (db, tenantId) => listTestRuns(db, tenantId, id, 20),
  'whether tests are green': (db, tenantId) => hasGreenTests(db, tenantId, ''),
  durations: (db, tenantId) => findStepDurations(db, tenantId, 'w1', ['log']),
}
const ofEngine: Record<string, Run> = {
  'the gate': (db, tenantId) => readGate(db, { tenantId, ...gate }),
  'children of a workflow': (db, tenantId) => findChildren(db, tenantId, ['w1']),
  'past grants': (db, tenantId) => listPastGrants(db, tenantId, id, id),
  'an effect that is held': (db, tenantId) => findHeldRun(db, tenantId, id),
  'whether an effect is approved': (db, tenantId) => hasApprovedRun(db, { tenantId, ...effect }),
  'whether approvals are due': (db) => findDue(db, when),
  'approvals whose time is up': (db) => listDue(db, 'expired', when, { after: undefined, limit: 100 }),
  'approvals that nobody was told of': (db) => listDue(db, 'untold', when, { after: undefined, limit: 100 }),
  'reminders that are due': (db) => listDue(db, 'reminder', when, { after: undefined, limit: 100 }),
  'an approval whose time is up': (db, tenantId) => lockDue(db, { ...key(tenantId), at: when }, 'expired', when),
  'approvals to be told of': (db, tenantId) => lockDueOf(db, tenantId, [id], 'untold', when),
  'drafts that are due': (db) => findDueDrafts(db, when, 100),
  'a draft that is due': (db, tenantId) => lockDueDraft(db, key(tenantId), when),
}

const large =
  'approvals|drafts|executions|grants|journal\\w*|template_flags|template_uses|workflow_test_runs|workflow_versions'
/** What would take longer the more there is: all of a table, or all that a tenant has in it. */
const wide = new RegExp(String.raw`Seq Scan on (${large})|Index Cond: \(tenant_id = \$1\)$`)
/** The newest, as many as its limits say; and the one policy of a tenant. */
const narrow = /Index Scan Backward using executions_key|using policies_/

async function planOf(run: Run, client: Queryable): Promise<string[]> {
  const plan: string[] = []
  const explain = async (statement: string | { text: string }) => {
    const text = typeof statement === 'string' ? statement : statement.text
    const { rows: lines } = await client.query<Record<string, string>>(`explain (generic_plan) ${text}`)
    plan.push(...lines.flatMap((line) => Object.values(line)))
    return { rows: [], rowCount: 0 }
  }
  // What it would go on with is not there.
  await run(Object.assign(Object.create(null), { query: explain }), tenant.id).catch(() => undefined)
  return plan
}

async function expectNarrow(run: Run, client: Queryable): Promise<void> {
  const plan = await planOf(run, client)
  expect(plan).not.toEqual([])
  expect(plan.filter((line, at) => wide.test(line) && !narrow.test(plan[at - 1] ?? ''))).toEqual([])
}

test.each(Object.entries(ofTenant))('%s: found in an index', (_, run) =>
  asTenant(database, tenant.id, (client) => expectNarrow(run, client)),
)

test.each(Object.entries(ofEngine))('%s: found in an index by the engine', (_, run) =>
  expectNarrow(run, database.engine),
)
