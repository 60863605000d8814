// Requests with an Idempotency-Key: done once, however often they are sent. What was done and what was answered are one
// transaction, so that a crash between the two is impossible.

import { createHmac } from 'node:crypto'
import { canonicalJson } from '../kernel/definition/canonical-json.ts'
import { referenceTo } from '../kernel/access/actor.ts'
import type { Json } from '../kernel/json.ts'
import { toPayload } from '../packs/payload.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import {
  claimKey,
  type IdempotencyKey,
  releaseKey,
  storeAnswer,
  type StoredAnswer,
} from '../record/idempotency-keys.ts'
import { openText, sealText } from './sealed-answer.ts'
import type { Given } from './given.ts'
import { type CallContext, hijacked, type Reply, type Route } from './route.ts'

/** How long a key is remembered. */
const rememberedMs = 24 * 3_600_000
const longestKey = 255

/** Runs a route; of requests with the same key only the first. Problems: `key_reused`, `malformed_request`, the route's own. */
export async function answerOnce(
  route: Route,
  given: Given,
  call: CallContext,
): Promise<Result<Reply | typeof hijacked>> {
  const { idempotencyKey: key } = call.request
  if (route.idempotency === undefined || key === undefined) return route.run(given, call)
  if (key.length === 0 || key.length > longestKey || !/^[\x20-\x7e]+$/.test(key)) {
    return failed({
      code: 'malformed_request',
      message: `An Idempotency-Key has 1 to ${longestKey} printable ASCII characters.`,
      hint: 'A random UUID is a good one.',
    })
  }
  return route.idempotency === 'own' ? route.run(given, call) : runOnce(route, given, call, key)
}

async function runOnce(
  route: Route,
  given: Given,
  call: CallContext,
  key: string,
): Promise<Result<Reply | typeof hijacked>> {
  const { db, parts, principal } = call
  const name: IdempotencyKey = { tenantId: principal.tenantId, actor: referenceTo(principal), key }
  const createdAt = new Date(parts.now())
  const requestHash = hashOf(route, given, parts.key)
  const expiresAt = new Date(parts.now() + rememberedMs)
  const earlier = await claimKey(db, { ...name, requestHash, createdAt, expiresAt })
  if (earlier !== undefined) {
    if (!requestHash.equals(earlier.requestHash)) return failed(keyReused(key))
    return ok(answeredBefore(earlier, call.parts.key))
  }
  const result = await route.run(given, call)
  // A refusal is not remembered, even one that is kept: sent again, the request is refused anew.
  if (!result.ok && result.kept === true) await releaseKey(db, name)
  if (!result.ok || result.value === hijacked) return result
  await storeAnswer(db, name, stored(result.value, route.idempotency === 'sealed' ? parts.key : undefined))
  return result
}

/** What a second request says whose key belongs to another. */
export const keyReused = (key: string) =>
  ({
    code: 'key_reused',
    message: `The Idempotency-Key "${key.slice(0, 60)}" was used for another request.`,
    hint: 'Send each request with a key of its own, and the same request with the same key.',
  }) as const

function stored({ status, body, headers = {} }: Reply, sealingKey: Buffer | undefined): StoredAnswer {
  const text = body === undefined ? null : JSON.stringify(body)
  const isSealed = sealingKey !== undefined && text !== null
  return { status, headers, isSealed, answer: isSealed ? sealText(sealingKey, text) : text }
}

function answeredBefore({ status, answer, isSealed, headers }: StoredAnswer, key: Buffer): Reply {
  const text = answer !== null && isSealed ? openText(key, answer) : answer
  return {
    status,
    ...(text !== null && { body: JSON.parse(text) }),
    headers: { ...headers, 'idempotency-replayed': 'true' },
  }
}

/** Keyed: a body may hold a secret that could be guessed. */
function hashOf({ method, path }: Route, { params, body }: Given, key: Buffer): Buffer {
  const text = canonicalJson([method, path, plain(params), plain(body)])
  return createHmac('sha256', key).update('idempotent request').update(text).digest()
}

function plain(value: unknown): Json {
  const payload = toPayload(value ?? null)
  return payload.ok ? payload.value : null
}
