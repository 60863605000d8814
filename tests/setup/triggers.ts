// A house of triggers for tests: a clock that the test holds, expressions evaluated at once, and a log that can be read.

import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { corePack } from '../../src/packs/core/pack.ts'
import { createRegistry, type Registry } from '../../src/packs/registry.ts'
import { evaluateValue } from '../../src/kernel/expression/evaluate.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import type { Problem, Result } from '../../src/kernel/problem.ts'
import { createStarter, type Starter } from '../../src/engine/triggers/starter.ts'
import { type SavedWorkflow, saveWorkflow, setWorkflowStatus } from '../../src/engine/triggers/save-workflow.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { asTenant, type Database } from '../../src/record/database.ts'
import type { WorkflowStatus } from '../../src/record/workflows.ts'
import { newId } from './database.ts'

interface LogLine {
  readonly message: string
  readonly detail: JsonObject
}

export interface TestTriggers {
  readonly database: Database
  readonly registry: Registry
  readonly newId: () => string
  readonly starter: Starter
  readonly lines: LogLine[]
  now(): number
  /** Moves the clock, backwards as well. */
  moveClock(ms: number): void
  log(level: string, message: string, detail: JsonObject): void
  save(tenantId: string, workflow: Partial<Workflow> & { name: string }, source?: string): Promise<SavedWorkflow>
  setStatus(tenantId: string, name: string, status: WorkflowStatus): Promise<Result<undefined>>
}

export function createTestTriggers(database: Database, maxPayload = 1000): TestTriggers {
  let ms = Date.parse('2026-11-21T12:00:00Z')
  const now = (): number => ms
  const lines: LogLine[] = []
  const parts = { database, now, newId, registry: createRegistry([corePack]) }
  return {
    ...parts,
    lines,
    moveClock: (by) => (ms += by),
    log: (_, message, detail) => void lines.push({ message, detail }),
    starter: createStarter({ ...parts, evaluate: evaluateValue, maxPayload }),
    save: (tenantId, given, source) => {
      const workflow = { ...given, steps: given.steps ?? [{ id: 'say', action: 'log' }] }
      const request = { workflow, source: source ?? JSON.stringify(workflow) }
      return asTenant(database, tenantId, (client) => saveWorkflow(parts, client, operatorOf(tenantId), request))
    },
    setStatus: (tenantId, name, status) =>
      asTenant(database, tenantId, (client) => setWorkflowStatus(parts, client, operatorOf(tenantId), name, status)),
  }
}

/** The value of a result that is expected to be one. */
export function valueOf<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value
  throw new Error(result.problems.map(({ message }) => message).join('\n'))
}

/** The only problem of a result that is expected to have one. */
export function problemOf(result: Result<unknown>): Problem {
  const [problem, ...others] = result.ok ? [] : result.problems
  if (problem === undefined || others.length > 0) throw new Error(`Not one problem: ${JSON.stringify(result)}`)
  return problem
}

/** The executions of a tenant in the order in which they were made, as the database has them. */
export async function executionsOf(database: Database, tenantId: string): Promise<Record<string, unknown>[]> {
  const { rows } = await database.engine.query<Record<string, unknown>>(
    `select e.*, w.name as workflow, v.version from execution_states e
      join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id
      join workflow_versions v on v.tenant_id = e.tenant_id and v.id = e.version_id
      where e.tenant_id = $1 order by e.created_at, e.dedupe_key`,
    [tenantId],
  )
  return rows
}
