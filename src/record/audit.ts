// The audit's entries: appended to the chain of their tenant, which no role of the product can change afterwards.

import type { Actor } from '../kernel/access/actor.ts'
import type { Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import { jsonText } from './json-text.ts'

/** What was done to an object. `before` and `after` never hold a secret's value, a key, a password or a token. */
export interface AuditEntry {
  /** Noun and deed, `secret.created`. */
  readonly action: `${string}.${string}`
  readonly object: { readonly type: string; readonly id: string; readonly name?: string | null | undefined }
  readonly before?: Json | undefined
  readonly after?: Json | undefined
  readonly at: Date
}

/**
 * Appends entries to the chain of the actor's tenant, in one round trip, and returns the number of the last. It locks the
 * chain until the transaction ends: let it be the transaction's last statement, and its only append.
 */
export async function appendAudit(
  client: Queryable,
  actor: Actor,
  entries: AuditEntry | readonly AuditEntry[],
): Promise<number> {
  const { tenantId, kind, id, name, channel, address, requestId } = actor
  const list = 'action' in entries ? [entries] : entries
  const { rows } = await client.query<{ seq: string }>({
    name: 'append_audit',
    text: 'select append_audit($1, $2, $3) as seq',
    values: [
      tenantId,
      jsonText({ kind, id, name, channel, address, request_id: requestId }),
      jsonText(list.map((entry) => rowOf(entry))),
    ],
  })
  return Number(rows[0]?.seq)
}

function rowOf({ action, object, before = null, after = null, at }: AuditEntry): Json {
  const { type, id, name = null } = object
  return { at: at.toISOString(), action, object_type: type, object_id: id, object_name: name, before, after }
}
