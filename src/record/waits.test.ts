// What closing waits promises: an answer that came in the moment in which a wait expired stands.

import { expect, test } from 'vitest'
import { createTestTenant, newId, openTestDatabase } from '../../tests/setup/database.ts'
import { newExecution } from '../../tests/setup/executions.ts'
import { createTestTriggers } from '../../tests/setup/triggers.ts'
import { insertApprovals, settleApproval } from './approvals.ts'
import { startExecutions } from './executions.ts'
import { AnsweredError, closeWaits } from './waits.ts'

const database = openTestDatabase()
const { engine } = database
const house = createTestTriggers(database)

async function askedApproval() {
  const { id: tenantId } = await createTestTenant(database)
  const { workflowId, versionId } = await house.save(tenantId, { name: 'pay' })
  const execution = newExecution(tenantId, { workflowId, versionId })
  await startExecutions(engine, [execution])
  const [id, at] = [newId(), new Date()]
  const place = { tenantId, executionId: execution.id, step: 'sign' }
  const asked = { approvers: { role: 'owner' }, quorum: 1, summary: 'Pay', details: null, expiresAt: at, createdAt: at }
  await insertApprovals(engine, [{ ...place, ...asked, id, item: undefined }])
  const statusOf = async () => (await engine.query('select status from approvals where id = $1', [id])).rows[0]?.status
  return { tenantId, id, at, statusOf, closed: { ...place, status: 'expired', ref: id, at } as const }
}

test('what nobody has answered expires', async () => {
  const { closed, statusOf } = await askedApproval()
  await closeWaits(engine, [closed])
  expect(await statusOf()).toBe('expired')
})

test('what was answered before its expiry was written down does not expire', async () => {
  const { tenantId, id, at, closed, statusOf } = await askedApproval()
  await settleApproval(engine, { tenantId, id }, 'approved', at)
  await expect(closeWaits(engine, [closed])).rejects.toThrow(AnsweredError)
  expect(await statusOf()).toBe('approved')
})
