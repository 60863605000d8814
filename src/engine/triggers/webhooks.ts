// Webhooks: an address with an unguessable token, and where its trigger asks for it a signature; whoever has both starts the workflow.

import { createHash, randomBytes } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import { findTriggerByToken, type FiringTrigger } from '../../record/triggers.ts'
import { openSigningSecrets, type SigningKeys } from '../../record/signing-secrets.ts'
import { findWebhookSecrets } from '../../record/webhook-secrets.ts'
import { payloadOf } from './admission.ts'
import { type Fired, type Firing, fireTriggers, type TriggerParts } from './firing.ts'
import { type SignatureScheme, type Vouched, verifySignature } from './signatures.ts'

/** 256 bits in base64url. Only its digest is stored, so it can be shown once. */
export function newWebhookToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOf(token) }
}

/** A body that nobody has parsed yet. */
export interface PostedBody {
  readonly raw: Uint8Array
  /** Problem: `malformed_request`. */
  read(): Result<Json>
}

export interface WebhookCall {
  readonly body: PostedBody
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

export interface Webhooks {
  /**
   * Problems: `not_found` for any token that is not in use, `signature_refused`, `malformed_request`, those of a start,
   * `unavailable`.
   */
  receive(token: string, call: WebhookCall): Promise<Result<Fired>>
}

export interface WebhookParts extends TriggerParts {
  readonly keys: SigningKeys
}

const mostTries = 5

export function createWebhooks(parts: WebhookParts): Webhooks {
  const { engine } = parts.database
  return {
    receive: async (token, call) => {
      const hash = hashOf(token)
      const unsigned = parts.newId()
      for (let attempt = 0; attempt < mostTries; attempt++) {
        const trigger = await findTriggerByToken(engine, hash)
        if (trigger === undefined) return failed({ code: 'not_found', message: 'There is no webhook at this address.' })
        const firing = await admitCall(parts, trigger, call, unsigned)
        if (!firing.ok) return firing
        if (firing.value === undefined) return ok({ workflow: trigger.workflow, outcome: 'no_match' })
        const [fired] = await fireTriggers(parts, engine, [firing.value])
        if (fired?.outcome === 'refused') return failed(...fired.problems)
        if (fired !== undefined && fired.outcome !== 'stale') return ok(fired)
      }
      return failed({ code: 'unavailable', message: 'The workflow changes faster than it can be started. Try again.' })
    },
  }
}

/** The scheme that a trigger asks for; undefined where the token is enough. */
export function schemeOf({ definition }: Pick<FiringTrigger, 'definition'>): SignatureScheme | undefined {
  return 'webhook' in definition ? definition.webhook.signature : undefined
}

/** What a call is to start, once its signature is checked and only then read; undefined for a ping. */
async function admitCall(
  parts: WebhookParts,
  trigger: FiringTrigger,
  call: WebhookCall,
  unsigned: string,
): Promise<Result<Firing | undefined>> {
  const scheme = schemeOf(trigger)
  const vouched = scheme === undefined ? ok({}) : await checkSignature(parts, scheme, trigger, call)
  if (!vouched.ok) return vouched
  const body = call.body.read()
  if (!body.ok) return body
  // GitHub sends one when the webhook is set up, to see whether somebody answers.
  if (scheme === 'github' && call.headers['x-github-event'] === 'ping') return ok(undefined)
  const delivery = deliveryOf(scheme, vouched.value, call, body.value) ?? unsigned
  const inputs = payloadOf(body.value)
  const payload = scheme === 'github' ? { ...inputs, github: githubFacts(call) } : inputs
  const { id } = trigger
  return ok({ trigger, payload, inputs, startedBy: `webhook:${id}`, dedupeKey: `webhook:${id}:${delivery}` })
}

async function checkSignature(
  { database, keys, now, log }: WebhookParts,
  scheme: SignatureScheme,
  trigger: FiringTrigger,
  { headers, body: { raw } }: WebhookCall,
): Promise<Result<Vouched>> {
  const { tenantId, workflowId, position } = trigger
  const place = { tenantId, workflowId, position }
  const sealed = await findWebhookSecrets(database.engine, place)
  const secrets = sealed === undefined ? [] : openSigningSecrets(keys, place, sealed, now())
  const checked = secrets.length === 0 ? failed(noSecret) : verifySignature(scheme, secrets, { headers, raw }, now())
  if (!checked.ok) {
    const reason = checked.problems.map(({ message }) => message).join(' ')
    log('warn', `A webhook of "${trigger.workflow}" was refused.`, { trigger: trigger.id, reason })
  }
  return checked
}

const noSecret: Problem = {
  code: 'signature_refused',
  message: 'This webhook has no signing secret yet, so nobody can sign for it.',
  hint: 'Make one with POST /api/v1/triggers/{id}/rotate-secret, or set the one that the sender has made.',
}

/** What names the delivery, so that a second one starts nothing. Where there is a signature, a name that it does not cover does not count if one does. */
function deliveryOf(
  scheme: SignatureScheme | undefined,
  { messageId }: Vouched,
  { headers, body: { raw } }: WebhookCall,
  body: Json,
): string | undefined {
  switch (scheme) {
    case 'standard':
      return messageId
    case 'stripe':
      // Each attempt is signed anew; the event's own id stays.
      return isJsonObject(body) && typeof body['id'] === 'string' ? body['id'] : digestOf(raw)
    case 'github':
      return headers['x-github-delivery'] ?? digestOf(raw)
    case undefined:
      return deliveryHeaders.map((name) => headers[name]).find(Boolean)
  }
}

/** Standard Webhooks, the draft of the IETF, GitHub. */
const deliveryHeaders = ['webhook-id', 'idempotency-key', 'x-github-delivery']

function githubFacts({ headers }: WebhookCall): JsonObject {
  return { event: headers['x-github-event'] ?? null, delivery: headers['x-github-delivery'] ?? null }
}

function digestOf(raw: Uint8Array): string {
  return createHash('sha256').update(raw).digest('hex')
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
