// API keys as the API shows them.

import { z } from 'zod'
import { isPermission } from '../../kernel/access/permissions.ts'
import type { KeyRequest } from '../../governance/api-keys.ts'
import type { ApiKey } from '../../record/api-keys.ts'
import { createdBy, id, label, maybeTime, permission, time } from './person.ts'

const facts = {
  id,
  name: label(100),
  prefix: z.string().meta({ description: 'How the key begins, to tell keys apart.', examples: ['cs_Wn4q7t'] }),
  member_id: id.nullable(),
  agent_id: id.nullable(),
  scopes: z.array(permission).nullable().meta({ description: 'Null: all that the role of its holder may.' }),
  created_by: createdBy,
  created_at: time,
  expires_at: maybeTime,
  revoked_at: maybeTime,
  last_used_at: maybeTime.meta({ description: 'Written once a minute.' }),
}

export const apiKeyShape = z.strictObject(facts).meta({ id: 'ApiKey', description: 'An API key without its text.' })

export const newApiKeyShape = z
  .strictObject({ ...facts, key: z.string().meta({ description: 'The key itself. It is shown this once.' }) })
  .meta({ id: 'NewApiKey', description: 'A key that has just been made.' })

export function apiKeyBody(key: ApiKey): z.input<typeof apiKeyShape> {
  const iso = (at: Date | null) => at?.toISOString() ?? null
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    member_id: key.memberId,
    agent_id: key.agentId,
    scopes: key.scopes?.filter(isPermission) ?? null,
    created_by: key.createdBy,
    created_at: key.createdAt.toISOString(),
    expires_at: iso(key.expiresAt),
    revoked_at: iso(key.revokedAt),
    last_used_at: iso(key.lastUsedAt),
  }
}

export const apiKeyRequest = z.strictObject({
  name: label(100),
  scopes: z.array(permission).max(100).nullable().default(null),
  expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
})

export const apiKeyExample = { name: 'Nightly import', scopes: ['events:send'], expires_at: '2027-06-30T00:00:00Z' }

export function keyRequestOf({ name, scopes, expires_at: expiresAt }: z.output<typeof apiKeyRequest>): KeyRequest {
  return { name, scopes, expiresAt: expiresAt === null ? null : new Date(expiresAt) }
}
