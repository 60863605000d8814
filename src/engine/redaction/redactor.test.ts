// What redaction promises: no form of a secret is left in what is recorded, and what is no secret stays as it is.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../kernel/json.ts'
import { Redactor } from './redactor.ts'

const value = 'sk_live/9aF+x&y=ü "q"'
const redactor = new Redactor({ STRIPE: value })
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (one) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[one] ?? '#39'};`)

describe('every form in which a value may come back', () => {
  test.each([
    ['as it is', value],
    ['in lower case', value.toLowerCase()],
    ['in upper case', value.toUpperCase()],
    ['in hexadecimal', Buffer.from(value).toString('hex')],
    ['in capital hexadecimal', Buffer.from(value).toString('hex').toUpperCase()],
    ['in base64', base64(value)],
    ['in base64 without padding', base64(value).replace(/=+$/, '')],
    ['in base64 for URLs', Buffer.from(value).toString('base64url')],
    ['percent-encoded', encodeURIComponent(value)],
    [
      'percent-encoded in lower case',
      encodeURIComponent(value).toLowerCase().replace('sk_live%2f9af', 'sk_live%2f9aF'),
    ],
    [
      'percent-encoded all over',
      [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    ],
    ['in a form', new URLSearchParams({ a: value }).toString()],
    ['in the query of a URL', new URL(`http://a/?q=${value}`).href],
    ['in the path of a URL', new URL(`http://a/${value}`).href],
    ['in JSON', JSON.stringify({ a: value })],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ a: value }))],
    ['in JSON of ASCII alone', JSON.stringify(value).replaceAll('ü', '\\u00fc').replaceAll('/', '\\/')],
    ['in HTML', escapeHtml(value)],
    ['in HTML by numbers', value.replace(/[&"ü]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`)],
    ['in UTF-8 read as Latin-1', Buffer.from(value).toString('latin1')],
    ['in base64 of base64', base64(base64(value))],
    ['in base64 percent-encoded', encodeURIComponent(base64(value))],
    ['percent-encoded in base64', base64(encodeURIComponent(value))],
    ['in hexadecimal of base64', Buffer.from(base64(value)).toString('hex')],
    ['in base64 of upper case', base64(value.toUpperCase())],
    ['in base64 folded into lines', base64(`user:${value}`).replace(/(.{10})/g, '$1\r\n ')],
  ])('%s', (_, form) => {
    expect(redactor.text(`before ${form} after`)).toMatch(/^before .*\[secret STRIPE\].* after$/s)
    expect(redactor.text(`before ${form} after`)).not.toContain('live')
  })

  test('base64 finds it wherever it lies in a longer text', () => {
    for (const prefix of ['', 'u', 'us', 'use', 'user:']) {
      for (const suffix of ['', 'x', 'xy', 'xyz']) {
        const left = redactor.text(base64(prefix + value + suffix))
        expect(left).toContain('[secret STRIPE]')
        // Of its first and last characters some bits share a character with their neighbours.
        expect(Buffer.from(left.replace('[secret STRIPE]', ''), 'base64').toString()).not.toContain(value.slice(2, 6))
      }
    }
  })

  test('each longer line of a text of several lines', () => {
    const pem = [
      '-----BEGIN KEY-----',
      'M11E7Q1B4D4NB9kq1G',
      'short',
      '9w0B4QEF44SC7w22S123',
      '-----END KEY-----',
    ].join('\n')
    const left = new Redactor({ PEM: pem }).text('line: M11E7Q1B4D4NB9kq1G, then 9w0B4QEF44SC7w22S123, then short')
    expect(left).toBe('line: [secret PEM], then [secret PEM], then short')
  })

  test('a long value, and pieces of it', () => {
    const long = Array.from({ length: 400 }, (_, index) => `${index}:${(index * 7919) % 1000};`).join('')
    const longRedactor = new Redactor({ LONG: long })
    expect(longRedactor.text(`a ${long} b`)).toBe('a [secret LONG] b')
    expect(longRedactor.text(`a ${long.slice(0, 500)} b`)).not.toContain(long.slice(0, 64))
    expect(longRedactor.text(base64(long))).toMatch(/^\[secret LONG\]=*$/)
  })
})

