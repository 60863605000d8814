// The house on this machine as a site.

import { migrateExecution, type MigrationWish } from '../governance/migration.ts'
import { operatorOf } from '../kernel/access/actor.ts'
import { isMoveLegal } from '../kernel/plan/moves.ts'
import { workflowSchema } from '../kernel/definition/workflow.ts'
import { asTenant } from '../record/database.ts'
import { type Execution, listExecutions } from '../record/executions.ts'
import { findHeldExecution } from '../record/id-prefixes.ts'
import { countLiveWorkers } from '../record/workers.ts'
import { findVersion, listWorkflows } from '../record/workflows.ts'
import type { Office } from './command-line.ts'
import { type DefinitionFile, readDefinition } from './definition-file.ts'
import { controlExecution, goOn, requireExecution } from './execution-signal.ts'
import { recordSource } from './follow/record-source.ts'
import { followHere } from './follow/session.ts'
import type { Watch, WatchedExecution } from './follow/watch.ts'
import { requireApproval } from './people/approval-id.ts'
import { approvalLines, decisionLines, tellerOf } from './people/decision-lines.ts'
import { approvalsOf, findPendingApproval } from './people/pending.ts'
import { castVotes, sayCounted } from './people/votes.ts'
import { Refusal, refusalOf } from './refusal.ts'
import { requireName, sayRetry } from './retry-file.ts'
import type { RetryRequest, SaidMigration, SavedDefinition, SavedStatus, Site } from './site.ts'
import { requireActivation, runHere } from './local-run.ts'
import { deactivate, requireValid, saveDefinition } from './workflow-file.ts'

export function localSite(office: Office): Site {
  const { house, tenant, terminal } = office
  const db = house.database.engine
  return {
    terminal,
    now: house.now,
    flags: tellerOf(office).flags,
    source: recordSource(office),
    save: (file, status) => save(office, file, status),
    listWorkflows: (limit) => listWorkflows(db, tenant.id, { limit, offset: 0 }),
    switchWorkflow: (name, status) => (status === 'active' ? requireActivation(office, name) : switchOff(office, name)),
    run: (file, request) => runHere(office, file, request),
    listExecutions: (filter) => listExecutions(db, tenant.id, filter),
    requireExecution: (typed) => requireExecution(office, typed),
    control: async (id, move, reason) => {
      const execution = await requireExecution(office, id)
      await controlExecution(office, execution, move, reason === undefined ? {} : { reason })
    },
    retry: async ({ id }, request) => retry(office, await requireExecution(office, id), request),
    migrate: (id, wish) => migrate(office, id, wish),
    rerun: (execution) => rerun(office, execution),
    whyHeld: (watch) => whyHeld(office, watch),
    decisionLines: (gates) => decisionLines(office, gates),
    approvalLines: (ids) => linesOf(office, ids),
    listApprovals: () => approvalsOf(office),
    vote: async (typed, ballot) => {
      const id = await requireApproval(office, typed)
      const counted = await castVotes(office, id, ballot)
      const held = await findHeldExecution(db, 'approvals', tenant.id, id)
      return { said: sayCounted(counted, ballot), released: counted.status === 'pending' ? undefined : held }
    },
    follow: (id, options) => followHere(office, id, options),
    goOn: (id, follows) => goOn(office, id, follows),
  }
}

async function switchOff(office: Office, name: string): Promise<readonly string[]> {
  const switched = await deactivate(office, name)
  if (!switched.ok) throw refusalOf(switched.problems)
  return []
}

async function linesOf(office: Office, ids: readonly string[]): Promise<string[]> {
  const found = await Promise.all(ids.map((id) => findPendingApproval(office, id)))
  return found.flatMap((approval) => (approval === undefined ? [] : approvalLines(tellerOf(office), approval)))
}

async function save(office: Office, file: DefinitionFile, status: SavedStatus): Promise<SavedDefinition> {
  const { workflow, activation, ...saved } = await saveDefinition(office, file, status)
  const { approvalIds: waitsFor, problem } = activation
  return { ...saved, name: workflow.name, waitsFor, problem: status === 'active' ? problem : null }
}

async function rerun({ house, tenant }: Office, { workflow, inputs }: WatchedExecution): Promise<string> {
  const started = await house.starter.start({ tenantId: tenant.id, workflow, inputs, startedBy: 'cli' })
  if (!started.ok) throw refusalOf(started.problems)
  return started.value.executionId
}

async function retry(office: Office, execution: Execution, { from, file }: RetryRequest): Promise<string> {
  const { id, status, workflow } = execution
  if (!isMoveLegal('retry', status)) {
    throw new Refusal('failed', `The execution ${id} is ${status}: only a failed or cancelled one can be retried.`)
  }
  const mended = file === undefined ? undefined : await saveMended(office, execution, file)
  const steps = mended?.steps ?? (await stepsOf(office, execution))
  const unknown = from.find((step) => !steps.includes(step))
  if (unknown !== undefined) {
    throw new Refusal('failed', `The workflow "${workflow}" has no step "${unknown}".`, `It has ${steps.join(', ')}.`)
  }
  const version = mended === undefined ? {} : { versionId: mended.versionId }
  await controlExecution(office, execution, 'retry', { steps: [...from], ...version })
  return sayRetry(id, from, mended?.version)
}

async function migrate({ house, tenant }: Office, id: string, wish: MigrationWish): Promise<SaidMigration> {
  const migrated = await asTenant(house.database, tenant.id, (client) =>
    migrateExecution(house, client, operatorOf(tenant.id), id, wish),
  )
  if (!migrated.ok) throw refusalOf(migrated.problems)
  return migrated.value
}

async function saveMended(office: Office, { workflow: name }: Execution, path: string) {
  const file = await readDefinition(office.terminal, path)
  const workflow = await requireValid(office, file)
  requireName(file, workflow, name)
  const { versionId, version } = await saveDefinition(office, file)
  return { versionId, version, steps: workflow.steps.map(({ id }) => id) }
}

async function stepsOf({ house, tenant }: Office, { versionId }: Execution): Promise<readonly string[]> {
  const found = await findVersion(house.database.engine, tenant.id, versionId)
  return found === undefined ? [] : workflowSchema.parse(found.definition).steps.map(({ id }) => id)
}

async function whyHeld(office: Office, { execution: { id }, ended }: Watch): Promise<string[]> {
  const { house } = office
  if (ended !== undefined) return []
  const { status, runnableAt, workerId } = await requireExecution(office, id)
  if (status === 'paused') return [`Paused. npx countersign executions resume ${id}`]
  const isRunnable = runnableAt !== null && runnableAt.getTime() <= house.now()
  if (workerId !== null || !isRunnable) return []
  if ((await countLiveWorkers(house.database.engine, house.config.leaseMs)) === 0) {
    return [`Waits for a worker, and none is alive. npx countersign executions follow ${id}`]
  }
  return ['Waits for a worker, or for a place under its concurrency limit.']
}
