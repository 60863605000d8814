// Grants, given and revoked: what has been countersigned, and no longer is.

import type { Actor } from '../kernel/access/actor.ts'
import type { Json } from '../kernel/json.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { type GrantKind, type GrantsOf, insertGrant, revokeGrants as revoke } from '../record/grants.ts'
import type { Act, KindParts } from './approval-kinds.ts'

export interface GivenGrant {
  readonly kind: GrantKind
  readonly workflowId: string
  readonly versionId: string
  /** Every execution of the version when absent. */
  readonly executionId?: string | undefined
  readonly templateId?: string | undefined
  readonly acts: readonly Act[]
  /** As `closureOf` makes them. */
  readonly contentHash: string
  readonly content: Json
  readonly approvalId: string | null
  readonly expiresAt?: Date | null | undefined
}

type Parts = Pick<KindParts, 'now' | 'newId'>

/** Countersigns. Returns the audit entry and appends nothing. */
export async function giveGrant(
  { now, newId }: Parts,
  client: Queryable,
  { tenantId }: Pick<Actor, 'tenantId'>,
  given: GivenGrant,
): Promise<AuditEntry> {
  const at = new Date(now())
  const id = newId()
  await insertGrant(client, { ...given, tenantId, id, createdAt: at })
  const after = {
    kind: given.kind,
    workflow_id: given.workflowId,
    version_id: given.versionId,
    execution_id: given.executionId ?? null,
    template_id: given.templateId ?? null,
    acts: [...given.acts],
    content_hash: given.contentHash,
    approval_id: given.approvalId,
    expires_at: given.expiresAt?.toISOString() ?? null,
  }
  return { action: 'grant.given', object: { type: 'grant', id }, after, at }
}

/** Takes effect at once, also for steps that are under way. Returns the audit entries and appends nothing. */
export async function revokeGrants(
  { now }: Pick<Parts, 'now'>,
  client: Queryable,
  { tenantId }: Pick<Actor, 'tenantId'>,
  of: GrantsOf,
  reason: string,
): Promise<AuditEntry[]> {
  const at = new Date(now())
  const revoked = await revoke(client, tenantId, of, reason, at)
  return revoked.map(({ id, kind, versionId, approvalId }) => ({
    action: 'grant.revoked',
    object: { type: 'grant', id },
    before: { kind, version_id: versionId, approval_id: approvalId },
    after: { reason },
    at,
  }))
}
