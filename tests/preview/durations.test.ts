// What estimates from past executions promise.

import { expect, test } from 'vitest'
import { estimates, totalEstimate } from '../../src/governance/preview-durations.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { saveWorkflow } from '../../src/engine/triggers/save-workflow.ts'
import { findStepDurations } from '../../src/record/durations.ts'
import { asTenant } from '../../src/record/database.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { workflowOf } from '../rehearsal/rehearsal.test-kit.ts'
import { createTestTenant, newId, openTestDatabase } from '../setup/database.ts'
import { newExecution, now } from '../setup/executions.ts'

const database = openTestDatabase()
const tenant = await createTestTenant(database)
const source = (name: string) => `
name: ${name}
steps:
  - { id: call, action: http.request, config: { url: 'https://x.example' } }
  - { id: ask, action: approval.request, depends_on: [call], config: { approvers: { role: cfo } } }
  - { id: note, action: log, depends_on: [ask], config: { message: x } }
`
const workflow = workflowOf(source('pay'))
const saved = await asTenant(database, tenant.id, (client) =>
  saveWorkflow({ now: () => now.getTime(), newId }, client, operatorOf(tenant.id), { workflow, source: source('pay') }),
)

/** An execution whose call was tried twice, and whose approval took an hour. */
async function ran(callMs: number): Promise<void> {
  const { workflowId, versionId } = saved
  const execution = newExecution(tenant.id, { workflowId, versionId })
  await startExecutions(database.engine, [execution])
  const rows = [
    ['step.retrying', 'call', 0, callMs],
    ['step.completed', 'call', 60_000, 60_000 + callMs],
    ['step.waiting', 'ask', 70_000, 70_010],
    ['step.completed', 'ask', 3_670_010, 3_670_030],
    ['step.started', 'note', 3_670_030, 3_670_030],
  ] as const
  for (const [index, [type, step, began, at]] of rows.entries())
    await database.engine.query(
      `insert into journal (tenant_id, execution_id, seq, type, step, at, started_at)
        values ($1, $2, $3, $4::journal_event, $5, $6::timestamptz + $7 * interval '1 millisecond', $6::timestamptz + $8 * interval '1 millisecond')`,
      [tenant.id, execution.id, index + 1, type, step, now, at, began],
    )
}

test('work is told apart from waiting, by step where it has run, else by action, else not at all', async () => {
  for (const callMs of [100, 200, 300, 400, 1000]) await ran(callMs)
  const own = await estimates(database.engine, tenant.id, workflow)
  expect(own.get('call')).toMatchObject({ runs: 5, basis: 'step', working: { median: 600 }, waiting: { median: 0 } })
  expect(own.get('call')?.working?.p95).toBeGreaterThan(1500)
  expect(own.get('ask')).toMatchObject({ working: { median: 30 }, waiting: { median: 3_600_000 } })
  expect(own.get('note')).toEqual({ runs: 0, basis: null, working: null, waiting: null })
  const path = ['call', 'ask'].map((step) => ({ step, status: 'completed', outcome: 'completed' }) as const)
  expect(totalEstimate(workflow, { path }, own)).toMatchObject({
    basis: 'step',
    runs: 5,
    working: { median: 630 },
    waiting: { median: 3_600_000 },
  })
  const alike = await estimates(database.engine, tenant.id, workflowOf(source('pay-again')))
  expect(alike.get('call')).toMatchObject({ basis: 'action', working: { median: 600 } })
  expect(totalEstimate(workflow, { path }, alike).basis).toBe('action')
  const all = [...path, { step: 'note', status: 'completed', outcome: 'completed' } as const]
  expect(totalEstimate(workflow, { path: all }, own).working).toBeNull()
})

test('another tenant has no part in it', async () => {
  const other = await createTestTenant(database)
  expect(await findStepDurations(database.engine, other.id, 'pay', ['http.request'])).toEqual([])
})
