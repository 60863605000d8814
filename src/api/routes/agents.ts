// Agents: members that are programs, and the keys they act with.

import { z } from 'zod'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import { createAgent, noAgent, updateAgent } from '../../governance/agents.ts'
import { createApiKey } from '../../governance/api-keys.ts'
import { type Agent, findAgent, listAgents } from '../../record/agents.ts'
import { checkIfMatch, etagOf } from '../edit.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { apiKeyBody, apiKeyExample, apiKeyRequest, keyRequestOf, newApiKeyShape } from '../shapes/api-key.ts'
import { createdBy, etag, id, idParams, label, time } from '../shapes/person.ts'

const agentShape = z
  .strictObject({ id, name: z.string(), disabled: z.boolean(), created_by: createdBy, created_at: time })
  .meta({ id: 'Agent', description: 'A program that acts with a key. It never decides.' })

function agentBody({ id: agentId, name, disabledAt, createdBy: by, createdAt }: Agent): z.input<typeof agentShape> {
  return { id: agentId, name, disabled: disabledAt !== null, created_by: by, created_at: createdAt.toISOString() }
}

const list = route({
  method: 'GET',
  path: '/agents',
  operation: 'listAgents',
  tag: 'Agents',
  summary: 'List agents',
  access: 'agents:read',
  problems: [],
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of agents.', schema: pageOf(agentShape) } },
  async handle({ db, principal, query }) {
    const { agents, counted } = await listAgents(db, principal.tenantId, query)
    return ok({ status: 200, body: { items: agents.map(agentBody), ...pageFacts(counted, query) } } as const)
  },
})

const create = route({
  method: 'POST',
  path: '/agents',
  operation: 'createAgent',
  tag: 'Agents',
  summary: 'Create an agent',
  access: 'agents:write',
  problems: ['conflict'],
  idempotency: 'stored',
  body: z.strictObject({ name: label(100) }),
  bodyExample: { name: 'procurement-agent' },
  answers: { 201: { description: 'The agent, which needs a key to act.', schema: agentShape, headers: etag } },
  async handle({ parts, db, principal, body }) {
    const made = await createAgent(parts.people.parts, db, principal, body.name)
    return made.ok ? ok({ ...agentReply(made.value), status: 201 } as const) : made
  },
})

const get = route({
  method: 'GET',
  path: '/agents/{id}',
  operation: 'getAgent',
  tag: 'Agents',
  summary: 'Get an agent',
  access: 'agents:read',
  problems: ['not_found'],
  params: idParams('the agent'),
  answers: { 200: { description: 'The agent.', schema: agentShape, headers: etag } },
  async handle({ db, principal, params }) {
    const agent = await findAgent(db, principal.tenantId, params.id)
    return agent === undefined ? failed(noAgent(params.id)) : ok(agentReply(agent))
  },
})

const update = route({
  method: 'PATCH',
  path: '/agents/{id}',
  operation: 'updateAgent',
  tag: 'Agents',
  summary: 'Rename an agent, or switch it off',
  description: 'The keys of a disabled agent are refused at once; they work again when it is enabled.',
  access: 'agents:write',
  problems: ['not_found', 'conflict'],
  ifMatch: 'required',
  params: idParams('the agent'),
  body: z.strictObject({ name: label(100).optional(), disabled: z.boolean().optional() }),
  bodyExample: { disabled: true },
  answers: { 200: { description: 'The agent as changed.', schema: agentShape, headers: etag } },
  async handle({ parts, db, principal, params, body, request }) {
    const check = (agent: Agent): Result<undefined> => checkIfMatch(request.ifMatch, etagOf(agentBody(agent)))
    const changed = await updateAgent(parts.people.parts, db, principal, params.id, body, check)
    return changed.ok ? ok(agentReply(changed.value)) : changed
  },
})

const createKey = route({
  method: 'POST',
  path: '/agents/{id}/api-keys',
  operation: 'createAgentApiKey',
  tag: 'Agents',
  summary: 'Create an API key of an agent',
  access: 'keys:write',
  problems: ['not_found', 'forbidden'],
  idempotency: 'sealed',
  params: idParams('the agent'),
  body: apiKeyRequest,
  bodyExample: apiKeyExample,
  answers: { 201: { description: 'The key, shown this once.', schema: newApiKeyShape } },
  async handle({ parts, db, principal, params, body }) {
    const made = await createApiKey(parts, db, principal, { agentId: params.id }, keyRequestOf(body))
    if (!made.ok) return made
    return ok({ status: 201, body: { ...apiKeyBody(made.value.key), key: made.value.text } } as const)
  },
})

function agentReply(agent: Agent) {
  const body = agentBody(agent)
  return { status: 200, body, headers: { etag: etagOf(body) } } as const
}

export const agentRoutes = [list, create, get, update, createKey]
