// API keys: made for a member or an agent, shown once, never wider than what their maker may do.

import { referenceTo } from '../kernel/access/actor.ts'
import { may, type Permission } from '../kernel/access/permissions.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { findAgent } from '../record/agents.ts'
import { type ApiKey, insertApiKey, lockApiKey, revokeApiKey as revokeRow } from '../record/api-keys.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findMember } from '../record/members.ts'
import { notifyAccess } from '../record/sessions.ts'
import { noAgent } from './agents.ts'
import { digestOf, newToken, type Officer, type PeopleParts } from './people-parts.ts'

/** Enough to tell keys apart, and nothing towards guessing one. */
const prefixLength = 9

export interface KeyRequest {
  readonly name: string
  /** Null for all that the role of its holder may. */
  readonly scopes: readonly Permission[] | null
  readonly expiresAt: Date | null
}

export type Holder = { readonly memberId: string } | { readonly agentId: string }

/** The key's text is returned here and nowhere else. Problems: `not_found` (the holder), `forbidden` (scopes), `invalid_input`. */
export async function createApiKey(
  { now, newId }: Pick<PeopleParts, 'now' | 'newId'>,
  client: Queryable,
  officer: Officer,
  holder: Holder,
  { name, scopes, expiresAt }: KeyRequest,
): Promise<Result<{ readonly key: ApiKey; readonly text: string }>> {
  const { tenantId } = officer
  const refused =
    (await holderProblem(client, tenantId, holder)) ??
    scopeProblem(officer, holder, scopes) ??
    pastProblem(expiresAt, now())
  if (refused !== undefined) return failed(refused)
  const text = `cs_${newToken()}`
  const key = {
    tenantId,
    id: newId(),
    memberId: null,
    agentId: null,
    ...holder,
    name,
    prefix: text.slice(0, prefixLength),
    // A key that is made with a narrower one stays as narrow.
    scopes: scopes ?? officer.scopes ?? null,
    createdBy: referenceTo(officer),
    createdAt: new Date(now()),
    expiresAt,
  }
  await insertApiKey(client, { ...key, hash: digestOf(text) })
  await appendAudit(client, officer, {
    action: 'api_key.created',
    object: objectOf(key),
    after: shown(key),
    at: key.createdAt,
  })
  return ok({ key: { ...key, revokedAt: null, lastUsedAt: null }, text })
}

/** With `ownOf` only a key of that member. It is refused from this moment. Problems: `not_found`. */
export async function revokeApiKey(
  { now, forgetAccess }: PeopleParts,
  client: Queryable,
  officer: Officer,
  id: string,
  ownOf?: string,
): Promise<Result<undefined>> {
  const { tenantId } = officer
  const key = await lockApiKey(client, tenantId, id)
  if (key === undefined || (ownOf !== undefined && key.memberId !== ownOf)) {
    return failed({ code: 'not_found', message: `There is no API key ${id}.` })
  }
  if (key.revokedAt !== null) return ok(undefined)
  const at = new Date(now())
  await revokeRow(client, tenantId, id, at)
  forgetAccess(`key:${key.id}`)
  await notifyAccess(client, `key:${key.id}`)
  await appendAudit(client, officer, { action: 'api_key.revoked', object: objectOf(key), before: shown(key), at })
  return ok(undefined)
}

async function holderProblem(client: Queryable, tenantId: string, holder: Holder): Promise<Problem | undefined> {
  if ('agentId' in holder) {
    return (await findAgent(client, tenantId, holder.agentId)) === undefined ? noAgent(holder.agentId) : undefined
  }
  const member = await findMember(client, tenantId, holder.memberId)
  return member === undefined ? { code: 'not_found', message: `There is no member ${holder.memberId}.` } : undefined
}

/** An agent's key may hold what an agent may, whatever its maker's role; a member's key not more than its maker has. */
function scopeProblem(officer: Officer, holder: Holder, scopes: readonly Permission[] | null): Problem | undefined {
  const role = 'agentId' in holder ? 'agent' : officer.role
  const lacking = (scopes ?? []).filter(
    (scope) => !may(role, scope) || (officer.scopes !== undefined && !officer.scopes.includes(scope)),
  )
  if (lacking.length === 0) return undefined
  const who = 'agentId' in holder ? 'An agent' : `The role "${role}", with the scopes of this request,`
  return {
    code: 'forbidden',
    message: `${who} does not have ${lacking.join(', ')}.`,
    hint: 'Leave these scopes away.',
    pointer: '/scopes',
  }
}

function pastProblem(expiresAt: Date | null, now: number): Problem | undefined {
  if (expiresAt === null || expiresAt.getTime() > now) return undefined
  return { code: 'invalid_input', message: 'The key would have expired already.', pointer: '/expires_at' }
}

const objectOf = ({ id, name }: Pick<ApiKey, 'id' | 'name'>) => ({ type: 'api_key', id, name })

function shown(key: Pick<ApiKey, 'memberId' | 'agentId' | 'prefix' | 'scopes' | 'expiresAt'>) {
  const { memberId, agentId, prefix, scopes, expiresAt } = key
  return {
    member_id: memberId,
    agent_id: agentId,
    prefix,
    scopes: scopes === null ? null : [...scopes],
    expires_at: expiresAt?.toISOString() ?? null,
  }
}
