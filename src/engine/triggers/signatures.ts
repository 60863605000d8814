// Signatures of requests: who signed a body, and when, checked over the bytes as they came; and signing our own.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { failed, ok, type Result } from '../../kernel/problem.ts'

/** `standard`: Standard Webhooks 1.0.0. `github`: X-Hub-Signature-256. `stripe`: Stripe-Signature. */
export type SignatureScheme = 'standard' | 'github' | 'stripe'

export interface SignedRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The body, byte for byte. */
  readonly raw: Uint8Array
}

/** What the sender vouches for besides the body. */
export interface Vouched {
  /** Names the message, and is signed: `standard` alone has one. */
  readonly messageId?: string
}

/** How far the sender's clock may be from ours, both ways. */
export const toleranceMs = 5 * 60_000
const longestId = 200

/**
 * Checks a request against secrets of which any one may have signed it. Problem: `signature_refused`, with what is wrong and
 * without a word about what would be right.
 */
export function verifySignature(
  scheme: SignatureScheme,
  secrets: readonly string[],
  request: SignedRequest,
  now: number,
): Result<Vouched> {
  switch (scheme) {
    case 'standard':
      return verifyStandard(secrets, request, now)
    case 'github':
      return verifyGithub(secrets, request)
    case 'stripe':
      return verifyStripe(secrets, request, now)
  }
}

/** A new secret as Standard Webhooks writes it; 256 bits. */
export function newSigningSecret(): string {
  return `${prefix}${randomBytes(32).toString('base64')}`
}

/** Why a secret cannot be one of the scheme, as the end of a sentence about it; undefined when it can. */
export function secretFault(scheme: SignatureScheme, secret: string): string | undefined {
  if (scheme !== 'standard') return secret.length >= 16 ? undefined : 'must have 16 characters or more'
  const key = standardKey(secret)
  if (key === undefined) return 'must be "whsec_" and base64'
  return key.length >= 24 && key.length <= 64 ? undefined : 'must hold 24 to 64 bytes'
}

/** The headers of a message of ours, with one signature for each secret. */
export function signStandard(
  secrets: readonly string[],
  { id, now, body }: { id: string; now: number; body: string },
): Record<string, string> {
  const seconds = String(Math.floor(now / 1000))
  const keys = secrets.map(standardKey).filter((key) => key !== undefined)
  const signatures = keys.map((key) => `v1,${hmac(key, `${id}.${seconds}.`, body).toString('base64')}`)
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures.join(' ') }
}

const prefix = 'whsec_'
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function standardKey(secret: string): Buffer | undefined {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret
  return text !== '' && base64.test(text) ? Buffer.from(text, 'base64') : undefined
}

function verifyStandard(secrets: readonly string[], { headers, raw }: SignedRequest, now: number): Result<Vouched> {
  const id = headers['webhook-id'] ?? ''
  const timestamp = headers['webhook-timestamp'] ?? ''
  const given = headers['webhook-signature'] ?? ''
  if (id === '' || timestamp === '' || given === '') {
    return refuse('A signed request has the headers webhook-id, webhook-timestamp and webhook-signature.')
  }
  // With a full stop in it, the end of the id and the beginning of the body could be shifted under one signature.
  if (id.length > longestId || id.includes('.')) {
    return refuse(`A webhook-id has up to ${longestId} characters and no full stop.`)
  }
  const late = timeFault(timestamp, now)
  if (late !== undefined) return refuse(late)
  const signatures = given.split(' ').flatMap((one) => (one.startsWith('v1,') ? [one.slice('v1,'.length)] : []))
  const expected = secrets
    .map(standardKey)
    .flatMap((key) => (key === undefined ? [] : [hmac(key, `${id}.${timestamp}.`, raw).toString('base64')]))
  return isAnyEqual(signatures, expected) ? ok({ messageId: id }) : refuse(mismatch('webhook-signature'))
}

/** GitHub signs the body alone: neither the event nor the delivery that its headers name. */
function verifyGithub(secrets: readonly string[], { headers, raw }: SignedRequest): Result<Vouched> {
  const given = headers['x-hub-signature-256'] ?? ''
  if (given === '')
    return refuse('A request of GitHub is signed in the header X-Hub-Signature-256. Set the secret there.')
  const expected = secrets.map((secret) => `sha256=${hmac(secret, '', raw).toString('hex')}`)
  return isAnyEqual([given], expected) ? ok({}) : refuse(mismatch('X-Hub-Signature-256'))
}

function verifyStripe(secrets: readonly string[], { headers, raw }: SignedRequest, now: number): Result<Vouched> {
  const given = headers['stripe-signature'] ?? ''
  if (given === '') return refuse('A request of Stripe is signed in the header Stripe-Signature.')
  const pairs = given.split(',').map((pair) => pair.trim().split('=', 2))
  const valuesOf = (name: string) => pairs.flatMap(([key, value = '']) => (key === name ? [value] : []))
  const [timestamp = '', ...others] = valuesOf('t')
  if (others.length > 0) return refuse('Stripe-Signature names one time, as t=.')
  const late = timeFault(timestamp, now)
  if (late !== undefined) return refuse(late)
  const expected = secrets.map((secret) => hmac(secret, `${timestamp}.`, raw).toString('hex'))
  return isAnyEqual(valuesOf('v1'), expected) ? ok({}) : refuse(mismatch('Stripe-Signature'))
}

function timeFault(timestamp: string, now: number): string | undefined {
  if (!/^\d{1,12}$/.test(timestamp)) return 'The time of the signature must be in seconds since 1970.'
  const age = now - Number(timestamp) * 1000
  const limit = `${toleranceMs / 60_000} minutes`
  // Seconds were cut off when it was signed, so that much more is still within the limit.
  if (age >= toleranceMs + 1000) return `The request was signed more than ${limit} ago. Sign each attempt anew.`
  if (age < -toleranceMs) return `The request was signed more than ${limit} ahead of time. Set the sender's clock.`
  return undefined
}

function mismatch(header: string): string {
  return `${header} does not fit the body under any secret of this webhook. Use its secret, and sign the bytes that are sent.`
}

function refuse(message: string): Result<never> {
  return failed({ code: 'signature_refused', message })
}

function hmac(key: string | Buffer, head: string, body: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(head).update(body).digest()
}

/** Takes the same time whichever it is: every pair is compared, and each comparison looks at every byte. */
function isAnyEqual(given: readonly string[], expected: readonly string[]): boolean {
  let isEqual = false
  for (const one of given) for (const other of expected) if (equals(one, other)) isEqual = true
  return isEqual
}

function equals(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
