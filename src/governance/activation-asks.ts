// Asking for what a version needs: when it is saved, when it is activated by hand, and when a policy is raised.

import { workflowSchema } from '../kernel/definition/workflow.ts'
import type { AskingRule } from '../kernel/policy/governance-policy.ts'
import type { Problem } from '../kernel/problem.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { listApprovalsOf } from '../record/subject-approvals.ts'
import { findVersion, listWorkflows } from '../record/workflows.ts'
import {
  type ActivatedVersion,
  type ActivationNeeds,
  activationNeeds,
  byRule,
  type Countersigned,
  countersigned,
} from './activation-needs.ts'
import type { Act, KindParts } from './approval-kinds.ts'
import { requestApproval } from './approval-request.ts'
import { closeAsks } from './closed-asks.ts'
import { expiryOf, remindEveryMs } from './policy-times.ts'

export interface PendingAsk {
  readonly id: string
  readonly acts: readonly string[]
}

export interface AskedActivation {
  /** Those that wait now, the ones that waited before included. */
  readonly approvals: readonly PendingAsk[]
  /** Why nobody may give what is missing. */
  readonly problems: readonly Problem[]
  readonly entries: readonly AuditEntry[]
}

/** Asks for what is missing and not asked for yet, by whoever is `requestedBy`. Appends nothing. */
export async function askForActivation(
  parts: KindParts,
  client: Queryable,
  tenantId: string,
  version: ActivatedVersion,
  given: { readonly needs: ActivationNeeds; readonly has: Countersigned; readonly requestedBy: string },
): Promise<AskedActivation> {
  const { needs, has, requestedBy } = given
  const { hash: contentHash, content } = has.closure
  const pending = await pendingOf(client, tenantId, version.versionId)
  const stale = pending.filter((ask) => ask.contentHash !== contentHash)
  const kept = pending.filter((ask) => ask.contentHash === contentHash)
  const reason = 'What it was asked for has changed since.'
  const entries = await closeAsks(parts, client, tenantId, idsOf(stale), { status: 'void', reason })
  const isAsked = (act: Act): boolean => kept.some(({ acts }) => acts.includes(act))
  const approvals: PendingAsk[] = [...kept]
  const problems: Problem[] = []
  for (const { rule, acts } of byRule(has.missing.filter(({ act }) => !isAsked(act)))) {
    const ask = askOf(parts, version, { acts, rule, needs, requestedBy })
    const asked = await requestApproval(parts, client, { tenantId }, { ...ask, contentHash, content })
    if (!asked.ok) problems.push(...asked.problems)
    else {
      approvals.push({ id: asked.value.approvalId, acts })
      entries.push(asked.value.entry)
    }
  }
  return { approvals, problems, entries }
}

interface Asking {
  readonly acts: readonly Act[]
  readonly rule: AskingRule
  readonly needs: ActivationNeeds
  readonly requestedBy: string
}

/** All but the content that is signed. */
function askOf({ now }: Pick<KindParts, 'now'>, version: ActivatedVersion, { acts, rule, needs, requestedBy }: Asking) {
  const { governance, impact } = needs
  return {
    kind: 'activation',
    subjectId: version.versionId,
    acts,
    summary: summaryOf(version, acts),
    details: detailsOf(version, needs),
    impact: impact.impact,
    approvers: rule.approvers,
    quorum: rule.quorum,
    ...expiryOf(governance, rule, now()),
    ...remindEveryMs(governance),
    requestedBy,
    author: version.createdBy,
    lastEditor: version.createdBy,
    excludes: governance.separation,
  } as const
}

const idsOf = (asks: readonly PendingAsk[]): string[] => asks.map(({ id }) => id)

/** The approvals of a version that wait. */
async function pendingOf(client: Queryable, tenantId: string, versionId: string) {
  const all = await listApprovalsOf(client, tenantId, 'activation', versionId)
  return all.filter(({ status }) => status === 'pending').toReversed()
}

/** Of one change of a policy; what is left over is asked for when somebody activates it by hand. */
const mostAsked = 100

/** After a policy was raised: what active workflows need now and lack. Until it is given, the gate holds them. */
export async function askForActive(parts: KindParts, client: Queryable, tenantId: string): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for (const row of await listWorkflows(client, tenantId, { status: 'active', limit: mostAsked, offset: 0 })) {
    const version = await activatedVersion(client, tenantId, row.versionId)
    if (version === undefined) continue
    const needs = await activationNeeds(parts, client, tenantId, version.workflow)
    if (needs.asked.length === 0) continue
    const has = await countersigned(parts, client, tenantId, version, needs)
    // Nobody's wish but the policy's, so that whoever raised it may still decide.
    const given = { needs, has, requestedBy: 'system' }
    entries.push(...(await askForActivation(parts, client, tenantId, version, given)).entries)
  }
  return entries
}

export async function activatedVersion(
  client: Queryable,
  tenantId: string,
  versionId: string,
): Promise<ActivatedVersion | undefined> {
  const found = await findVersion(client, tenantId, versionId)
  if (found === undefined) return undefined
  const { workflowId, version, createdBy, definition } = found
  return { workflowId, versionId, version, createdBy, workflow: workflowSchema.parse(definition) }
}

const deeds = {
  activate_workflow: 'activate it',
  enable_schedule: 'switch on its schedule',
  send_emails: 'let it send e-mails',
} as const satisfies Record<Act, string>

/** `"Nightly report", version 2: activate it, switch on its schedule and let it send e-mails`. */
function summaryOf({ workflow, version }: ActivatedVersion, acts: readonly Act[]): string {
  const said = acts.map((act) => deeds[act])
  const last = said.pop() ?? ''
  const all = said.length === 0 ? last : `${said.join(', ')} and ${last}`
  return `"${workflow.title ?? workflow.name}", version ${version}: ${all}`
}

function detailsOf({ workflow, version }: ActivatedVersion, { impact }: ActivationNeeds) {
  const reasons = impact.reasons.filter((reason) => reason.impact === impact.impact)
  return {
    workflow: workflow.name,
    version,
    ...(workflow.description !== undefined && { description: workflow.description }),
    impact: impact.impact,
    reasons: reasons.map(({ step, reason }) => ({ step, reason })),
  }
}
