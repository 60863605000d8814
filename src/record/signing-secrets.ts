// Signing secrets as they are kept: each sealed for its place, and during a rotation two of them.

import type { KeyRing } from './key-ring.ts'
import { seal, type SealedPlace, unseal } from './sealing.ts'

/** What a secret belongs to: a webhook that comes in, or a subscription. One that is moved elsewhere does not open there. */
export type SecretOwner =
  | { readonly tenantId: string; readonly workflowId: string; readonly position: number }
  | { readonly tenantId: string; readonly id: string }

export interface SealedPair {
  readonly secret: string
  readonly previousSecret: string | null
  readonly previousExpiresAt: Date | null
}

export type SigningKeys = Pick<KeyRing, 'current' | 'find'>

/** Text for a column: the key's id, then nonce, tag and ciphertext in base64url, with full stops between them. */
export function sealSigningSecret({ current }: SigningKeys, owner: SecretOwner, secret: string): string {
  const { keyId, nonce, tag, ciphertext } = seal(current, placeOf(owner), secret)
  return [keyId, ...[nonce, tag, ciphertext].map((bytes) => bytes.toString('base64url'))].join('.')
}

/** The secrets that count at a moment, the present one first. Throws when the key file lacks a key, or a text was changed. */
export function openSigningSecrets(keys: SigningKeys, owner: SecretOwner, pair: SealedPair, now: number): string[] {
  const { secret, previousSecret, previousExpiresAt } = pair
  const previous = previousExpiresAt !== null && previousExpiresAt.getTime() > now ? previousSecret : null
  return [secret, ...(previous === null ? [] : [previous])].map((sealed) => open(keys, owner, sealed))
}

function open(keys: SigningKeys, owner: SecretOwner, sealed: string): string {
  const [keyId = '', ...bytes] = sealed.split('.')
  const [nonce, tag, ciphertext] = bytes.map((text) => Buffer.from(text, 'base64url'))
  const whole =
    nonce === undefined || tag === undefined || ciphertext === undefined ? undefined : { nonce, tag, ciphertext }
  const opened = whole === undefined ? 'changed' : unseal(keys, placeOf(owner), { keyId, ...whole })
  if (typeof opened === 'object') return opened.text
  throw new Error(
    opened === 'unknown key'
      ? `A signing secret was sealed with key ${keyId}, which the key file lacks. Put that key back.`
      : 'A signing secret is not what was sealed here. Rotate it.',
  )
}

function placeOf(owner: SecretOwner): SealedPlace {
  return 'id' in owner
    ? ['signing secret', 'subscription', owner.tenantId, owner.id]
    : ['signing secret', 'webhook', owner.tenantId, owner.workflowId, String(owner.position)]
}
