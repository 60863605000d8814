// Test cases of workflows, and what came of running them, by content hash.

import type { Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import { jsonText } from './json-text.ts'

export interface StoredTests {
  readonly workflowId: string
  readonly source: string
  /** SHA-256 of the source. */
  readonly testsHash: string
  readonly updatedBy: string
  readonly updatedAt: Date
}

const testColumns = `workflow_id as "workflowId", source, tests_hash as "testsHash", updated_by as "updatedBy",
  updated_at as "updatedAt"`

export async function findTests(db: Queryable, tenantId: string, workflowId: string): Promise<StoredTests | undefined> {
  const { rows } = await db.query<StoredTests>(
    `select ${testColumns} from workflow_tests where tenant_id = $1 and workflow_id = $2`,
    [tenantId, workflowId],
  )
  return rows[0]
}

/** Writes the cases of a workflow over those that it had. */
export async function saveTests(db: Queryable, tenantId: string, tests: StoredTests): Promise<void> {
  const { workflowId, source, testsHash, updatedBy, updatedAt } = tests
  await db.query(
    `insert into workflow_tests (tenant_id, workflow_id, source, tests_hash, updated_by, updated_at)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (tenant_id, workflow_id) do update set source = excluded.source, tests_hash = excluded.tests_hash,
        updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
    [tenantId, workflowId, source, testsHash, updatedBy, updatedAt],
  )
}

export interface TestRun {
  readonly id: string
  readonly workflowId: string
  readonly version: number
  readonly contentHash: string
  readonly testsHash: string
  readonly passed: number
  readonly failed: number
  readonly green: boolean
  /** One entry for each case: its name, and its differences. */
  readonly cases: Json
  readonly ranBy: string
  readonly ranAt: Date
}

export async function insertTestRun(db: Queryable, tenantId: string, run: TestRun): Promise<void> {
  const { id, workflowId, version, contentHash, testsHash, passed, failed, green, cases, ranBy, ranAt } = run
  await db.query(
    `insert into workflow_test_runs (tenant_id, id, workflow_id, version, content_hash, tests_hash, passed, failed, green, cases,
        ran_by, ran_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [tenantId, id, workflowId, version, contentHash, testsHash, passed, failed, green, jsonText(cases), ranBy, ranAt],
  )
}

/** The newest first. */
export async function listTestRuns(
  db: Queryable,
  tenantId: string,
  workflowId: string,
  limit: number,
): Promise<TestRun[]> {
  const { rows } = await db.query<TestRun>(
    `select id, workflow_id as "workflowId", version, content_hash as "contentHash", tests_hash as "testsHash", passed, failed,
        green, cases, ran_by as "ranBy", ran_at as "ranAt"
      from workflow_test_runs where tenant_id = $1 and workflow_id = $2 order by id desc limit $3`,
    [tenantId, workflowId, limit],
  )
  return rows
}

/**
 * Whether the cases that the workflow has now ran last without a failure, on exactly this content. Cases that were changed
 * since, or that never ran, prove nothing.
 */
export async function hasGreenTests(db: Queryable, tenantId: string, contentHash: string): Promise<boolean> {
  const { rows } = await db.query<{ green: boolean }>(
    `select r.green from workflow_test_runs r
      join workflow_tests t on t.tenant_id = r.tenant_id and t.workflow_id = r.workflow_id and t.tests_hash = r.tests_hash
      where r.tenant_id = $1 and r.content_hash = $2 order by r.id desc limit 1`,
    [tenantId, contentHash],
  )
  return rows[0]?.green === true
}
