// Definition files on their way into a tenant: validated as the tenant sees things, then saved.

import { operatorOf } from '../kernel/access/actor.ts'
import type { Workflow } from '../kernel/definition/workflow.ts'
import { ok, type Result } from '../kernel/problem.ts'
import { validateAsTenant } from '../governance/definition-check.ts'
import { setWorkflowStatus } from '../engine/triggers/save-workflow.ts'
import type { Activated } from '../governance/activate-governed.ts'
import { type GovernedWorkflow, saveGoverned } from '../governance/save-governed.ts'
import { activateWorkflow, switchOff } from '../governance/workflows.ts'
import { asTenant } from '../record/database.ts'
import type { Office } from './command-line.ts'
import type { DefinitionFile } from './definition-file.ts'
import { reportLines, sayProblemCount } from './problem-report.ts'
import { Refusal } from './refusal.ts'

/** Throws `Refusal` that shows every problem. */
export async function requireValid(office: Office, { name, source }: DefinitionFile): Promise<Workflow> {
  const { house, tenant, terminal } = office
  const { workflow, problems } = await validateAsTenant(house, house.database.engine, tenant.id, source)
  if (workflow !== undefined) return workflow
  const lines = reportLines(name, source, problems, terminal.paint)
  throw new Refusal('failed', `${lines.join('\n')}\n${sayProblemCount(problems.length)} found. Nothing was saved.`)
}

export interface SavedFile extends GovernedWorkflow {
  /** The addresses of new webhooks, which are shown once. */
  readonly webhooks: readonly string[]
}

/** Saves a definition under its name; the status counts for a workflow that is new. Throws `Refusal`. */
export async function saveDefinition(
  office: Office,
  file: DefinitionFile,
  status: 'active' | 'inactive' = 'active',
): Promise<SavedFile> {
  const { house, tenant } = office
  const workflow = await requireValid(office, file)
  const request = { workflow, source: file.source, status }
  const saved = await asTenant(house.database, tenant.id, (client) =>
    saveGoverned(house, client, operatorOf(tenant.id), request),
  )
  return { ...saved, webhooks: saved.tokens.map(({ token }) => `${house.config.url}/hooks/${token}`) }
}

const whateverIsThere = () => ok(undefined)

/** Activates a workflow, or asks those who have to countersign it first. Problems: as those of `activateWorkflow`. */
export async function activate({ house, tenant }: Office, name: string): Promise<Result<Activated>> {
  const request = { name, precondition: whateverIsThere }
  return asTenant(house.database, tenant.id, (client) =>
    activateWorkflow(house, client, operatorOf(tenant.id), request),
  )
}

/** Problem: `not_found`. */
export async function deactivate({ house, tenant }: Office, name: string): Promise<Result<undefined>> {
  const request = { name, status: 'inactive', precondition: whateverIsThere } as const
  return asTenant(house.database, tenant.id, (client) => switchOff(house, client, operatorOf(tenant.id), request))
}

/** Of one that may be active: on for a start by hand, and off again. Problem: `not_found`. */
export async function switchWorkflow(
  { house, tenant }: Office,
  name: string,
  status: 'active' | 'inactive',
): Promise<Result<undefined>> {
  return asTenant(house.database, tenant.id, (client) =>
    setWorkflowStatus(house, client, operatorOf(tenant.id), name, status),
  )
}
