// The canonical text of a JSON value, for content hashes: equal values give equal texts.

import { z } from 'zod'
import type { Json } from '../json.ts'

/**
 * JSON Canonicalization Scheme (RFC 8785): keys in the order of their UTF-16 code units, no white space, numbers and texts
 * as ECMAScript writes them. Properties whose value is `undefined` are absent.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  // Keys are unique, so the order never depends on the sort being stable.
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}

/** A copy as plain JSON, without the properties that are `undefined`, which a parsed definition has in its types. */
export function jsonCopy(value: unknown): Json {
  return z.json().parse(JSON.parse(JSON.stringify(value)))
}
