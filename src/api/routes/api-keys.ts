// API keys of the whole tenant, for those who govern it.

import { z } from 'zod'
import { ok } from '../../kernel/problem.ts'
import { revokeApiKey } from '../../governance/api-keys.ts'
import { listApiKeys } from '../../record/api-keys.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { apiKeyBody, apiKeyShape } from '../shapes/api-key.ts'
import { id, idParams } from '../shapes/person.ts'

const list = route({
  method: 'GET',
  path: '/api-keys',
  operation: 'listApiKeys',
  tag: 'Agents',
  summary: 'List API keys',
  description: 'Of all members and agents, the newest first, the revoked ones too.',
  access: 'keys:write',
  problems: [],
  query: z.strictObject({
    member_id: id.optional().meta({ description: 'Those of this member.' }),
    agent_id: id.optional().meta({ description: 'Those of this agent.' }),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of keys.', schema: pageOf(apiKeyShape) } },
  async handle({ db, principal, query }) {
    const { member_id: memberId, agent_id: agentId, limit, offset } = query
    const { keys, counted } = await listApiKeys(db, principal.tenantId, { memberId, agentId, limit, offset })
    return ok({ status: 200, body: { items: keys.map(apiKeyBody), ...pageFacts(counted, query) } } as const)
  },
})

const revoke = route({
  method: 'DELETE',
  path: '/api-keys/{id}',
  operation: 'revokeApiKey',
  tag: 'Agents',
  summary: 'Revoke an API key',
  description: 'It is refused at once.',
  access: 'keys:write',
  problems: ['not_found'],
  params: idParams('the key'),
  answers: { 204: { description: 'Revoked.' } },
  async handle({ parts, db, principal, params }) {
    const revoked = await revokeApiKey(parts.people.parts, db, principal, params.id)
    return revoked.ok ? ok({ status: 204 } as const) : revoked
  },
})

export const apiKeyRoutes = [list, revoke]