describe('what stays', () => {
  test('a text without it is the same text, a value without it the same object', () => {
    const json = { a: ['sk_live', 1, null, true], b: { c: '%41 &amp; \\u0041 \n' } }
    expect(redactor.json(json)).toBe(json)
    expect(redactor.text('100% & more\\n')).toBe('100% & more\\n')
  })

  test('values that are too short to be told from other text are not looked for', () => {
    expect(new Redactor({ PIN: '123' }).text('123')).toBe('123')
  })

  test('numbers that only hold the digits', () => {
    const pin = new Redactor({ PIN: '4711' })
    expect(pin.json({ a: 4711, b: 147112, c: '147112' })).toEqual({
      a: '[secret PIN]',
      b: 147112,
      c: '1[secret PIN]2',
    })
  })
})

describe('what is put in its place', () => {
  test('two secrets that overlap leave nothing of either', () => {
    expect(new Redactor({ A: 'abcd5678', B: '56781234' }).text('abcd56781234')).toBe('[secret A]')
  })

  test('of two that begin alike the longer one wins', () => {
    expect(new Redactor({ A: 'abcd', B: 'abcdefgh' }).text('abcdefgh abcd')).toBe('[secret B] [secret A]')
  })

  test('keys that become the same stay two', () => {
    expect(redactor.json({ [value]: 1, [base64(value)]: 2, a: 3 })).toEqual({
      '[secret STRIPE]': 1,
      '[secret STRIPE] (2)': 2,
      a: 3,
    })
  })

  test('a text that was cut off in the middle of it loses what is there of it', () => {
    const cut = `answered: ${value.slice(0, 12)}`
    expect(redactor.cutText(cut)).toBe('answered: [secret STRIPE]')
    expect(redactor.cutText(`${cut}…`)).toBe('answered: [secret STRIPE]…')
    expect(redactor.cutJson({ body: cut })).toEqual({ body: 'answered: [secret STRIPE]' })
    expect(redactor.cutText('answered: sk_li')).toBe('answered: sk_li')
    expect(redactor.text(cut)).toBe(cut)
  })

  test('a text made to look like many secrets everywhere costs no more than it is worth', () => {
    const many = Object.fromEntries(
      Array.from({ length: 240 }, (_, index) => [`S${index}`, `${'a'.repeat(10 + index)}b`]),
    )
    const left = new Redactor(many).text('a'.repeat(200_000))
    expect(left).toMatch(/\[secret S\d+\]$/)
    expect(left.length).toBeLessThan(200_000)
  })
})

const encodings: Readonly<Record<string, (text: string) => string>> = {
  base64,
  base64url: (text) => Buffer.from(text).toString('base64url'),
  hex: (text) => Buffer.from(text).toString('hex'),
  uri: encodeURIComponent,
  form: (text) => new URLSearchParams([['k', text]]).toString(),
  json: (text) => JSON.stringify([text]),
  html: escapeHtml,
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  in: (text) => `x${text}y`,
}
const lossless = new Set(['base64', 'base64url', 'hex', 'uri', 'form', 'json', 'html', 'in'])

test('whatever the secret, what encodes it once or twice, and where it stands: it is not in what is recorded', () => {
  const secret = fc
    .oneof(
      fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme' }),
      fc.string({ minLength: 8, maxLength: 400, unit: 'grapheme-ascii' }),
      fc
        .array(fc.string({ minLength: 10, maxLength: 40, unit: 'grapheme-ascii' }), { minLength: 2, maxLength: 5 })
        .map((lines) => lines.join('\n')),
    )
    .filter((text) => text.trim().length >= 8 && new Set(text).size > 4 && text.isWellFormed())
  const chain = fc.array(fc.constantFrom(...Object.keys(encodings)), { maxLength: 2 })
  const nest = fc.array(fc.constantFrom('list', 'key', 'member', 'text'), { maxLength: 4 })
  fc.assert(
    fc.property(secret, chain, nest, (text, names, places) => {
      const form = names.reduce((inner, name) => encodings[name]?.(inner) ?? inner, text)
      const recorded = JSON.stringify(new Redactor({ NAME: text }).json(nested(form, places)))
      expect(recorded).not.toContain(JSON.stringify(form).slice(1, -1))
      expect(recorded).toContain('[secret NAME]')
      if (names.every((name) => lossless.has(name))) expect(recorded).not.toContain(JSON.stringify(text).slice(1, -1))
    }),
    { numRuns: 1000 },
  )
})

function nested(form: string, places: readonly string[]): Json {
  let inner: Json = form
  for (const place of places) {
    if (place === 'list') inner = [1, inner, null]
    else if (place === 'member') inner = { a: 1, inner }
    else if (place === 'text' && typeof inner === 'string') inner = `before ${inner} after`
    else if (place === 'key' && typeof inner === 'string') inner = { [inner]: 1 }
  }
  return inner
}
