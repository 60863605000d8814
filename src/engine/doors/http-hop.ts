// One hop of an HTTP call: what may be sent, and where a redirect leads (RFC 9110, section 15.4).

import { ActionError } from '../../packs/kit.ts'
import type { HttpRequest } from '../../packs/kit.ts'

export interface Hop {
  readonly method: string
  readonly url: URL
  readonly headers: ReadonlyMap<string, string>
  readonly body: string | Uint8Array | undefined
}

/** Set by the connection itself; set by hand they split or redirect a request. */
const connectionHeaders: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'keep-alive',
  'te',
  'trailer',
  'expect',
  'proxy-authorization',
  'proxy-connection',
])

/** What another origin may see. A list of what is harmless, because a credential can have any name. */
const harmlessHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'idempotency-key',
  'user-agent',
])

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export function firstHop({ method, url, headers = {}, body }: HttpRequest): Hop {
  const all = new Map([
    ['user-agent', 'countersign'],
    ['accept-encoding', 'gzip, deflate, br'],
  ])
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase()
    if (connectionHeaders.has(key))
      throw new ActionError('http_refused', `The header "${name}" is set by the connection. Remove it.`)
    all.set(key, value)
  }
  return { method: method.toUpperCase(), url: readUrl(url), headers: all, body }
}

/** The hop that an answer redirects to, or undefined when it is no redirect. */
export function nextHop(hop: Hop, status: number, location: string | undefined): Hop | undefined {
  if (!redirects.has(status) || location === undefined) return undefined
  const url = readUrl(location, hop.url)
  const sameOrigin = url.origin === hop.url.origin
  const headers = new Map([...hop.headers].filter(([name]) => sameOrigin || harmlessHeaders.has(name)))
  const becomesGet = status === 303 ? hop.method !== 'HEAD' : status < 303 && hop.method === 'POST'
  if (!becomesGet) return { ...hop, url, headers }
  for (const name of headers.keys()) if (name.startsWith('content-')) headers.delete(name)
  return { method: 'GET', url, headers, body: undefined }
}

function readUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base)
  if (url === null)
    throw new ActionError('address_refused', 'The address cannot be read. Write it like https://api.example.com/path.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ActionError('address_refused', `Only http and https addresses can be called, not ${url.protocol}`)
  }
  // They are a favourite way to make one host look like another.
  if (url.username !== '' || url.password !== '') {
    throw new ActionError(
      'address_refused',
      `The address of ${url.hostname} holds a user name or password. Send them in a header instead.`,
    )
  }
  url.hash = ''
  return url
}
