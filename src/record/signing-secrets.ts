// Signing secrets as they are kept: sealed for one place, and during a rotation two of them.

import { open, seal } from './sealing.ts'

/** What the secret belongs to; one that is moved to another row cannot be opened there. */
export type SecretPlace =
  | { readonly tenantId: string; readonly workflowId: string; readonly position: number }
  | { readonly tenantId: string; readonly id: string }

export interface SealedPair {
  readonly secret: string
  readonly previousSecret: string | null
  readonly previousExpiresAt: Date | null
}

export function sealSigningSecret(key: Buffer, place: SecretPlace, secret: string): string {
  return seal(key, contextOf(place), secret)
}

/** The secrets that count at a moment, the present one first. */
export function openSigningSecrets(key: Buffer, place: SecretPlace, pair: SealedPair, now: number): string[] {
  const { secret, previousSecret, previousExpiresAt } = pair
  const previous = previousExpiresAt !== null && previousExpiresAt.getTime() > now ? previousSecret : null
  return [secret, ...(previous === null ? [] : [previous])].map((sealed) => open(key, contextOf(place), sealed))
}

function contextOf(place: SecretPlace): string {
  return 'id' in place
    ? `subscription ${place.tenantId} ${place.id}`
    : `webhook ${place.tenantId} ${place.workflowId} ${place.position}`
}
