// Secrets of a tenant: set, replaced and deleted by people, never shown again.

import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import { secretNamesOf } from '../kernel/definition/secret-references.ts'
import { workflowSchema } from '../kernel/definition/workflow.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import type { KeyRing } from '../record/key-ring.ts'
import { seal } from '../record/sealing.ts'
import {
  deleteSecret as removeSecret,
  findSecret,
  insertSecret,
  listSecrets as readSecrets,
  lockSecret,
  replaceSecret,
  type Secret,
  secretPlace,
  secretTotals,
  type SecretValue,
  tellSecretsChanged,
  workflowsMentioning,
} from '../record/secrets.ts'

export interface SecretParts {
  readonly keys: KeyRing
  readonly now: () => number
}

export interface GivenSecret {
  readonly name: string
  readonly value: string
  readonly description?: string | undefined
}

/** A secret and the workflows whose current version uses it, those that are inactive too. */
export interface UsedSecret extends Secret {
  readonly usedBy: readonly string[]
}

export const secretName = /^[A-Z][A-Z0-9_]{0,63}$/
export const longestValue = 65_536
/** Shorter ones could not be taken out of texts without destroying them. */
const shortestValue = 4
const mostSecrets = 200
/** Of all values of a tenant: what is looked for in everything that its steps return. */
const mostBytes = 1_000_000

export async function listSecrets(
  client: Queryable,
  tenantId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ items: UsedSecret[]; total: number }> {
  const { items, total } = await readSecrets(client, tenantId, page)
  const users = await usersOf(
    client,
    tenantId,
    items.map(({ name }) => name),
  )
  return { total, items: items.map((secret) => ({ ...secret, usedBy: namesOf(users, secret.name) })) }
}

/** Problems: `not_found`. */
export async function getSecret(client: Queryable, tenantId: string, name: string): Promise<Result<UsedSecret>> {
  const secret = await findSecret(client, tenantId, name)
  if (secret === undefined) return failed(noSuchSecret(name))
  return ok({ ...secret, usedBy: namesOf(await usersOf(client, tenantId, [name]), name) })
}

/** Problems: `conflict` (there is one of this name, or there are too many), `invalid_input`. */
export async function createSecret(
  parts: SecretParts,
  client: Queryable,
  actor: Actor,
  given: GivenSecret,
): Promise<Result<Secret>> {
  const refused = valueProblem(given) ?? (await quotaProblem(client, actor.tenantId, given, true))
  if (refused !== undefined) return failed(refused)
  const secret = await insertSecret(client, await sealed(parts, actor, given, 1))
  if (secret === undefined) {
    const message = `There is a secret ${given.name} already.`
    return failed({ code: 'conflict', message, hint: 'PUT replaces its value.' })
  }
  await changed(parts, client, actor, 'secret.created', undefined, secret)
  return ok(secret)
}

/**
 * Creates a secret or gives it a new value. `mayReplace` says whether the one that is there may be overwritten. Problems:
 * those of `mayReplace`, `conflict` (too many), `invalid_input`.
 */
export async function setSecret(
  parts: SecretParts,
  client: Queryable,
  actor: Actor,
  given: GivenSecret,
  mayReplace: (secret: Secret) => Result<unknown> = ok,
): Promise<Result<{ secret: Secret; isNew: boolean }>> {
  const before = await lockSecret(client, actor.tenantId, given.name)
  if (before === undefined) {
    const created = await createSecret(parts, client, actor, given)
    return created.ok ? ok({ secret: created.value, isNew: true }) : created
  }
  const allowed = mayReplace(before)
  if (!allowed.ok) return allowed
  const refused = valueProblem(given) ?? (await quotaProblem(client, actor.tenantId, given, false))
  if (refused !== undefined) return failed(refused)
  const description = given.description ?? before.description ?? undefined
  const value = await sealed(parts, actor, { ...given, description }, before.version + 1)
  const secret = await replaceSecret(client, value)
  if (secret === undefined) throw new Error(`Secret ${given.name} changed while it was locked`)
  await changed(parts, client, actor, 'secret.replaced', before, secret)
  return ok({ secret, isNew: false })
}

