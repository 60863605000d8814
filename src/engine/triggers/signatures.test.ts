// What signatures promise: only who holds a secret of the webhook gets in, with these bytes, now.
// cspell:ignore ILPZ

import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { problemOf, valueOf } from '../../../tests/setup/triggers.ts'
import {
  newSigningSecret,
  secretFault,
  type SignatureScheme,
  type SignedRequest,
  signStandard,
  toleranceMs,
  verifySignature,
} from './signatures.ts'

const now = 1_614_265_330_000
const raw = (text: string) => Buffer.from(text)
const hex = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex')
const refusal = (scheme: SignatureScheme, secrets: readonly string[], request: SignedRequest, at = now) => {
  const { code, message } = problemOf(verifySignature(scheme, secrets, request, at))
  expect(code).toBe('signature_refused')
  for (const secret of secrets) expect(message).not.toContain(secret)
  return message
}

describe('Standard Webhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const other = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
  const body = '{"test": 2432232314}'
  // The vector of the specification's own libraries.
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
  const junk = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc='
  const sound = { 'webhook-id': id, 'webhook-timestamp': '1614265330', 'webhook-signature': signature }
  const request = (headers: Record<string, string | undefined> = {}, text = body) => ({
    headers: { ...sound, ...headers },
    raw: raw(text),
  })
  const verify = (given: SignedRequest, secrets = [secret], at = now) => verifySignature('standard', secrets, given, at)

  test('the published vector is taken, and its id is vouched for', () => {
    expect(valueOf(verify(request()))).toEqual({ messageId: id })
    expect(signStandard([secret], { id, now, body })).toEqual(sound)
  })

  test('a secret is the same with and without its prefix', () => {
    valueOf(verify(request(), [secret.slice('whsec_'.length)]))
  })

  test('what we sign, the official library takes, and the other way round', () => {
    const made = newSigningSecret()
    const text = JSON.stringify({ name: 'Zoë 🐟', list: [1, 2.5, null] })
    const headers = signStandard([made], { id: 'evt_1', now: Date.now(), body: text })
    expect(new Webhook(made).verify(text, headers)).toEqual(JSON.parse(text))
    const at = new Date()
    const theirs = {
      'webhook-id': 'evt_2',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(made).sign('evt_2', at, text),
    }
    valueOf(verify({ headers: theirs, raw: raw(text) }, [made], at.getTime()))
  })

  test('one fitting signature among others is enough', () => {
    const list = [junk, junk.replace('v1', 'v2'), 'v1a,abc', '', 'v1', signature, junk].join(' ')
    valueOf(verify(request({ 'webhook-signature': list })))
  })

  test('during a rotation either secret is taken, and what we send bears both', () => {
    valueOf(verify(request(), [other, secret]))
    valueOf(verify(request(), [secret, other]))
    const both = signStandard([other, secret], { id, now, body })
    expect(both['webhook-signature']?.split(' ')).toHaveLength(2)
    valueOf(verify({ headers: both, raw: raw(body) }, [secret]))
    valueOf(verify({ headers: both, raw: raw(body) }, [other]))
  })

  test.each<[string, Record<string, string | undefined>]>([
    ['no id', { 'webhook-id': undefined }],
    ['an empty id', { 'webhook-id': '' }],
    ['no time', { 'webhook-timestamp': undefined }],
    ['no signature', { 'webhook-signature': undefined }],
    ['no signature of our kind', { 'webhook-signature': signature.replace('v1,', 'v2,') }],
    ['a forged signature', { 'webhook-signature': junk }],
    ['the beginning of the signature', { 'webhook-signature': signature.slice(0, 8) }],
    ['an empty signature', { 'webhook-signature': 'v1,' }],
    ['a longer signature', { 'webhook-signature': `${signature}A` }],
    ['another id', { 'webhook-id': 'msg_other' }],
    ['another time', { 'webhook-timestamp': '1614265331' }],
    ['a time in another writing', { 'webhook-timestamp': '1614265330.0' }],
    ['a time that is none', { 'webhook-timestamp': 'hello' }],
    ['a negative time', { 'webhook-timestamp': '-1' }],
    ['an id with a full stop', { 'webhook-id': `${id}.1` }],
    ['a very long id', { 'webhook-id': 'x'.repeat(201) }],
  ])('%s is refused', (_, headers) => {
    refusal('standard', [secret], request(headers))
  })

  test.each([
    ['cut off', body.slice(0, -1)],
    ['empty', ''],
    ['longer by a space', `${body} `],
    ['with one digit changed', body.replace('4', '5')],
  ])('a body that is %s is refused', (_, text) => {
    refusal('standard', [secret], request({}, text))
  })

  test('the end of the id cannot be moved into the body', () => {
    const headers = signStandard([secret], { id: 'a', now, body: '1614265330.5' })
    refusal('standard', [secret], { headers: { ...headers, 'webhook-id': 'a.1614265330' }, raw: raw('5') })
  })

  test('the wrong secret, none, and one that is no secret take nothing', () => {
    refusal('standard', [other], request())
    refusal('standard', [], request())
    refusal('standard', ['whsec_not base64!'], request())
    refusal('standard', ['whsec_'], request())
  })

  test('five minutes are tolerated both ways, and not a second more', () => {
    valueOf(verify(request(), [secret], now + toleranceMs))
    valueOf(verify(request(), [secret], now - toleranceMs))
    expect(refusal('standard', [secret], request(), now + toleranceMs + 1000)).toContain('5 minutes ago')
    expect(refusal('standard', [secret], request(), now - toleranceMs - 1)).toContain('ahead of time')
  })

  test('a secret that cannot sign is told of', () => {
    expect(secretFault('standard', newSigningSecret())).toBeUndefined()
    expect(secretFault('standard', 'whsec_???')).toContain('base64')
    expect(secretFault('standard', 'whsec_YWJj')).toContain('24 to 64 bytes')
    expect(new Set([newSigningSecret(), newSigningSecret()]).size).toBe(2)
  })
})

