// An engine on a database of its own that somebody watches.

import { Engine } from '../../src/engine/engine.ts'
import type { EngineWatch } from '../../src/engine/watch.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { type Database, inTransaction, notifyRunnable } from '../../src/record/database.ts'
import { type NewExecution, startExecutions } from '../../src/record/executions.ts'
import { insertVersion } from '../../src/record/workflows.ts'
import { until } from '../engine/engine.test-kit.ts'
import { executionOf, testParts } from '../engine/test-parts.ts'
import { createTestTenant, newId, openOwnDatabase, type TestTenant } from '../setup/database.ts'

export interface WatchedEngine {
  readonly database: Database
  readonly tenant: TestTenant
  /** Runs a workflow to its end, and returns the execution's id. */
  run(workflow: Workflow, inputs?: JsonObject, given?: Partial<NewExecution>): Promise<string>
  stop(): Promise<void>
}

export async function watchEngine(watch: EngineWatch): Promise<WatchedEngine> {
  const database = await openOwnDatabase()
  const tenant = await createTestTenant(database)
  const keeping = { fireDueSchedules: async () => 0, startChained: async () => 0 }
  const options = { name: 'test', leaseMs: 6000, pollMs: 200, capacity: 1000, maxPayload: 100_000, drainMs: 5000 }
  const engine = new Engine(database, { ...testParts(database), watch }, keeping, options)
  await engine.start()
  return {
    database,
    tenant,
    run: async (workflow, inputs = {}, given = {}) => {
      const source = JSON.stringify(workflow)
      const ids = { tenantId: tenant.id, workflowId: newId(), versionId: newId() }
      const version = { definition: workflow, source, contentHash: source, createdBy: 'test', createdAt: new Date() }
      await inTransaction(database.engine, (client) => insertVersion(client, { ...ids, status: 'active', ...version }))
      const row = await executionOf(database, tenant.id, workflow.name, inputs, Date.now())
      if (row === undefined) throw new Error(`No workflow ${workflow.name}`)
      await startExecutions(database.engine, [{ ...row, ...given }])
      await notifyRunnable(database.engine)
      const { id } = { ...row, ...given }
      await until(async () => {
        const { rowCount } = await database.engine.query('select from execution_ends where id = $1', [id])
        return rowCount === 1 ? true : undefined
      })
      return id
    },
    stop: async () => {
      await engine.stop()
      await database.close()
    },
  }
}
