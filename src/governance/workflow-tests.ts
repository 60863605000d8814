// Test cases of workflows: saved beside them, and run against a version, without any effect outside.

import { createHash } from 'node:crypto'
import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import { jsonCopy } from '../kernel/definition/canonical-json.ts'
import { type Workflow, workflowSchema } from '../kernel/definition/workflow.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { readTestCases } from '../kernel/testcase/read-test-cases.ts'
import type { TestCase } from '../kernel/testcase/test-case.ts'
import type { RehearsalParts, RehearsalRequest } from '../engine/rehearsal/rehearsal.ts'
import { type CaseResult, runCases } from '../engine/rehearsal/run-cases.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findTenantById } from '../record/tenants.ts'
import {
  findTests,
  insertTestRun,
  listTestRuns,
  saveTests,
  type StoredTests,
  type TestRun,
} from '../record/test-results.ts'
import { findDefinitions, findVersions } from '../record/workflow-lists.ts'
import { findVersion, findWorkflow, type WorkflowRow, type WorkflowVersion } from '../record/workflows.ts'
import { actionsOf, type CheckParts } from './definition-check.ts'
import { noWorkflow } from './workflows.ts'

export interface RehearsingParts extends CheckParts {
  readonly now: () => number
  readonly newId: () => string
  readonly expressions: { readonly evaluate: RehearsalParts['evaluate'] }
}

/** Runs that are listed. */
const mostListed = 20

export interface WorkflowTests {
  readonly tests: StoredTests | undefined
  /** The newest first. */
  readonly runs: readonly TestRun[]
}

/** Problem: `not_found`. */
export async function readWorkflowTests(
  client: Queryable,
  { tenantId }: Actor,
  name: string,
): Promise<Result<WorkflowTests>> {
  const workflow = await findWorkflow(client, tenantId, name)
  if (workflow === undefined) return failed(noWorkflow(name))
  const tests = await findTests(client, tenantId, workflow.id)
  return ok({ tests, runs: await listTestRuns(client, tenantId, workflow.id, mostListed) })
}

export interface TestsEdit {
  readonly name: string
  /** YAML. */
  readonly source: string
  /** What a caller saw is compared with what is there. */
  readonly precondition: (current: StoredTests | undefined) => Result<unknown>
}

/** Saves the cases of a workflow, read against its current version. Problems: theirs, `not_found`, those of the precondition. */
export async function replaceWorkflowTests(
  parts: Pick<RehearsingParts, 'now'>,
  client: Queryable,
  actor: Actor,
  { name, source, precondition }: TestsEdit,
): Promise<Result<StoredTests>> {
  const { tenantId } = actor
  const workflow = await findWorkflow(client, tenantId, name)
  const version = await currentVersion(client, tenantId, workflow)
  if (workflow === undefined || version === undefined) return failed(noWorkflow(name))
  const before = await findTests(client, tenantId, workflow.id)
  const admitted = precondition(before)
  if (!admitted.ok) return admitted
  const { cases, problems } = readTestCases(source, workflowSchema.parse(version.definition))
  if (cases === undefined) return failed(...problems)
  const updatedAt = new Date(parts.now())
  const tests = { workflowId: workflow.id, source, testsHash: hashOf(source), updatedBy: referenceTo(actor), updatedAt }
  if (before?.testsHash === tests.testsHash) return ok(before)
  await saveTests(client, tenantId, tests)
  await appendAudit(client, actor, {
    action: 'workflow.tests_saved',
    object: { type: 'workflow', id: workflow.id, name },
    ...(before !== undefined && { before: { tests_hash: before.testsHash } }),
    after: { tests_hash: tests.testsHash, cases: cases.length },
    at: updatedAt,
  })
  return ok(tests)
}

export interface TestRequest {
  readonly name: string
  /** The current one when absent. */
  readonly version?: number | undefined
  /** Cases to try; the saved ones when absent. What they show is answered and not kept. */
  readonly source?: string | undefined
}

export interface TestReport {
  readonly run: TestRun
  /** Whether the result is kept: that of the saved cases is. */
  readonly isKept: boolean
}

