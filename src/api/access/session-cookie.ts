// The session's cookie: a token and its signature, as better-auth writes it.

import { createHmac, timingSafeEqual } from 'node:crypto'

/** Browsers take `__Secure-` cookies over HTTPS only. */
export function sessionCookieName(url: string): string {
  return `${url.startsWith('https:') ? '__Secure-' : ''}countersign.session_token`
}

/** The key of all signatures and encryptions of sign-in, made from the installation's. */
export function signInSecret(key: Buffer): string {
  return createHmac('sha256', key).update('sign-in').digest('base64url')
}

/** The token in a `Cookie` header; undefined when there is none, null when its signature is not ours. */
export function sessionToken(header: string | undefined, name: string, secret: string): string | null | undefined {
  const value = cookieValue(header ?? '', name)
  if (value === undefined) return undefined
  const dot = value.lastIndexOf('.')
  const token = value.slice(0, dot)
  // As text: there is more than one base64 of the same bytes.
  const given = Buffer.from(value.slice(dot + 1))
  const expected = Buffer.from(createHmac('sha256', secret).update(token).digest('base64'))
  return dot > 0 && given.length === expected.length && timingSafeEqual(given, expected) ? token : null
}

function cookieValue(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const [key = '', ...rest] = part.split('=')
    if (key.trim() === name) return decoded(rest.join('=').trim())
  }
  return undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