/** Problems: `not_found`, `conflict` (an active workflow uses it, and `force` was not said). */
export async function deleteSecret(
  parts: SecretParts,
  client: Queryable,
  actor: Actor,
  { name, force }: { readonly name: string; readonly force: boolean },
): Promise<Result<Secret>> {
  const secret = await lockSecret(client, actor.tenantId, name)
  if (secret === undefined) return failed(noSuchSecret(name))
  const users = force ? [] : (await usersOf(client, actor.tenantId, [name])).filter(({ isActive }) => isActive)
  if (users.length > 0) {
    const message = `Active workflows use the secret ${name}: ${namesOf(users, name).join(', ')}.`
    return failed({
      code: 'conflict',
      message,
      hint: 'Deactivate them first, or force it: their steps will then fail.',
    })
  }
  await removeSecret(client, actor.tenantId, name)
  await changed(parts, client, actor, 'secret.deleted', secret, undefined)
  return ok(secret)
}

type Action = 'secret.created' | 'secret.replaced' | 'secret.deleted'

async function changed(
  { now }: SecretParts,
  client: Queryable,
  actor: Actor,
  action: Action,
  before: Secret | undefined,
  after: Secret | undefined,
): Promise<void> {
  const { name } = after ?? before ?? { name: '' }
  await tellSecretsChanged(client, actor.tenantId)
  await appendAudit(client, actor, {
    action,
    object: { type: 'secret', id: name, name },
    before: before === undefined ? null : { version: before.version, description: before.description },
    after: after === undefined ? null : { version: after.version, description: after.description },
    at: new Date(now()),
  })
}

async function sealed(
  { keys, now }: SecretParts,
  actor: Actor,
  { name, value, description = null }: Omit<GivenSecret, 'description'> & { description?: string | null | undefined },
  version: number,
): Promise<SecretValue> {
  const { tenantId } = actor
  const { current } = await keys.refresh()
  const place = { tenantId, name, version }
  const facts = { description, bytes: Buffer.byteLength(value), by: referenceTo(actor), at: new Date(now()) }
  return { ...place, ...seal(current, secretPlace(tenantId, name, version), value), ...facts }
}

function valueProblem({ name, value }: GivenSecret): Problem | undefined {
  const invalid = (message: string, pointer: string): Problem => ({ code: 'invalid_input', message, pointer })
  if (!secretName.test(name)) {
    return invalid(`A secret's name has 1 to 64 characters A-Z, 0-9 and _, and begins with a letter.`, '/name')
  }
  if (value.trim().length < shortestValue) {
    const why = 'shorter ones cannot be taken out of what steps return'
    return invalid(
      `The value has at least ${shortestValue} characters without white space around them: ${why}.`,
      '/value',
    )
  }
  if (Buffer.byteLength(value) > longestValue) return invalid(`The value has at most ${longestValue} bytes.`, '/value')
  // What a request could not carry has become U+FFFD on its way.
  if (!value.isWellFormed() || /[\0\ufffd]/.test(value)) {
    return invalid('The value must be text: Unicode, without NUL and U+FFFD.', '/value')
  }
  if (`[secret ${name}]`.toLowerCase().includes(value.toLowerCase())) {
    return invalid(`The value is part of "[secret ${name}]", which is what would be shown in its place.`, '/value')
  }
  return undefined
}

async function quotaProblem(
  client: Queryable,
  tenantId: string,
  { value }: GivenSecret,
  isNew: boolean,
): Promise<Problem | undefined> {
  const { count, bytes } = await secretTotals(client, tenantId)
  if (isNew && count >= mostSecrets) {
    return {
      code: 'conflict',
      message: `There are ${count} secrets; at most ${mostSecrets} are kept. Delete one first.`,
    }
  }
  if (bytes + Buffer.byteLength(value) <= mostBytes) return undefined
  return {
    code: 'conflict',
    message: `The secrets have ${bytes} bytes together; at most ${mostBytes} are kept. Delete one first.`,
  }
}

interface User {
  readonly workflow: string
  readonly isActive: boolean
  readonly secrets: readonly string[]
}

async function usersOf(client: Queryable, tenantId: string, names: readonly string[]): Promise<User[]> {
  if (names.length === 0) return []
  const mentioning = await workflowsMentioning(client, tenantId, names)
  return mentioning.flatMap(({ name, status, definition }): User[] => {
    const secrets = secretNamesOf(workflowSchema.parse(definition)).filter((used) => names.includes(used))
    return secrets.length === 0 ? [] : [{ workflow: name, isActive: status === 'active', secrets }]
  })
}

function namesOf(users: readonly User[], secret: string): string[] {
  return users.filter(({ secrets }) => secrets.includes(secret)).map(({ workflow }) => workflow)
}

function noSuchSecret(name: string): Problem {
  return { code: 'not_found', message: `There is no secret ${name}.` }
}
