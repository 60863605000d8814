// Where a version stands on its way to being active, for people who look at it.

import type { Workflow } from '../kernel/definition/workflow.ts'
import { ruleProblem } from '../kernel/voting/rule-problem.ts'
import { differenceOf } from '../engine/gate/closure.ts'
import type { Queryable } from '../record/database.ts'
import { membersOfAudience } from '../record/members.ts'
import { listApprovalsOf } from '../record/subject-approvals.ts'
import {
  type ActivatedVersion,
  activationNeeds,
  type ActivationNeeds,
  type Countersigned,
  countersigned,
} from './activation-needs.ts'
import type { KindParts } from './approval-kinds.ts'
import { handsOf } from './approval-request.ts'
import { testProblem } from './required-tests.ts'
import type { ImpactClass } from './workflow-impact.ts'

/** `void`: what was asked for or countersigned is not what is there now. `needed`: nobody has been asked. */
export const activationStates = ['not_needed', 'pending', 'granted', 'needed', 'void'] as const

export interface ActivationState {
  readonly state: (typeof activationStates)[number]
  /** What has to be countersigned, given or not. */
  readonly acts: readonly string[]
  /** The approvals that wait. */
  readonly approvalIds: readonly string[]
  /** Why nobody may approve. */
  readonly problem: string | null
  /** What has changed since, where it is void. */
  readonly difference: string | null
}

export interface Activation {
  readonly impact: ImpactClass
  readonly activation: ActivationState
}

const nothing = { approvalIds: [], problem: null, difference: null } as const

/** Of the current version of a workflow, as it is now. */
export async function activationOf(
  parts: Pick<KindParts, 'now' | 'registry'>,
  client: Queryable,
  tenantId: string,
  version: ActivatedVersion,
): Promise<Activation> {
  const needs = await activationNeeds(parts, client, tenantId, version.workflow)
  const acts = needs.asked.map(({ act }) => act)
  const { impact } = needs
  if (acts.length === 0) return { impact, activation: { state: 'not_needed', acts, ...nothing } }
  const has = await countersigned(parts, client, tenantId, version, needs)
  if (has.missing.length === 0) return { impact, activation: { state: 'granted', acts, ...nothing } }
  const rest = await restOf(client, tenantId, version, { needs, has })
  return { impact, activation: { ...nothing, acts, ...rest } }
}

async function restOf(
  client: Queryable,
  tenantId: string,
  version: ActivatedVersion,
  { needs, has }: { readonly needs: ActivationNeeds; readonly has: Countersigned },
): Promise<Partial<ActivationState> & Pick<ActivationState, 'state'>> {
  const asks = await listApprovalsOf(client, tenantId, 'activation', version.versionId)
  const pending = asks.filter(({ status }) => status === 'pending')
  const valid = pending.filter(({ contentHash }) => contentHash === has.closure.hash)
  if (valid.length > 0) return { state: 'pending', approvalIds: valid.map(({ id }) => id).toReversed() }
  const outdated = [...pending, ...has.outdated][0]
  if (outdated !== undefined) return { state: 'void', difference: differenceOf(outdated.content, has.closure.content) }
  const untested = await testProblem(client, tenantId, version, needs)
  return { state: 'needed', problem: untested?.message ?? (await whyNobody(client, tenantId, version, needs, has)) }
}

/** Undefined hands, such as whoever will ask, are left open. */
async function whyNobody(
  client: Queryable,
  tenantId: string,
  { createdBy }: ActivatedVersion,
  { governance }: ActivationNeeds,
  { missing }: Countersigned,
): Promise<string | null> {
  const { separation: excludes } = governance
  const hands = handsOf({ excludes, requestedBy: '', author: createdBy, lastEditor: createdBy })
  for (const { rule } of missing) {
    const members = await membersOfAudience(client, tenantId, rule.approvers)
    const excluded = members.filter(({ id }) => hands.includes(`member:${id}`)).length
    const asked = { rule: rule.quorum, seats: members.length, excluded, approvers: rule.approvers }
    const problem = ruleProblem(asked)
    if (problem !== undefined) return problem.message
  }
  return null
}

/** The version that `findWorkflowDetail` describes. */
export function versionOf(
  row: { readonly id: string; readonly versionId: string; readonly version: number; readonly updatedBy: string },
  workflow: Workflow,
): ActivatedVersion {
  const { id: workflowId, versionId, version, updatedBy: createdBy } = row
  return { workflowId, versionId, version, createdBy, workflow }
}
