// What no answer may be, whatever the request was.

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** What only the inside of the product knows: paths of its files, stacks, statements, names of its tables' columns. */
const internals =
  /node_modules|\bat \S+ \(|\.ts:\d+|\/src\/|select .* from |insert into|syntax error at|violates|pg_|tenant_id|stack|ECONN|undefined|\[object |SQLSTATE/i

const places = /node_modules|\.[cm]?[jt]s:\d+:\d+/

/** Why an answer is none that a caller may get; undefined when it is fine. */
export function complaint({ status, body, headers }: Answer): string | undefined {
  if (status >= 500) return `answered ${status}: ${body.slice(0, 300)}`
  const place = places.exec(body)
  if (place !== null) return `tells of its files (${place[0]}): ${body.slice(0, 300)}`
  if (status < 400) return undefined
  const type = String(headers['content-type'] ?? '')
  if (!type.startsWith('application/problem+json')) return `answered ${status} as ${type}`
  const { detail, code, errors } = parsed(body)
  if (typeof detail !== 'string' || typeof code !== 'string' || !Array.isArray(errors))
    return `is no problem body: ${body.slice(0, 300)}`
  const leak = internals.exec(JSON.stringify(errors))
  return leak === null ? undefined : `tells of its inside (${leak[0]}): ${body.slice(0, 500)}`
}

function parsed(body: string): { detail?: unknown; code?: unknown; errors?: unknown } {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
