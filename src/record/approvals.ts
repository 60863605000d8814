// Approvals: what waits for people's votes, and the votes.

import type { Json, JsonObject } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'
import { jsonText } from './json-text.ts'

export interface NewApproval extends ExecutionKey {
  readonly id: string
  readonly step: string
  readonly item: number | undefined
  readonly summary: string
  readonly details: Json
  readonly approvers: JsonObject
  readonly quorum: number | 'majority' | 'unanimous'
  readonly expiresAt: Date | undefined
  readonly createdAt: Date
}

export async function insertApprovals(client: Queryable, approvals: readonly NewApproval[]): Promise<void> {
  await client.query({
    name: 'insert_approvals',
    text: `insert into approvals (tenant_id, id, execution_id, step, item, status, summary, details, approvers, quorum, expires_at, created_at)
      select a.tenant_id, a.id, a.execution_id, a.step, a.item, 'pending', a.summary, a.details, a.approvers, a.quorum, a.expires_at, a.created_at
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::jsonb[], $8::jsonb[], $9::jsonb[],
        $10::timestamptz[], $11::timestamptz[])
        as a (tenant_id, id, execution_id, step, item, summary, details, approvers, quorum, expires_at, created_at)`,
    values: [
      approvals.map((approval) => approval.tenantId),
      approvals.map((approval) => approval.id),
      approvals.map((approval) => approval.executionId),
      approvals.map((approval) => approval.step),
      approvals.map((approval) => approval.item ?? null),
      approvals.map((approval) => approval.summary),
      approvals.map((approval) => (approval.details === null ? null : jsonText(approval.details))),
      approvals.map((approval) => jsonText(approval.approvers)),
      approvals.map((approval) => jsonText(approval.quorum)),
      approvals.map((approval) => approval.expiresAt ?? null),
      approvals.map((approval) => approval.createdAt),
    ],
  })
}
