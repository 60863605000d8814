// What controlling an execution promises: a legal move reaches it and is audited, any other says why not.

import { beforeEach, expect, test } from 'vitest'
import { auditOf } from '../../tests/setup/audit.ts'
import { createTestTenant, newId, openTestDatabase, type TestTenant } from '../../tests/setup/database.ts'
import { endExecution, newExecution } from '../../tests/setup/executions.ts'
import { createTestTriggers, problemOf, type TestTriggers, valueOf } from '../../tests/setup/triggers.ts'
import type { Actor } from '../kernel/access/actor.ts'
import type { JsonObject } from '../kernel/json.ts'
import type { ExecutionMove } from '../kernel/plan/moves.ts'
import { asTenant } from '../record/database.ts'
import { startExecutions } from '../record/executions.ts'
import { readSignals } from '../record/signals.ts'
import { controlExecution } from './executions.ts'

const database = openTestDatabase()
let house: TestTriggers
let tenant: TestTenant
let executionId: string

beforeEach(async () => {
  house = createTestTriggers(database)
  tenant = await createTestTenant(database)
  const { workflowId, versionId } = await house.save(tenant.id, { name: 'pay' })
  const execution = newExecution(tenant.id, { workflowId, versionId })
  await startExecutions(database.engine, [execution])
  executionId = execution.id
})

function actorIn({ id: tenantId, members: { cleo } }: TestTenant): Actor {
  const from = { channel: 'api', address: '192.0.2.7', requestId: 'r-1' } as const
  return { tenantId, kind: 'member', id: cleo.id, name: cleo.name, ...from }
}

const control = (move: ExecutionMove, data: JsonObject = {}, of = tenant, id = executionId) =>
  asTenant(database, of.id, (client) => controlExecution(house, client, actorIn(of), id, move, data))
const signals = () => readSignals(database.engine, [{ tenantId: tenant.id, executionId }])

test('a legal move reaches the execution with who asked for it, and is audited with its status before', async () => {
  valueOf(await control('cancel', { reason: 'ordered twice' }))
  const by = `member:${tenant.members.cleo.id}`
  expect(await signals()).toMatchObject([{ kind: 'cancel', data: { reason: 'ordered twice', by } }])
  const object = { type: 'execution', id: executionId, name: 'pay' }
  const change = { before: { status: 'queued' }, after: { reason: 'ordered twice' } }
  expect((await auditOf(database, tenant.id)).slice(1)).toEqual([
    { action: 'execution.cancel_requested', actor: by, object, ...change },
  ])
})

test.each([
  ['resume', 'queued: it cannot be resumed. It would have to be paused.'],
  ['retry', 'queued: it cannot be retried. It would have to be failed or cancelled.'],
] as const)('%s is refused in a status that does not allow it, and nothing is audited', async (move, why) => {
  expect(problemOf(await control(move))).toEqual({
    code: 'conflict',
    message: `The execution ${executionId} is ${why}`,
  })
  expect(await auditOf(database, tenant.id)).toHaveLength(1)
})

test('a failed execution is retried', async () => {
  await endExecution(database, executionId, 'failed')
  valueOf(await control('retry', { steps: ['say'] }))
  expect(await signals()).toMatchObject([{ kind: 'retry', data: { steps: ['say'] } }])
})

test('one that does not exist is not found, nor is another tenant’s', async () => {
  const other = await createTestTenant(database)
  expect(problemOf(await control('cancel', {}, other)).code).toBe('not_found')
  expect(problemOf(await control('cancel', {}, tenant, newId())).code).toBe('not_found')
  expect(await signals()).toEqual([])
})
