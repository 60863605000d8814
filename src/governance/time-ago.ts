// How long ago something was, for a sentence.

import { formatDuration } from '../kernel/schedule/duration.ts'

/** `12 s ago`; `just now` within a second, and for a time that another clock puts ahead. */
export function sayAgo(at: Date | null, now: number): string {
  const ms = now - (at?.getTime() ?? now)
  return ms < 1000 ? 'just now' : `${formatDuration(ms)} ago`
}
