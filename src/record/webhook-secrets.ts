// The signing secrets of webhooks that come in, sealed, and the addresses that they come in at.

import type { Trigger } from '../kernel/definition/workflow.ts'
import type { Queryable } from './database.ts'

/** Where a webhook stands: a place in a workflow's list of triggers, which outlives versions. */
export interface WebhookPlace {
  readonly tenantId: string
  readonly workflowId: string
  readonly position: number
}

/** Sealed texts. */
export interface WebhookSecrets {
  readonly secret: string
  readonly setAt: Date
  readonly previousSecret: string | null
  readonly previousExpiresAt: Date | null
}

export interface WebhookTrigger extends WebhookPlace {
  readonly id: string
  readonly workflow: string
  readonly definition: Trigger
}

const columns = `secret, set_at as "setAt", previous_secret as "previousSecret", previous_expires_at as "previousExpiresAt"`

export async function findWebhookSecrets(
  db: Queryable,
  { tenantId, workflowId, position }: WebhookPlace,
): Promise<WebhookSecrets | undefined> {
  const { rows } = await db.query<WebhookSecrets>({
    name: 'find_webhook_secrets',
    text: `select ${columns} from webhook_secrets where tenant_id = $1 and workflow_id = $2 and position = $3`,
    values: [tenantId, workflowId, position],
  })
  return rows[0]
}

/**
 * Sets the secret. The one before is taken as well until `previousExpiresAt`; not at all when that is null. Of two that are
 * set at once, one waits for the other.
 */
export async function setWebhookSecret(
  client: Queryable,
  { tenantId, workflowId, position }: WebhookPlace,
  given: { readonly secret: string; readonly setAt: Date; readonly previousExpiresAt: Date | null },
): Promise<WebhookSecrets> {
  const { rows } = await client.query<WebhookSecrets>(
    `insert into webhook_secrets as w (tenant_id, workflow_id, position, secret, set_at) values ($1, $2, $3, $4, $5)
      on conflict (tenant_id, workflow_id, position) do update set secret = excluded.secret, set_at = excluded.set_at,
        previous_secret = case when $6::timestamptz is null then null else w.secret end, previous_expires_at = $6
      returning ${columns}`,
    [tenantId, workflowId, position, given.secret, given.setAt, given.previousExpiresAt],
  )
  const [set] = rows
  if (set === undefined) throw new Error('A secret that was set was not returned')
  return set
}

/** A trigger that is a webhook. */
export async function findWebhookTrigger(
  db: Queryable,
  tenantId: string,
  id: string,
): Promise<WebhookTrigger | undefined> {
  const { rows } = await db.query<WebhookTrigger>(
    `select t.tenant_id as "tenantId", t.id, t.workflow_id as "workflowId", t.position, t.definition, w.name as workflow
      from triggers t join workflows w on w.tenant_id = t.tenant_id and w.id = t.workflow_id
      where t.tenant_id = $1 and t.id = $2 and t.kind = 'webhook'`,
    [tenantId, id],
  )
  return rows[0]
}

/** Gives a webhook another address; false when it is no longer there. */
export async function setWebhookToken(
  client: Queryable,
  tenantId: string,
  id: string,
  tokenHash: Buffer,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update triggers set token_hash = $3 where tenant_id = $1 and id = $2 and kind = 'webhook'`,
    [tenantId, id, tokenHash],
  )
  return rowCount === 1
}
