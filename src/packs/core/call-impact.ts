// The impact class of an HTTP call: inside the company or out of it.

import type { Judgement, Surroundings } from '../kit.ts'

/** `url` may still hold expressions: an address whose host only the run will know may lead anywhere. */
export function impactOfCall(action: string, url: string, { isInternal }: Surroundings): Judgement {
  const parsed = URL.parse(url)
  // A URL takes braces for a part of the host.
  if (parsed === null || parsed.hostname === '' || /[{}]|%7b|%7d/i.test(parsed.host)) {
    const reason = `${action} goes to an address that only the run will know, which may be outside of the company.`
    return { impact: 'C', reason }
  }
  const port = parsed.port === '' ? (parsed.protocol === 'http:' ? '80' : '443') : parsed.port
  return isInternal(`${parsed.hostname}:${port}`)
    ? { impact: 'B', reason: `${action} to ${parsed.host} stays inside the company.` }
    : { impact: 'C', reason: `${action} to ${parsed.host} leaves the company.` }
}
