// W3C Trace Context, level 1: the header `traceparent`.

const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The header when it is valid; a caller's mistake in it is none of ours. */
export function traceparentOf(header: unknown): string | undefined {
  return typeof header === 'string' && pattern.test(header) ? header : undefined
}
