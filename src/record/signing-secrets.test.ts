// What sealed signing secrets promise: they open at their place, under their key, while they count.

import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { KeyRing } from './key-ring.ts'
import { openSigningSecrets, sealSigningSecret } from './signing-secrets.ts'

const [old, present] = [randomBytes(32), randomBytes(32)]
const before = new KeyRing('', [old])
const keys = new KeyRing('', [present, old])
const owner = { tenantId: 't', id: 's' }
const now = 1000
const alone = (secret: string) => ({ secret, previousSecret: null, previousExpiresAt: null })

test('a secret opens with any key of the file, and is no text that anybody can read', () => {
  const sealed = sealSigningSecret(before, owner, 'whsec_a')
  expect(sealed).not.toContain('whsec')
  expect(openSigningSecrets(keys, owner, alone(sealed), now)).toEqual(['whsec_a'])
  expect(() => openSigningSecrets(new KeyRing('', [present]), owner, alone(sealed), now)).toThrow(/Put that key back/)
})

test('the one before counts until it expires', () => {
  const pair = {
    secret: sealSigningSecret(keys, owner, 'b'),
    previousSecret: sealSigningSecret(keys, owner, 'a'),
    previousExpiresAt: new Date(now),
  }
  expect(openSigningSecrets(keys, owner, pair, now - 1)).toEqual(['b', 'a'])
  expect(openSigningSecrets(keys, owner, pair, now)).toEqual(['b'])
})

test('one that was moved or changed does not open', () => {
  const webhook = { tenantId: 't', workflowId: 'w', position: 0 }
  const sealed = sealSigningSecret(keys, webhook, 'a')
  expect(openSigningSecrets(keys, webhook, alone(sealed), now)).toEqual(['a'])
  for (const [place, text] of [
    [{ ...webhook, position: 1 }, sealed],
    [{ ...webhook, tenantId: 'u' }, sealed],
    [owner, sealed],
    [webhook, sealed.slice(0, -2)],
    [webhook, sealed.split('.')[0] ?? ''],
  ] as const) {
    expect(() => openSigningSecrets(keys, place, alone(text), now)).toThrow(/Rotate it/)
  }
})