/** Runs cases against a version. Problems: those of the cases, `not_found`. */
export async function runWorkflowTests(
  parts: RehearsingParts,
  client: Queryable,
  actor: Actor,
  request: TestRequest,
): Promise<Result<TestReport>> {
  const { tenantId } = actor
  const workflow = await findWorkflow(client, tenantId, request.name)
  if (workflow === undefined) return failed(noWorkflow(request.name))
  const version = await versionOf(client, tenantId, workflow, request.version)
  if (version === undefined)
    return failed({ code: 'not_found', message: `The workflow "${request.name}" has no version ${request.version}.` })
  const source = request.source ?? (await findTests(client, tenantId, workflow.id))?.source
  if (source === undefined) return failed(noTests(request.name))
  const definition = workflowSchema.parse(version.definition)
  const { cases, problems } = readTestCases(source, definition)
  if (cases === undefined) return failed(...problems)
  const results = await rehearseCases(parts, client, tenantId, definition, cases)
  const run = runOf(parts, actor, version, hashOf(source), results)
  const isKept = request.source === undefined
  if (!isKept) return ok({ run, isKept })
  await insertTestRun(client, tenantId, run)
  const { passed, failed: missed, green, contentHash, testsHash } = run
  await appendAudit(client, actor, {
    action: 'workflow.tested',
    object: { type: 'workflow', id: workflow.id, name: workflow.name },
    after: {
      version: version.version,
      content_hash: contentHash,
      tests_hash: testsHash,
      passed,
      failed: missed,
      green,
    },
    at: run.ranAt,
  })
  return ok({ run, isKept })
}

/** What a rehearsal sees of a tenant: its actions and its workflows. */
export async function rehearsalPartsOf(
  parts: Pick<RehearsingParts, 'registry' | 'expressions'>,
  client: Queryable,
  tenantId: string,
): Promise<{ readonly parts: RehearsalParts; readonly tenant: RehearsalRequest['tenant'] }> {
  const actions = await actionsOf(parts, client, tenantId)
  const tenant = await findTenantById(client, tenantId)
  return {
    tenant: { id: tenantId, slug: tenant?.slug ?? '', name: tenant?.name ?? '' },
    parts: {
      evaluate: parts.expressions.evaluate,
      findAction: (name) => actions.get(name),
      findWorkflow: async (name) => {
        const [found] = await findDefinitions(client, tenantId, [name])
        return found === undefined ? failed(noWorkflow(name)) : ok(workflowSchema.parse(found.definition))
      },
    },
  }
}

async function rehearseCases(
  given: RehearsingParts,
  client: Queryable,
  tenantId: string,
  workflow: Workflow,
  cases: readonly TestCase[],
): Promise<CaseResult[]> {
  const { parts, tenant } = await rehearsalPartsOf(given, client, tenantId)
  return runCases(parts, workflow, cases, tenant)
}

function runOf(
  { now, newId }: RehearsingParts,
  actor: Actor,
  { workflowId, version, contentHash }: WorkflowVersion,
  testsHash: string,
  results: readonly CaseResult[],
): TestRun {
  const missed = results.filter(({ differences }) => differences.length > 0).length
  const cases = jsonCopy(
    results.map(({ name, differences }) => ({ name, passed: differences.length === 0, differences })),
  )
  return {
    id: newId(),
    workflowId,
    version,
    contentHash,
    testsHash,
    cases,
    passed: results.length - missed,
    failed: missed,
    green: missed === 0 && results.length > 0,
    ranBy: referenceTo(actor),
    ranAt: new Date(now()),
  }
}

async function versionOf(
  client: Queryable,
  tenantId: string,
  workflow: WorkflowRow,
  version: number | undefined,
): Promise<WorkflowVersion | undefined> {
  if (version === undefined) return currentVersion(client, tenantId, workflow)
  const [found] = await findVersions(client, tenantId, workflow.name, [version])
  return found
}

async function currentVersion(
  client: Queryable,
  tenantId: string,
  workflow: WorkflowRow | undefined,
): Promise<WorkflowVersion | undefined> {
  return workflow === undefined ? undefined : findVersion(client, tenantId, workflow.versionId)
}

function hashOf(source: string): string {
  return createHash('sha256').update(source).digest('hex')
}

function noTests(name: string) {
  const hint = `Save them with PUT /workflows/${name}/tests, or send them as source.`
  return { code: 'not_found', message: `The workflow "${name}" has no test cases.`, hint } as const
}
