// Who is asking: what they may do, where else they belong, and their own keys.

import { z } from 'zod'
import { may, permissionNames, roles } from '../../kernel/access/permissions.ts'
import { failed, ok } from '../../kernel/problem.ts'
import { createApiKey, revokeApiKey } from '../../governance/api-keys.ts'
import { listApiKeys } from '../../record/api-keys.ts'
import { findTenantById } from '../../record/tenants.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import {
  apiKeyBody,
  apiKeyExample,
  apiKeyRequest,
  apiKeyShape,
  keyRequestOf,
  newApiKeyShape,
} from '../shapes/api-key.ts'
import { id, idParams, maybeTime, memberRole, permission } from '../shapes/person.ts'

const tenant = z.strictObject({ slug: z.string(), name: z.string() })

const meShape = z
  .strictObject({
    id,
    kind: z.enum(['member', 'agent']),
    name: z.string(),
    email: z.string().nullable(),
    role: z.enum(roles),
    tenant,
    permissions: z
      .array(permission)
      .meta({ description: 'What this request may do, by role and by the scopes of its key.' }),
    via: z.enum(['session', 'key']),
    expires_at: maybeTime.meta({ description: 'When the session or the key ends by itself.' }),
    memberships: z
      .array(z.strictObject({ slug: z.string(), name: z.string(), role: memberRole }))
      .meta({ description: 'The tenants to which a session can switch; empty for a key.' }),
  })
  .meta({ id: 'Me', description: 'Who is asking.' })

const get = route({
  method: 'GET',
  path: '/me',
  operation: 'getMe',
  tag: 'Me',
  summary: 'Who am I',
  access: 'me:read',
  problems: [],
  answers: { 200: { description: 'Who is asking.', schema: meShape } },
  async handle({ parts, db, principal, raw }) {
    const { kind, name, email = null, role, scopes, via, expiresAt } = principal
    const found = await findTenantById(db, principal.tenantId)
    const session = via.kind === 'session' ? await parts.people.authenticator.session(raw.request.headers) : undefined
    const userId = session?.ok === true ? session.value.userId : null
    const memberships = userId === null ? [] : await parts.people.membershipsOf(userId)
    const body = {
      id: principal.id,
      kind,
      name,
      email,
      role,
      tenant: { slug: found?.slug ?? '', name: found?.name ?? '' },
      permissions: permissionNames.filter((one) => may(role, one, scopes)),
      via: via.kind,
      expires_at: expiresAt?.toISOString() ?? null,
      memberships: memberships.map((one) => ({ slug: one.slug, name: one.name, role: one.role })),
    }
    return ok({ status: 200, body } as const)
  },
})

const switchTenant = route({
  method: 'PUT',
  path: '/me/tenant',
  operation: 'switchTenant',
  tag: 'Me',
  summary: 'Work in another tenant',
  description: 'For this session, from the next request on.',
  access: 'me:read',
  problems: ['not_found', 'conflict'],
  body: z.strictObject({
    slug: z
      .string()
      .regex(/^[a-z0-9-]+$/, 'must be the slug of a tenant')
      .max(100),
  }),
  bodyExample: { slug: 'demo' },
  answers: { 204: { description: 'The session works there now.' } },
  async handle({ parts, principal: { via }, body: { slug } }) {
    if (via.kind === 'key') {
      return failed({ code: 'conflict', message: 'An API key belongs to one tenant. Use a key of the other one.' })
    }
    if (await parts.people.choose(via.id, slug)) return ok({ status: 204 } as const)
    return failed({ code: 'not_found', message: `You are a member of no tenant "${slug}".` })
  },
})

const listKeys = route({
  method: 'GET',
  path: '/me/api-keys',
  operation: 'listMyApiKeys',
  tag: 'Me',
  summary: 'List my API keys',
  access: 'keys:own',
  problems: [],
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of keys.', schema: pageOf(apiKeyShape) } },
  async handle({ db, principal, query }) {
    const { keys, counted } = await listApiKeys(db, principal.tenantId, { memberId: principal.id, ...query })
    return ok({ status: 200, body: { items: keys.map(apiKeyBody), ...pageFacts(counted, query) } } as const)
  },
})

const createKey = route({
  method: 'POST',
  path: '/me/api-keys',
  operation: 'createMyApiKey',
  tag: 'Me',
  summary: 'Create an API key of mine',
  description: 'It may what I may, or less: its scopes. When my role changes, so does what it may.',
  access: 'keys:own',
  problems: ['forbidden'],
  idempotency: 'sealed',
  body: apiKeyRequest,
  bodyExample: apiKeyExample,
  answers: { 201: { description: 'The key, shown this once.', schema: newApiKeyShape } },
  async handle({ parts, db, principal, body }) {
    const made = await createApiKey(parts, db, principal, { memberId: principal.id }, keyRequestOf(body))
    if (!made.ok) return made
    return ok({ status: 201, body: { ...apiKeyBody(made.value.key), key: made.value.text } } as const)
  },
})

const revokeKey = route({
  method: 'DELETE',
  path: '/me/api-keys/{id}',
  operation: 'revokeMyApiKey',
  tag: 'Me',
  summary: 'Revoke an API key of mine',
  description: 'It is refused at once.',
  access: 'keys:own',
  problems: ['not_found'],
  params: idParams('the key'),
  answers: { 204: { description: 'Revoked.' } },
  async handle({ parts, db, principal, params }) {
    const revoked = await revokeApiKey(parts.people.parts, db, principal, params.id, principal.id)
    return revoked.ok ? ok({ status: 204 } as const) : revoked
  },
})

export const meRoutes = [get, switchTenant, listKeys, createKey, revokeKey]
