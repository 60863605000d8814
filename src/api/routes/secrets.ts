// Secrets over HTTP: names and versions, never values.

import { z } from 'zod'
import { ok, type Result } from '../../kernel/problem.ts'
import {
  createSecret,
  deleteSecret,
  getSecret,
  listSecrets,
  longestValue,
  secretName,
  setSecret,
  type UsedSecret,
} from '../../governance/secrets.ts'
import type { Secret } from '../../record/secrets.ts'
import { checkIfMatch, etagOf } from '../edit.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { type CallContext, route } from '../route.ts'

const name = z
  .string()
  .regex(secretName, 'must be upper case letters, digits and _, and begin with a letter')
  .meta({ description: 'As `secrets.NAME` in a config.', examples: ['STRIPE_KEY'] })
const value = z.string().min(4).max(longestValue).meta({ description: 'Kept encrypted, and never shown again.' })
const description = z
  .string()
  .max(500)
  .optional()
  .meta({ description: 'What it is for. The one before stays when absent.' })
const moment = z.string().meta({ format: 'date-time' })
const who = z.string().meta({ description: '`member:<id>`, `agent:<id>` or `operator`.' })

const secretShape = z
  .strictObject({
    name,
    version: z.number().int().min(1).meta({ description: 'Grows with each value.' }),
    description: z.string().nullable(),
    created_by: who,
    created_at: moment,
    updated_by: who,
    updated_at: moment,
    last_used_at: moment.nullable().meta({ description: 'By an execution; to the hour.' }),
    used_by: z
      .array(z.string())
      .meta({ description: 'The workflows whose current version uses it, those that are inactive too.' }),
  })
  .meta({ id: 'Secret', description: 'A secret without its value.' })

const params = z.strictObject({ name })
const headers = { ETag: 'For `If-Match` of a new value.' }
const givenExample = { value: 'sk_live_0123456789abcdef', description: 'Payments' }

const list = route({
  method: 'GET',
  path: '/secrets',
  operation: 'listSecrets',
  tag: 'Secrets',
  summary: 'List secrets',
  description: 'By name. Values are never shown.',
  access: 'secrets:read',
  problems: [],
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of secrets.', schema: pageOf(secretShape) } },
  async handle({ db, principal, query }) {
    const { items, total } = await listSecrets(db, principal.tenantId, query)
    return ok({ status: 200, body: { items: items.map(bodyOf), ...pageFacts(total, query) } } as const)
  },
})

const get = route({
  method: 'GET',
  path: '/secrets/{name}',
  operation: 'getSecret',
  tag: 'Secrets',
  summary: 'Get a secret, without its value',
  access: 'secrets:read',
  problems: ['not_found'],
  params,
  answers: { 200: { description: 'The secret.', schema: secretShape, headers } },
  handle: (call) => replyWith(call, call.params.name, 200),
})

const create = route({
  method: 'POST',
  path: '/secrets',
  operation: 'createSecret',
  tag: 'Secrets',
  summary: 'Create a secret',
  access: 'secrets:write',
  problems: ['conflict'],
  body: z.strictObject({ name, value, description }),
  bodyExample: { name: 'STRIPE_KEY', ...givenExample },
  idempotency: 'stored',
  answers: { 201: { description: 'It was created.', schema: secretShape, headers } },
  async handle(call) {
    const created = await createSecret(call.parts, call.db, call.principal, call.body)
    return created.ok ? replyWith(call, created.value.name, 201) : created
  },
})

const put = route({
  method: 'PUT',
  path: '/secrets/{name}',
  operation: 'setSecret',
  tag: 'Secrets',
  summary: 'Create a secret or give it a new value',
  description:
    'Where it exists, `If-Match` must name the version that was read. Executions that are claimed from now on use the new value.',
  access: 'secrets:write',
  problems: ['conflict', 'precondition_failed', 'precondition_required'],
  params,
  body: z.strictObject({ value, description }),
  bodyExample: givenExample,
  ifMatch: 'optional',
  answers: {
    200: { description: 'It has a new value.', schema: secretShape, headers },
    201: { description: 'It was created.', schema: secretShape, headers },
  },
  async handle(call) {
    const given = { name: call.params.name, ...call.body }
    const mayReplace = (secret: Secret) => checkIfMatch(call.request.ifMatch, etag(secret), 'required')
    const set = await setSecret(call.parts, call.db, call.principal, given, mayReplace)
    if (!set.ok) return set
    return set.value.isNew ? replyWith(call, given.name, 201) : replyWith(call, given.name, 200)
  },
})

const remove = route({
  method: 'DELETE',
  path: '/secrets/{name}',
  operation: 'deleteSecret',
  tag: 'Secrets',
  summary: 'Delete a secret',
  access: 'secrets:write',
  problems: ['not_found', 'conflict'],
  params,
  query: z.strictObject({
    force: z
      .enum(['true', 'false'])
      .default('false')
      .meta({ description: '`true` deletes it although active workflows use it: their steps will fail.' }),
  }),
  answers: { 204: { description: 'It is deleted.' } },
  async handle({ parts, db, principal, params: { name: given }, query }) {
    const deleted = await deleteSecret(parts, db, principal, { name: given, force: query.force === 'true' })
    return deleted.ok ? ok({ status: 204 } as const) : deleted
  },
})

export const secretsRoutes = [list, get, create, put, remove]

interface SecretReply<Status> {
  readonly status: Status
  readonly body: z.input<typeof secretShape>
  readonly headers: { readonly etag: string }
}

async function replyWith<Status extends 200 | 201>(
  { db, principal }: CallContext,
  wanted: string,
  status: Status,
): Promise<Result<SecretReply<Status>>> {
  const found = await getSecret(db, principal.tenantId, wanted)
  if (!found.ok) return found
  return ok({ status, body: bodyOf(found.value), headers: { etag: etag(found.value) } })
}

/** One that was deleted and made again is another one. */
function etag({ name: named, version, createdAt }: Secret): string {
  return etagOf([named, version, createdAt])
}

function bodyOf(secret: UsedSecret): z.input<typeof secretShape> {
  return {
    name: secret.name,
    version: secret.version,
    description: secret.description,
    created_by: secret.createdBy,
    created_at: secret.createdAt.toISOString(),
    updated_by: secret.updatedBy,
    updated_at: secret.updatedAt.toISOString(),
    last_used_at: secret.lastUsedAt?.toISOString() ?? null,
    used_by: [...secret.usedBy],
  }
}