describe('GitHub', () => {
  // The example of GitHub's documentation.
  const secret = "It's a Secret to Everybody"
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  const request = (given: string | undefined, text = 'Hello, World!') => ({
    headers: { 'x-hub-signature-256': given },
    raw: raw(text),
  })

  test('the documented example is taken, and vouches for no header', () => {
    expect(valueOf(verifySignature('github', [secret], request(signature), now))).toEqual({})
    valueOf(verifySignature('github', ['the next one', secret], request(signature), now))
  })

  test.each([
    ['missing', undefined],
    ['of another kind', signature.replace('sha256', 'sha1')],
    ['without its kind', signature.slice('sha256='.length)],
    ['followed by more', `${signature}00`],
    ['doubled', `${signature}, ${signature}`],
    ['cut off', signature.slice(0, -2)],
  ])('a signature that is %s is refused', (_, given) => {
    refusal('github', [secret], request(given))
  })

  test('another body and another secret are refused', () => {
    refusal('github', [secret], request(signature, 'Hello, World'))
    refusal('github', ["It's no Secret to Anybody"], request(signature))
    refusal('github', [], request(signature))
  })

  test('a short secret is told of', () => {
    expect(secretFault('github', 'short')).toContain('16 characters')
    expect(secretFault('stripe', 'whsec_0123456789abcdef')).toBeUndefined()
  })
})

describe('Stripe', () => {
  // Stripe uses the secret as it is written, prefix and all.
  const secret = 'whsec_test_secret_0123456789'
  const body = '{"id":"evt_1","object":"event"}'
  const at = String(now / 1000)
  const v1 = hex(secret, `${at}.${body}`)
  const request = (signature: string | undefined, text = body) => ({
    headers: { 'stripe-signature': signature },
    raw: raw(text),
  })

  test.each([
    `t=${at},v1=${v1}`,
    `t=${at}, v1=${v1}, v0=${'0'.repeat(64)}`,
    `t=${at},v1=${'0'.repeat(64)},v1=${v1}`,
    `v1=${v1},t=${at}`,
  ])('%s is taken', (signature) => {
    valueOf(verifySignature('stripe', [secret], request(signature), now))
    valueOf(verifySignature('stripe', ['another secret of theirs', secret], request(signature), now))
  })

  test.each([
    ['no header', undefined],
    ['no time', `v1=${v1}`],
    ['no signature', `t=${at}`],
    ['an old scheme alone', `t=${at},v0=${v1}`],
    ['a forged signature', `t=${at},v1=${'0'.repeat(64)}`],
    ['another time', `t=${now / 1000 + 1},v1=${v1}`],
    ['two times', `t=${at},t=1,v1=${v1}`],
    ['no pairs', 'nonsense'],
  ])('%s is refused', (_, signature) => {
    refusal('stripe', [secret], request(signature))
  })

  test('another body, another secret, and another day are refused', () => {
    const signature = `t=${at},v1=${v1}`
    refusal('stripe', [secret], request(signature, `${body}\n`))
    refusal('stripe', ['whsec_other_secret_0123456789'], request(signature))
    refusal('stripe', [secret], request(signature), now + 86_400_000)
    refusal('stripe', [secret], request(signature), now - 86_400_000)
  })
})
