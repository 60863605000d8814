// What a version needs before its workflow is active: what its class asks for, and what of that is countersigned.

import { canonicalJson } from '../kernel/definition/canonical-json.ts'
import { triggersOf, type Workflow } from '../kernel/definition/workflow.ts'
import { sendsMail } from '../kernel/impact/sends-mail.ts'
import type { AskingRule, Governance, Need } from '../kernel/policy/governance-policy.ts'
import { type Closure, closureOf } from '../engine/gate/closure.ts'
import { listStandingGrants, type StandingGrant } from '../record/activations.ts'
import type { Queryable } from '../record/database.ts'
import { readGovernance } from '../record/policies.ts'
import type { Act, KindParts } from './approval-kinds.ts'
import { actionsOf } from './definition-check.ts'
import { type ImpactClass, impactOf } from './workflow-impact.ts'

export interface AskedAct {
  readonly act: Act
  readonly rule: AskingRule
}

export interface ActivationNeeds {
  readonly governance: Governance
  readonly impact: ImpactClass
  /** What somebody has to approve; nothing where the policy asks nobody. */
  readonly asked: readonly AskedAct[]
  readonly needsTests: boolean
}

/** What the policy asks for of one definition, as both are now. */
export async function activationNeeds(
  parts: Pick<KindParts, 'registry'>,
  client: Queryable,
  tenantId: string,
  workflow: Workflow,
): Promise<ActivationNeeds> {
  const governance = await readGovernance(client, tenantId)
  const impact = await impactOf(client, tenantId, workflow, await actionsOf(parts, client, tenantId))
  const policy = governance.classes[impact.impact]
  const asked = actsOf(workflow).flatMap((act) => {
    const rule = policy[needOf[act]]
    return rule === 'none' ? [] : [{ act, rule }]
  })
  return { governance, impact, asked, needsTests: policy.tests_required === true }
}

const needOf = {
  activate_workflow: 'activate',
  enable_schedule: 'schedule',
  send_emails: 'send',
} as const satisfies Record<Act, Need>

/** What a workflow does once it is active. */
export function actsOf(workflow: Workflow): Act[] {
  const isScheduled = triggersOf(workflow).some((trigger) => 'schedule' in trigger || 'every' in trigger)
  return [
    'activate_workflow',
    ...(isScheduled ? (['enable_schedule'] as const) : []),
    ...(sendsMail(workflow) ? (['send_emails'] as const) : []),
  ]
}

/** A version that is or becomes the current one. */
export interface ActivatedVersion {
  readonly workflowId: string
  readonly versionId: string
  readonly version: number
  readonly workflow: Workflow
  /** As `referenceTo` names them. */
  readonly createdBy: string
}

export interface Countersigned {
  readonly closure: Closure
  /** Of the content as it is now, whichever version it was given for. */
  readonly valid: readonly StandingGrant[]
  /** Of this version with other content, such as another version of a workflow that it starts. */
  readonly outdated: readonly StandingGrant[]
  readonly missing: readonly AskedAct[]
}

/** What of that is countersigned, with exactly the content of now. */
export async function countersigned(
  { now }: Pick<KindParts, 'now'>,
  client: Queryable,
  tenantId: string,
  { workflowId, versionId, workflow }: ActivatedVersion,
  { asked }: ActivationNeeds,
): Promise<Countersigned> {
  const closure = await closureOf(client, tenantId, workflow)
  const grants = await listStandingGrants(client, tenantId, workflowId, new Date(now()))
  const valid = grants.filter(({ contentHash }) => contentHash === closure.hash)
  const outdated = grants.filter((grant) => grant.versionId === versionId && !valid.includes(grant))
  const held = new Set(valid.flatMap(({ acts }) => acts))
  return { closure, valid, outdated, missing: asked.filter(({ act }) => !held.has(act)) }
}

/** Whether the workflow may start, and by its schedule, while these are missing. */
export function standingWithout(missing: readonly AskedAct[]) {
  const lacks = (act: Act): boolean => missing.some((asked) => asked.act === act)
  return { status: lacks('activate_workflow') ? 'inactive' : 'active', isScheduled: !lacks('enable_schedule') } as const
}

/** One approval for all acts that the same people decide on by the same rule. */
export function byRule(missing: readonly AskedAct[]): { readonly rule: AskingRule; readonly acts: readonly Act[] }[] {
  const groups = Map.groupBy(missing, ({ rule }) => canonicalJson(rule))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    return first === undefined ? [] : [{ rule: first.rule, acts: group.map(({ act }) => act) }]
  })
}
