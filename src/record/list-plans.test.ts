// What the plans of lists promise in a large tenant: each page comes out of an index, as the API's role sees it, and no filter joins
// or sorts whole tables.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { asOwner, newId, openOwnDatabase, type TestTenant, createTestTenant } from '../../tests/setup/database.ts'
import { executionStatuses } from '../kernel/plan/moves.ts'
import { countApprovals, findApproval, pageOfApprovals } from './approval-lists.ts'
import { asTenant, type Database, type Queryable } from './database.ts'
import {
  countJournal,
  findExecutionDetails,
  findStarted,
  hasExecution,
  listExecutionVotes,
  listWaitingApprovals,
} from './execution-details.ts'
import { countExecutions, type ExecutionListFilter, pageOfExecutions } from './execution-lists.ts'
import { countForms, findForm, pageOfForms } from './form-lists.ts'
import { readJournal, readJournals } from './journal.ts'

let database: Database
let tenant: TestTenant

beforeAll(async () => {
  database = await openOwnDatabase()
  tenant = await createTestTenant(database)
  await fill()
})
afterAll(() => database.close())

/** Two tenants of 15,000 executions in three workflows; one in five lives, of the others one in ten has failed. */
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
  || left(replace($1::text, '-', ''), 4) || right('00000000' || ${n}::text, 8))::uuid`
const workflowOf = (n: string) => `(select id from workflows w where w.tenant_id = $1 and w.name = 'w' || ${n} % 3)`
const series = 'generate_series(1, 15000) n'
const filling = [
  `insert into workflows (tenant_id, id, name, status, current_version, created_at)
    select $1, gen_random_uuid(), 'w' || n, 'active', 1, now() from generate_series(0, 2) n`,
  `insert into workflow_versions (tenant_id, id, workflow_id, version, source, definition, content_hash, created_by, created_at)
    select tenant_id, id, id, 1, '', '{}', '', 'system', now() from workflows where tenant_id = $1`,
  `insert into executions (tenant_id, id, workflow_id, version_id, created_at, inputs, trigger, started_by, parent_execution_id, parent_step)
    select $1, ${idOf('n')}, ${workflowOf('n')}, ${workflowOf('n')}, now(), '{}', '{}',
      case when n % 10 = 7 then 'member:' || n % 30 else 'event:order' end,
      case when n % 10 = 8 then ${idOf('(n % 30)')} end, case when n % 10 = 8 then 'run' end from ${series}`,
  `insert into execution_ends (tenant_id, id, started_at, ended_at, status)
    select $1, ${idOf('n')}, now(), now(), case when n % 10 = 1 then 'failed' else 'completed' end from ${series} where n % 5 <> 2`,
  `insert into live_executions (tenant_id, id, status) select $1, ${idOf('n')}, (array['queued', 'running', 'waiting', 'paused'])[1 + n % 4] from ${series} where n % 5 = 2`,
  `insert into approvals (tenant_id, id, execution_id, step, status, summary, approvers, quorum, created_at, expires_at, decided_at)
    select $1, gen_random_uuid(), ${idOf('n')}, 'ask', case when n % 5 = 2 then 'pending' else 'approved' end, 'Pay',
      case when n % 3 = 0 then '{"council": "media"}' else '{"role": "cfo"}' end::jsonb, '1', now(), now() + interval '1 day',
      case when n % 5 <> 2 then now() end from ${series}`,
  `insert into forms (tenant_id, id, execution_id, step, status, request, created_at, expires_at, closed_at)
    select $1, gen_random_uuid(), ${idOf('n')}, 'ask', case when n % 5 = 2 then 'pending' else 'submitted' end,
      '{"audience": {"role": "cfo"}}', now(), now() + interval '1 day', case when n % 5 <> 2 then now() end from ${series}`,
  `insert into approval_votes (tenant_id, approval_id, member_id, vote, channel, created_at)
    select $1, a.id, m.id, 'approve', 'api', now() from approvals a join members m on m.tenant_id = $1 and m.name = 'Ana'
    where a.tenant_id = $1 and a.status <> 'pending'`,
]

const id = newId()
const when = new Date('2026-11-01T02:00:00Z')
const filters: Record<string, ExecutionListFilter> = {
  nothing: {},
  ...Object.fromEntries(executionStatuses.map((status) => [status, { status }])),
  ...Object.fromEntries(executionStatuses.map((status) => [`${status} of a workflow`, { status, workflow: 'w1' }])),
  workflow: { workflow: 'w1' },
  starter: { startedBy: `member:${id}` },
  'starter and status': { startedBy: `member:${id}`, status: 'failed' },
  council: { council: 'media' },
  'council, status and workflow': { council: 'media', status: 'completed', workflow: 'w1' },
  parent: { parentId: id },
  'parent and council': { parentId: id, council: 'media' },
  times: { createdAfter: when, createdBefore: when },
  'times of a workflow': { createdAfter: when, workflow: 'w1' },
}
const pages = {
  newest: { order: 'newest', offset: 0 },
  oldest: { order: 'oldest', offset: 0 },
  later: { order: 'newest', offset: 500 },
} as const

type Run = (db: Queryable, tenantId: string) => Promise<unknown>
const waiting = { status: 'pending', memberId: id, workflow: 'w1', expiresBefore: when } as const
const slice = { limit: 50, offset: 0 }
const viewer = { reference: `member:${id}`, memberId: id, seesAll: false }
/** A hundredth of what there is, as ten thousand are of a million. */
const mostCounted = 150
const statements: Record<string, Run> = {
  ...Object.fromEntries(
    Object.entries(filters).flatMap(([name, filter]) => [
      ...Object.entries(pages).map(([page, cut]): [string, Run] => [
        `executions by ${name}, ${page}`,
        (db, tenantId) => pageOfExecutions(db, tenantId, { ...filter, ...cut, limit: 50 }),
      ]),
      [
        `count of executions by ${name}`,
        (db: Queryable, tenantId: string) => countExecutions(db, tenantId, filter, mostCounted),
      ],
    ]),
  ),
  'an execution': (db, tenantId) => findExecutionDetails(db, tenantId, [id]),
  journals: (db, tenantId) => readJournals(db, [{ tenantId, executionId: id }]),
  'a journal': (db, tenantId) => readJournal(db, { tenantId, executionId: id }, 0, 50),
  'length of a journal': (db, tenantId) => countJournal(db, tenantId, id),
  'an execution by its key': (db, tenantId) => findStarted(db, tenantId, 'a'),
  'whether there is one': (db, tenantId) => hasExecution(db, tenantId, id),
  votes: (db, tenantId) => listExecutionVotes(db, tenantId, id, slice),
  'waiting approvals': (db, tenantId) => listWaitingApprovals(db, tenantId, [id]),
  'pending approvals': (db, tenantId) => pageOfApprovals(db, tenantId, { status: 'pending', ...slice }, when),
  'approvals that wait for me': (db, tenantId) => pageOfApprovals(db, tenantId, { ...waiting, ...slice }, when),
  'approvals of an execution': (db, tenantId) =>
    pageOfApprovals(db, tenantId, { status: 'all', executionId: id, ...slice }, when),
  'decided approvals': (db, tenantId) => pageOfApprovals(db, tenantId, { status: 'decided', ...slice }, when),
  'approvals that wait for others': (db, tenantId) =>
    pageOfApprovals(
      db,
      tenantId,
      { status: 'pending', notFor: id, separation: ['requester', 'author'], ...slice },
      when,
    ),
  'pending approvals of a council': (db, tenantId) =>
    pageOfApprovals(db, tenantId, { status: 'pending', council: 'media', ...slice }, when),
  'approvals of a kind': (db, tenantId) =>
    pageOfApprovals(db, tenantId, { status: 'all', kind: 'draft', ...slice }, when),
  'decided approvals of class C': (db, tenantId) =>
    pageOfApprovals(db, tenantId, { status: 'decided', impact: 'C', ...slice }, when),
  'rejected approvals': (db, tenantId) => pageOfApprovals(db, tenantId, { status: 'rejected', ...slice }, when),
  'decided approvals of a council': (db, tenantId) =>
    pageOfApprovals(db, tenantId, { status: 'decided', council: 'media', ...slice }, when),
  'count of approvals that wait for me, by duties': (db, tenantId) =>
    countApprovals(db, tenantId, { ...waiting, separation: ['requester', 'author'] }, when, mostCounted),
  'count of approvals': (db, tenantId) => countApprovals(db, tenantId, waiting, when, mostCounted),
  'an approval': (db, tenantId) => findApproval(db, tenantId, id, viewer, when),
  'approvals as somebody sees them who governs nothing': (db, tenantId) =>
    pageOfApprovals(db, tenantId, { status: 'pending', viewer, ...slice }, when),
  'pending forms': (db, tenantId) => pageOfForms(db, tenantId, { status: 'pending', ...slice }, when),
  'closed forms': (db, tenantId) => pageOfForms(db, tenantId, { status: 'closed', ...slice }, when),
  'count of forms': (db, tenantId) => countForms(db, tenantId, { status: 'pending', memberId: id }, when, mostCounted),
  'a form': (db, tenantId) => findForm(db, tenantId, id),
}

const large = 'executions|live_executions|execution_ends|approvals|approval_votes|forms'
/** What would take longer the more there is. */
const wide = new RegExp(`Seq Scan on (${large})|Hash Join|Hash Right Join|Merge (Left |Right )?Join`)

async function planOf(run: Run): Promise<string[]> {
  return asTenant(database, tenant.id, async (client) => {
    const plan: string[] = []
    const explain = async (statement: { text: string }) => {
      const { rows } = await client.query<Record<string, string>>(`explain (generic_plan) ${statement.text}`)
      plan.push(...rows.flatMap((row) => Object.values(row)))
      return { rows: [], rowCount: 0 }
    }
    await run(Object.assign(Object.create(null), { query: explain }), tenant.id)
    return plan
  })
}

test.each(Object.entries(statements))('%s: found in an index', async (_, run) => {
  const plan = await planOf(run)
  expect(plan).not.toEqual([])
  expect(plan.filter((line) => wide.test(line))).toEqual([])
})

// At the end the few rows of the page may be sorted once more.
test.each(Object.keys(filters))('the first page of executions by %s comes in its order', async (name) => {
  const plan = await planOf((db, tenantId) =>
    pageOfExecutions(db, tenantId, { ...filters[name], ...pages.newest, limit: 50 }),
  )
  expect(plan.filter((line) => /->\s+(Incremental )?Sort/.test(line))).toEqual([])
})
