// Sealing: text encrypted with a key of the installation and bound to its place, so that it opens there and nowhere else.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { InstallationKey, KeyRing } from './key-ring.ts'

export interface Sealed {
  readonly keyId: string
  readonly nonce: Buffer
  readonly ciphertext: Buffer
  readonly tag: Buffer
}

/** What is sealed and where it stands, such as `secret`, tenant, name, version. All of it must be the same to open it. */
export type SealedPlace = readonly [purpose: string, ...place: string[]]

const algorithm = 'aes-256-gcm'
/** 96 bits (NIST SP 800-38D, 8.2.2), drawn anew each time: good for 2^32 of them under one key. */
const nonceBytes = 12
const tagBytes = 16

/** AES-256-GCM with a key derived for the purpose (HKDF-SHA-256, RFC 5869); the place is authenticated with the text. */
export function seal(key: InstallationKey, place: SealedPlace, text: string): Sealed {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, derived(key, place), nonce, { authTagLength: tagBytes })
  cipher.setAAD(placeBytes(place))
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return { keyId: key.id, nonce, ciphertext, tag: cipher.getAuthTag() }
}

/** Why something does not open: its key is not in the file, or it is not what was sealed at this place. */
export type Unopened = 'unknown key' | 'changed'

/** Opens what was sealed at a place with any key of the ring. */
export function unseal(keys: Pick<KeyRing, 'find'>, place: SealedPlace, sealed: Sealed): { text: string } | Unopened {
  const key = keys.find(sealed.keyId)
  if (key === undefined) return 'unknown key'
  try {
    const decipher = createDecipheriv(algorithm, derived(key, place), sealed.nonce, { authTagLength: tagBytes })
    decipher.setAAD(placeBytes(place))
    decipher.setAuthTag(sealed.tag)
    return { text: Buffer.concat([decipher.update(sealed.ciphertext), decipher.final()]).toString('utf8') }
  } catch {
    return 'changed'
  }
}

function derived({ secret }: InstallationKey, [purpose]: SealedPlace): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `countersign sealing ${purpose}`, 32))
}

/** JSON keeps the parts apart: no two places have the same bytes. */
function placeBytes(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify(place))
}
