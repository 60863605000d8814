// What the validator passes, the engine runs: thousands of random definitions, and mutations of them.

import { setTimeout as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { validateWorkflow } from '../../src/kernel/definition/validation.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { checkInputs } from '../../src/kernel/definition/inputs.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { sendSignals } from '../../src/record/signals.ts'
import { newId } from '../setup/database.ts'
import { readWholeJournals, startTestEngine } from './engine.test-kit.ts'
import { mutated, randomDefinition } from './random-definition.ts'
import { testRegistry } from './test-parts.ts'

const engine = await startTestEngine({ capacity: 500, leaseMs: 60_000 })
const { engine: db } = engine.database
const actions = testRegistry().actions(['core'])
/** The same definitions on every run; another number tries others. */
const seed = 20_261_121

const stopping = new AbortController()
let deciding: Promise<void>
beforeAll(() => {
  deciding = decide()
})
afterAll(async () => {
  stopping.abort()
  await deciding
})

/** Decides what executions wait for, now this way and now that. */
async function decide(): Promise<void> {
  while (!stopping.signal.aborted) {
    const { rows } = await db.query<{
      tenant_id: string
      id: string
      execution_id: string
      step: string
      item: number | null
    }>(
      `update approvals set status = case when hashtext(id::text) % 2 = 0 then 'approved' else 'rejected' end, decided_at = now()
        where status = 'pending' and expires_at > now() + interval '1 minute' returning tenant_id, id, execution_id, step, item`,
    )
    const createdAt = new Date()
    const signals = rows.map((row, index) => ({
      ...({
        tenantId: row.tenant_id,
        executionId: row.execution_id,
        id: newId(),
        kind: 'approval',
        step: row.step,
        createdAt,
      } as const),
      ...(row.item !== null && { item: row.item }),
      data: { ref: row.id, decision: index % 3 === 0 ? 'rejected' : 'approved', votes: [] },
    }))
    if (signals.length > 0) await sendSignals(db, signals)
    await nextTurn(5)
  }
}

interface Start {
  readonly workflow: Workflow
  readonly inputs: JsonObject
}

/** Runs them all, each once, and checks how they ended. */
async function runAll(starts: readonly Start[]): Promise<Record<string, number>> {
  const tenantId = engine.tenant.id
  const rows = starts.map(({ workflow, inputs }, index) => ({
    workflow,
    inputs,
    workflowId: newId(),
    versionId: newId(),
    id: newId(),
    name: `w-${newId()}-${index}`,
  }))
  await db.query(
    `insert into workflows (tenant_id, id, name, status, current_version, created_at) select $1, id, name, 'active', 1, now() from unnest($2::uuid[], $3::text[]) as w (id, name)`,
    [tenantId, rows.map((row) => row.workflowId), rows.map((row) => row.name)],
  )
  await db.query(
    `insert into workflow_versions (tenant_id, id, workflow_id, version, source, definition, content_hash, created_by, created_at)
      select $1, id, workflow_id, 1, '', definition, '', 'test', now() from unnest($2::uuid[], $3::uuid[], $4::jsonb[]) as v (id, workflow_id, definition)`,
    [
      tenantId,
      rows.map((row) => row.versionId),
      rows.map((row) => row.workflowId),
      rows.map((row) => JSON.stringify(row.workflow)),
    ],
  )
  const createdAt = new Date()
  await startExecutions(
    db,
    rows.map((row) => ({
      tenantId,
      id: row.id,
      workflowId: row.workflowId,
      versionId: row.versionId,
      inputs: row.inputs,
      trigger: row.inputs,
      startedBy: 'test',
      createdAt,
    })),
  )
  engine.engine.worker.wake()
  const ids = rows.map((row) => row.id)
  const ends = await engine.allEnded(ids)
  await readWholeJournals(db, ids)
  const { rows: faults } = await db.query<{ definition: object; failure: object; inputs: object }>(
    `select v.definition, e.failure, e.inputs from execution_states e join workflow_versions v on v.tenant_id = e.tenant_id and v.id = e.version_id
      where e.id = any($1) and (e.failure->>'code' = 'internal' or exists (
        select from journal j where j.tenant_id = e.tenant_id and j.execution_id = e.id and j.data->'failure'->>'code' = 'internal'))`,
    [ids],
  )
  expect(
    faults.map((fault) => JSON.stringify(fault)),
    `seed ${seed}`,
  ).toEqual([])
  return ends
}

/** Those that the validator passes. */
function passed(candidates: readonly { definition: unknown; inputs: JsonObject }[]): Start[] {
  return candidates.flatMap(({ definition, inputs }) => {
    const { workflow } = validateWorkflow(JSON.stringify(definition), { actions, secrets: undefined })
    if (workflow === undefined) return []
    const checked = checkInputs(workflow, inputs, { allowUnknown: true })
    return checked.ok ? [{ workflow, inputs: checked.value }] : []
  })
}

test(
  'five thousand random definitions that the validator passes all end, and none with an internal error',
  { timeout: 300_000 },
  async () => {
    const starts: Start[] = []
    const ends: Record<string, number> = {}
    for (let round = 0; starts.length < 5000; round++) {
      const some = passed(fc.sample(randomDefinition, { numRuns: 1000, seed: seed + round }))
      starts.push(...some)
      for (const [status, count] of Object.entries(await runAll(some))) ends[status] = (ends[status] ?? 0) + count
      expect(some.length, 'the generator makes mostly valid definitions').toBeGreaterThan(600)
    }
    // Both ways to end are taken often, or the definitions prove little.
    expect(ends['completed'], `seed ${seed}`).toBeGreaterThan(1000)
    expect(ends['failed'], `seed ${seed}`).toBeGreaterThan(500)
  },
)

test('a mutated definition is refused by the validator, or runs', { timeout: 300_000 }, async () => {
  const choices = fc.array(fc.nat(10_000), { minLength: 2, maxLength: 2 })
  const changed = fc
    .tuple(randomDefinition, choices)
    .map(([{ definition, inputs }, how]) => ({ definition: mutated(definition, how), inputs }))
  const candidates = fc.sample(changed, { numRuns: 3000, seed })
  const starts = passed(candidates)
  expect(starts.length).toBeGreaterThan(100)
  expect(starts.length).toBeLessThan(2500)
  await runAll(starts)
})
