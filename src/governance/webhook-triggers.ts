// The addresses and signing secrets of webhooks that come in: made, set and replaced, each shown once.

import type { Actor } from '../kernel/access/actor.ts'
import type { JsonObject } from '../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { newSigningSecret, secretFault, type SignatureScheme } from '../engine/triggers/signatures.ts'
import { newWebhookToken, schemeOf } from '../engine/triggers/webhooks.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { sealSigningSecret, type SigningKeys } from '../record/signing-secrets.ts'
import {
  findWebhookSecrets,
  findWebhookTrigger,
  setWebhookSecret,
  setWebhookToken,
  type WebhookSecrets,
  type WebhookTrigger,
} from '../record/webhook-secrets.ts'

export interface WebhookTriggerParts {
  readonly now: () => number
  readonly keys: SigningKeys
}

/** How a webhook is signed, without the secrets. */
export interface WebhookSigning {
  readonly scheme: SignatureScheme | undefined
  readonly setAt: Date | null
  readonly previousExpiresAt: Date | null
}

/** How long the secret before is taken as well. */
const rotationMs = 24 * 3_600_000

/** Problem: `not_found`, also for a trigger that is no webhook. */
export async function webhookSigning(client: Queryable, tenantId: string, id: string): Promise<Result<WebhookSigning>> {
  const trigger = await findWebhookTrigger(client, tenantId, id)
  if (trigger === undefined) return failed(noWebhook(id))
  return ok(signingOf(trigger, await findWebhookSecrets(client, trigger)))
}

export interface SecretChange {
  readonly id: string
  /** The secret that the sender has made; one of ours when absent. */
  readonly value?: string
  /** Whether the one before is taken for another day. */
  readonly keepsPrevious: boolean
}

/**
 * Replaces the secret that calls are signed with. Problems: `not_found`; `conflict` where the definition asks for no
 * signature; `invalid_input` for a value that the scheme cannot use.
 */
export async function changeWebhookSecret(
  parts: WebhookTriggerParts,
  client: Queryable,
  actor: Actor,
  { id, value, keepsPrevious }: SecretChange,
): Promise<Result<WebhookSigning & { readonly secret: string }>> {
  const trigger = await findWebhookTrigger(client, actor.tenantId, id)
  if (trigger === undefined) return failed(noWebhook(id))
  const scheme = schemeOf(trigger)
  if (scheme === undefined) return failed(asksForNone(trigger))
  const secret = value ?? newSigningSecret()
  const fault = secretFault(scheme, secret)
  if (fault !== undefined) return failed({ code: 'invalid_input', pointer: '/value', message: `The secret ${fault}.` })
  const at = new Date(parts.now())
  const previousExpiresAt = keepsPrevious ? new Date(at.getTime() + rotationMs) : null
  const sealed = sealSigningSecret(parts.keys, ownerOf(trigger), secret)
  const set = await setWebhookSecret(client, trigger, { secret: sealed, setAt: at, previousExpiresAt })
  const after = { scheme, previous_expires_at: set.previousExpiresAt?.toISOString() ?? null }
  await note(client, actor, trigger, value === undefined ? 'webhook.secret_rotated' : 'webhook.secret_set', after, at)
  return ok({ ...signingOf(trigger, set), secret })
}

/** Gives the webhook another address; the one before is gone at once. Problem: `not_found`. */
export async function changeWebhookToken(
  parts: Pick<WebhookTriggerParts, 'now'>,
  client: Queryable,
  actor: Actor,
  id: string,
): Promise<Result<{ token: string }>> {
  const trigger = await findWebhookTrigger(client, actor.tenantId, id)
  const { token, hash } = newWebhookToken()
  if (trigger === undefined || !(await setWebhookToken(client, actor.tenantId, id, hash))) return failed(noWebhook(id))
  await note(client, actor, trigger, 'webhook.address_changed', {}, new Date(parts.now()))
  return ok({ token })
}

function signingOf(trigger: WebhookTrigger, secrets: WebhookSecrets | undefined): WebhookSigning {
  const { setAt = null, previousExpiresAt = null } = secrets ?? {}
  return { scheme: schemeOf(trigger), setAt, previousExpiresAt }
}

function ownerOf({ tenantId, workflowId, position }: WebhookTrigger) {
  return { tenantId, workflowId, position }
}

async function note(
  client: Queryable,
  actor: Actor,
  { id, workflow }: WebhookTrigger,
  action: `webhook.${string}`,
  after: JsonObject,
  at: Date,
): Promise<void> {
  await appendAudit(client, actor, { action, object: { type: 'trigger', id, name: workflow }, after, at })
}

const noWebhook = (id: string): Problem => ({ code: 'not_found', message: `There is no webhook trigger ${id}.` })

function asksForNone({ workflow }: WebhookTrigger): Problem {
  return {
    code: 'conflict',
    message: `The webhook of "${workflow}" asks for no signature, so it needs no secret.`,
    hint: 'Write `webhook: { signature: standard }` (or github, or stripe) into its definition.',
  }
}
