// Requests that another site makes a browser send: what changes something must come from a page of ours.

import type { Problem } from '../../kernel/problem.ts'

export type Headers = Readonly<Record<string, string | string[] | undefined>>

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Why a request that carries a session may not change anything: it shows neither our own origin nor, by Fetch Metadata, that a
 * page of ours or the person sent it. `isProven: false` lets one pass that shows nothing at all, as programs do.
 */
export function crossSiteProblem(method: string, headers: Headers, url: string, isProven = true): Problem | undefined {
  if (safeMethods.has(method)) return undefined
  const origin = headers['origin']
  const site = headers['sec-fetch-site']
  const own = new URL(url).origin
  const isOwnOrigin = origin === own
  const isOwnSite = site === 'same-origin' || site === 'none'
  // A page that sends no referrer has the origin `null`; then the browser's own word on the site decides.
  const isForeign = (origin !== undefined && origin !== 'null' && !isOwnOrigin) || (site !== undefined && !isOwnSite)
  const isShown = isOwnOrigin || isOwnSite
  if (!isForeign && (isShown || (!isProven && origin === undefined))) return undefined
  return {
    code: 'forbidden',
    message: 'This request does not come from a page of this installation.',
    hint: `Open it at ${own}, or send \`Origin: ${own}\`. API keys need neither.`,
  }
}
