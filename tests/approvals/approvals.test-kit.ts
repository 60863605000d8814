// What tests of approvals start from: the routes, a tenant, and an execution that approvals can hold.

import type { NewApproval } from '../../src/record/approvals.ts'
import { insertApprovals } from '../../src/record/approvals.ts'
import type { Principal } from '../../src/api/principal.ts'
import { absenceRoutes } from '../../src/api/routes/absences.ts'
import { approvalsRoutes } from '../../src/api/routes/approvals.ts'
import { councilRoutes } from '../../src/api/routes/councils.ts'
import { memberRoutes } from '../../src/api/routes/members.ts'
import { asTenant } from '../../src/record/database.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { lockGovernance, updateGovernance } from '../../src/record/policies.ts'
import { readSignals } from '../../src/record/signals.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { createTestTenant, newId, type TestTenant } from '../setup/database.ts'
import { newExecution } from '../setup/executions.ts'
import { createTestTriggers } from '../setup/triggers.ts'
import type { Governance } from '../../src/kernel/policy/governance-policy.ts'

export type Name = keyof TestTenant['members']
const hourMs = 3_600_000

/** Call it once at the top of a file. */
export async function openApprovals() {
  const api = await openTestApi([...approvalsRoutes, ...absenceRoutes, ...memberRoutes, ...councilRoutes])
  const { database } = api
  const house = createTestTriggers(database)
  let tenant = await createTestTenant(database)
  let executionId = ''
  const as = (who: Name): Principal => memberPrincipal(tenant, who)
  return {
    api,
    database,
    get tenant() {
      return tenant
    },
    get executionId() {
      return executionId
    },
    id: (who: Name): string => tenant.members[who].id,
    as,
    /** A tenant, an execution that Dora started, of a version that nobody made. */
    begin: async (): Promise<void> => {
      tenant = await createTestTenant(database)
      const { workflowId, versionId } = await house.save(tenant.id, { name: 'pay' })
      const startedBy = `member:${tenant.members.dora.id}`
      const execution = { ...newExecution(tenant.id, { workflowId, versionId }), startedBy }
      await startExecutions(database.engine, [execution])
      executionId = execution.id
    },
    ask: async (given: Partial<NewApproval> = {}): Promise<string> => {
      const id = newId()
      const asked = {
        approvers: { role: 'finance_manager' },
        quorum: 2,
        summary: 'Pay order 8841',
        details: { amount: 7 },
      }
      const place = { tenantId: tenant.id, executionId, id, step: 'sign_off', item: undefined }
      const times = { expiresAt: new Date(Date.now() + hourMs), createdAt: new Date() }
      await insertApprovals(database.engine, [{ ...place, ...asked, ...times, ...given }])
      return id
    },
    govern: (change: Partial<Governance>): Promise<void> =>
      asTenant(database, tenant.id, async (client) => {
        const before = await lockGovernance(client, tenant.id, new Date())
        await updateGovernance(client, tenant.id, { ...before, ...change }, new Date())
      }),
    send: async (who: Name, method: 'GET' | 'POST' | 'DELETE' | 'PATCH', url: string, body?: object, headers = {}) => {
      const answer = await api.send(as(who), { method, url, headers, ...(body !== undefined && { body }) })
      return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json(), headers: answer.headers }
    },
    signals: () => readSignals(database.engine, [{ tenantId: tenant.id, executionId }]),
    notesOf: async (who: Name): Promise<string[]> => {
      const { rows } = await database.engine.query<{ message: string }>(
        'select message from notifications where tenant_id = $1 and member_id = $2 order by id',
        [tenant.id, tenant.members[who].id],
      )
      return rows.map(({ message }) => message)
    },
  }
}
