// Judges and reads HTTP answers: which status is a failure, whether to try again, and what the body says.

import { ActionError } from '../kit.ts'
import type { HttpResponse } from '../kit.ts'

/** Statuses below 500 that may pass by themselves: timeout, too early, too many requests. */
const passing: ReadonlySet<number> = new Set([408, 425, 429])
const longestExcerpt = 500

/** `2xx`, `200-299` or one status. */
export type StatusRange = number | string

export const statusRange = /^([1-5]xx|[1-5]\d\d-[1-5]\d\d)$/

/** Throws unless the status is an expected one: `http_failed` when another try may help, else `http_refused`. */
export function requireStatus(
  target: string,
  response: HttpResponse,
  expected: readonly StatusRange[] = ['2xx'],
): void {
  const { status } = response
  if (expected.some((range) => covers(range, status))) return
  const detail = { status, body: excerpt(response) }
  if (status >= 500 || passing.has(status))
    throw new ActionError('http_failed', `${target} answered ${status}.`, { retry: true, detail })
  throw new ActionError('http_refused', `${target} answered ${status}; expected ${expected.join(', ')}.`, { detail })
}

/** The address without its query and fragment, which often hold credentials: what a message may show. */
export function showUrl(url: string): string {
  const parsed = URL.parse(url)
  return parsed === null ? url.split(/[?#]/, 1).join('') : `${parsed.origin}${parsed.pathname}`
}

export type ResponseForm = 'auto' | 'json' | 'text' | 'base64'

/** The body in the wished form. `auto` goes by the content type: JSON, text, and base64 for everything else. */
export function readBody(response: HttpResponse, form: ResponseForm): unknown {
  if (form === 'base64') return Buffer.from(response.body).toString('base64')
  if (form === 'text') return readText(response)
  if (form === 'json') return readJson(response)
  const mediaType = (response.headers['content-type'] ?? '').split(';', 1).join('').trim().toLowerCase()
  if (/^application\/(.+\+)?json$/.test(mediaType)) return readJson(response)
  return isText(mediaType, response.body) ? readText(response) : Buffer.from(response.body).toString('base64')
}

function covers(range: StatusRange, status: number): boolean {
  if (typeof range === 'number') return range === status
  const [low = '', high] = range.split('-')
  if (high === undefined) return range.startsWith(String(Math.floor(status / 100)))
  return status >= Number(low) && status <= Number(high)
}

function excerpt(response: HttpResponse): string {
  return new TextDecoder().decode(response.body.subarray(0, longestExcerpt))
}

function readJson(response: HttpResponse): unknown {
  if (response.body.length === 0) return null
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(response.body))
    return value
  } catch {
    throw new ActionError(
      'http_refused',
      `${showUrl(response.url)} answered with a body that is not JSON. Set response: text to take it as it is.`,
      {
        detail: { status: response.status, body: excerpt(response) },
      },
    )
  }
}

function readText(response: HttpResponse): string {
  const [, charset = 'utf-8'] = /charset="?([\w-]+)/i.exec(response.headers['content-type'] ?? '') ?? []
  return decoderFor(charset).decode(response.body)
}

function decoderFor(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}

function isText(mediaType: string, body: Uint8Array): boolean {
  if (
    mediaType.startsWith('text/') ||
    /^application\/((.+\+)?xml|javascript|yaml|x-www-form-urlencoded)$/.test(mediaType)
  )
    return true
  return mediaType === '' && isUtf8(body)
}

function isUtf8(body: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(body)
    return true
  } catch {
    return false
  }
}
