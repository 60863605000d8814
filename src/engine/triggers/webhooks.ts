// Webhooks: an address with an unguessable token; whoever posts to it starts the workflow.

import { createHash, randomBytes } from 'node:crypto'
import type { Json } from '../../kernel/json.ts'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import { findTriggerByToken, type FiringTrigger } from '../../record/triggers.ts'
import { payloadOf } from './admission.ts'
import { type Fired, type Firing, fireTriggers, type TriggerParts } from './firing.ts'

/** 256 bits in base64url. Only its digest is stored, so it can be shown once. */
export function newWebhookToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOf(token) }
}

export interface WebhookCall {
  readonly body: Json
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Names the delivery; taken from the usual headers when absent. A second one of the same name starts nothing. */
  readonly deliveryId?: string
}

export interface Webhooks {
  /** Problems: `not_found` for any token that is not in use, those of a start, `unavailable`. */
  receive(token: string, call: WebhookCall): Promise<Result<Fired>>
}

/** Standard Webhooks, the draft of the IETF, GitHub. */
const deliveryHeaders = ['webhook-id', 'idempotency-key', 'x-github-delivery']
const mostTries = 5

export function createWebhooks(parts: TriggerParts): Webhooks {
  const { engine } = parts.database
  return {
    receive: async (token, call) => {
      const delivery =
        call.deliveryId ?? deliveryHeaders.map((name) => call.headers[name]).find(Boolean) ?? parts.newId()
      for (let attempt = 0; attempt < mostTries; attempt++) {
        const trigger = await findTriggerByToken(engine, hashOf(token))
        if (trigger === undefined) return failed({ code: 'not_found', message: 'There is no webhook at this address.' })
        const [fired] = await fireTriggers(parts, engine, [firingOf(trigger, call.body, delivery)])
        if (fired?.outcome === 'refused') return failed(...fired.problems)
        if (fired !== undefined && fired.outcome !== 'stale') return ok(fired)
      }
      return failed({ code: 'unavailable', message: 'The workflow changes faster than it can be started. Try again.' })
    },
  }
}

function firingOf(trigger: FiringTrigger, body: Json, delivery: string): Firing {
  const payload = payloadOf(body)
  const { id } = trigger
  return { trigger, payload, inputs: payload, startedBy: `webhook:${id}`, dedupeKey: `webhook:${id}:${delivery}` }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
