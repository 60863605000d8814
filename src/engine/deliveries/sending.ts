// One attempt at a delivery: what is sent, signed now, and what the receiver made of it.

import type { Doors } from '../../packs/kit.ts'
import type { AttemptResult, ClaimedDelivery } from '../../record/delivery-queue.ts'
import { openSigningSecrets, type SigningKeys } from '../../record/signing-secrets.ts'
import { signStandard } from '../triggers/signatures.ts'
import { waitAfter } from './retries.ts'

export interface SendingParts {
  readonly now: () => number
  /** From 0 to 1. */
  readonly chance: () => number
  readonly http: Doors['http']
  readonly keys: SigningKeys
  readonly timeoutMs: number
}

/** Sent once, so that whoever tests sees at once what is wrong. */
export const pingType = 'webhook.ping'

const mostAnswerBytes = 1024

export interface Attempted extends AttemptResult {
  /** The receiver wants no more (410). */
  readonly isUnwanted: boolean
}

interface Answer {
  readonly code: number | null
  readonly answer: string | null
  readonly error: string | null
}

/** Never rejects: whatever goes wrong is what came of the attempt. */
export async function attemptDelivery(
  parts: SendingParts,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
): Promise<Attempted> {
  const begun = parts.now()
  const answer = await send(parts, delivery, signal).catch((error: unknown) => ({
    code: null,
    answer: null,
    error: error instanceof Error ? error.message : String(error),
  }))
  const { tenantId, id, subscriptionId, lease } = delivery
  const ended = parts.now()
  const isUnwanted = answer.code === 410
  return {
    tenantId,
    id,
    subscriptionId,
    lease,
    ...answer,
    isUnwanted,
    at: new Date(begun),
    ms: Math.max(0, Math.round(ended - begun)),
    ...outcomeOf(delivery, answer, ended, parts.chance()),
  }
}

async function send(parts: SendingParts, delivery: ClaimedDelivery, signal: AbortSignal): Promise<Answer> {
  const { eventId: id, body, url, tenantId, subscriptionId } = delivery
  const now = parts.now()
  const secrets = openSigningSecrets(parts.keys, { tenantId, id: subscriptionId }, delivery, now)
  const headers = { 'content-type': 'application/json', ...signStandard(secrets, { id, now, body }) }
  const limits = { timeoutMs: parts.timeoutMs, maxBytes: mostAnswerBytes, cutsBody: true }
  const response = await parts.http({ method: 'POST', url, headers, body, ...limits }, signal)
  return {
    code: response.status,
    answer: Buffer.from(response.body).toString('utf8'),
    error: faultOf(response.status),
  }
}

function faultOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  if (status === 410) return 'The receiver wants no more events (410).'
  if (status >= 300 && status < 400)
    return `The receiver redirects (${status}), which is not followed. Change the address.`
  return `The receiver answered ${status}.`
}

function outcomeOf(
  { type, tries }: ClaimedDelivery,
  { code, error }: Answer,
  now: number,
  chance: number,
): Pick<AttemptResult, 'status' | 'dueAt' | 'settledAt'> {
  if (error === null) return { status: 'delivered', dueAt: null, settledAt: new Date(now) }
  const wait = code === 410 || type === pingType ? undefined : waitAfter(tries + 1, chance)
  if (wait === undefined) return { status: 'failed', dueAt: null, settledAt: new Date(now) }
  return { status: 'pending', dueAt: new Date(now + wait), settledAt: null }
}
