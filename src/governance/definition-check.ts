// A definition as its tenant sees it: the actions of its packs, its secrets' names, its workflows, and who could approve.

import { parseWorkflow } from '../kernel/definition/yaml-source.ts'
import { validateWorkflow } from '../kernel/definition/validation.ts'
import type { Workflow } from '../kernel/definition/workflow.ts'
import type { Json } from '../kernel/json.ts'
import type { Problem } from '../kernel/problem.ts'
import { ruleProblem } from '../kernel/voting/rule-problem.ts'
import { audience, type RegisteredAction } from '../packs/kit.ts'
import type { Registry } from '../packs/registry.ts'
import type { Queryable } from '../record/database.ts'
import { membersOfAudience } from '../record/members.ts'
import { secretNames } from '../record/secrets.ts'
import { findTenantById } from '../record/tenants.ts'
import { listWorkflowInputs } from '../record/workflow-lists.ts'

export interface CheckParts {
  readonly registry: Registry
  /** The secrets that every tenant has, by name; none when absent. */
  readonly sharedSecrets?: Readonly<Record<string, string>>
}

export interface CheckedDefinition {
  /** Present only when there is no problem. */
  readonly workflow?: Workflow
  /** All of them, in the order of the source. */
  readonly problems: readonly Problem[]
}

/** The actions that a tenant sees: those of the packs it has enabled. */
export async function actionsOf(
  { registry }: CheckParts,
  client: Queryable,
  tenantId: string,
): Promise<ReadonlyMap<string, RegisteredAction>> {
  const tenant = await findTenantById(client, tenantId)
  return registry.actions(tenant?.packs ?? [])
}

/** Checks the YAML (or JSON) of a definition, and that each of its approvals can be given by the members of today. */
export async function checkDefinition(
  parts: CheckParts,
  client: Queryable,
  tenantId: string,
  source: string,
): Promise<CheckedDefinition> {
  const checked = await validateAsTenant(parts, client, tenantId, source)
  const { workflow } = checked
  if (workflow === undefined) return checked
  const unreachable = await quorumProblems(client, tenantId, workflow, source)
  return unreachable.length > 0 ? { problems: unreachable } : checked
}

/** Checks the YAML (or JSON) of a definition. Who could approve is left open: at the command line an operator adds members later. */
export async function validateAsTenant(
  parts: CheckParts,
  client: Queryable,
  tenantId: string,
  source: string,
): Promise<CheckedDefinition> {
  const workflows = await listWorkflowInputs(client, tenantId, source)
  return validateWorkflow(source, {
    actions: await actionsOf(parts, client, tenantId),
    secrets: new Set([...Object.keys(parts.sharedSecrets ?? {}), ...(await secretNames(client, tenantId))]),
    childWorkflows: new Map(workflows.map(({ name, inputs }) => [name, inputs ?? undefined])),
  })
}

/** Approvals that nobody can give. What an expression will name is not known yet. */
async function quorumProblems(
  client: Queryable,
  tenantId: string,
  workflow: Workflow,
  source: string,
): Promise<Problem[]> {
  const problems: Problem[] = []
  const yaml = parseWorkflow(source)
  for (const [index, { action, config }] of workflow.steps.entries()) {
    const approvers = action === 'approval.request' ? literal(config?.['approvers']) : undefined
    const asked = audience.safeParse(approvers)
    if (!asked.success) continue
    const rule = quorumOf(config?.['quorum'])
    if (rule === undefined) continue
    const seats = (await membersOfAudience(client, tenantId, asked.data)).length
    const problem = ruleProblem({ rule, seats, approvers: asked.data })
    const pointer = `/steps/${index}/config/approvers`
    if (problem !== undefined) problems.push({ ...problem, pointer, ...yaml.locate(pointer) })
  }
  return problems
}

const literal = (value: Json | undefined): Json | undefined =>
  value === undefined || JSON.stringify(value).includes('{{') ? undefined : value

function quorumOf(value: Json | undefined): number | 'majority' | 'unanimous' | undefined {
  if (value === undefined) return 1
  return typeof value === 'number' || value === 'majority' || value === 'unanimous' ? value : undefined
}
