// Edits that must not overwrite what somebody else has changed: ETag and If-Match (RFC 9110).

import { createHash } from 'node:crypto'
import { failed, ok, type Result } from '../kernel/problem.ts'

/** A strong validator of a representation. */
export function etagOf(representation: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(representation)).digest('base64url').slice(0, 22)}"`
}

/**
 * Whether an edit may go on: what the caller saw is what is there. Problems: `precondition_required` where the header is
 * required and absent, `precondition_failed` where it names another state.
 */
export function checkIfMatch(
  ifMatch: string | undefined,
  current: string,
  need: 'optional' | 'required' = 'required',
): Result<undefined> {
  if (ifMatch === undefined) {
    if (need === 'optional') return ok(undefined)
    const message = 'This edit needs the header If-Match with the ETag that was read.'
    return failed({ code: 'precondition_required', message, hint: 'Read it again and send its ETag.' })
  }
  const given = new Set(ifMatch.split(',').map((tag) => tag.trim()))
  if (given.has('*') || given.has(current)) return ok(undefined)
  const message = 'It has changed since it was read; nothing was overwritten.'
  return failed({ code: 'precondition_failed', message, hint: `Its ETag is now ${current}. Read it again.` })
}
