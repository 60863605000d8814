// What sessions and keys stand for, remembered for seconds, and forgotten at once when somebody's access changes.

import type { Standing } from '../../record/sessions.ts'

/** How long a change that was made elsewhere, and whose notification was lost, may go unseen. */
const freshMs = 5000
/** Longer than any transaction that changes access: until it has committed, what is read is still the old state. */
const warmMs = 30_000
const mostEntries = 10_000

interface Entry {
  readonly standing: Standing
  readonly subjects: readonly string[]
  readonly until: number
}

export class StandingCache {
  private readonly now: () => number
  private readonly entries = new Map<string, Entry>()
  /** Subjects that have just changed, and until when nothing about them is remembered. */
  private readonly changed = new Map<string, number>()

  constructor(now: () => number) {
    this.now = now
  }

  get(hash: string): Standing | undefined {
    const entry = this.entries.get(hash)
    return entry !== undefined && entry.until > this.now() ? entry.standing : undefined
  }

  put(hash: string, kind: 'session' | 'key', standing: Standing): void {
    const now = this.now()
    for (const [subject, until] of this.changed) if (until <= now) this.changed.delete(subject)
    const subjects = subjectsOf(kind, standing)
    if (subjects.some((subject) => this.changed.has(subject))) return
    this.entries.delete(hash)
    this.entries.set(hash, { standing, subjects, until: now + freshMs })
    // The oldest stand in front.
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= mostEntries) break
      this.entries.delete(oldest)
    }
  }

  forget(subject: string): void {
    this.changed.set(subject, this.now() + warmMs)
    for (const [hash, { subjects }] of this.entries) if (subjects.includes(subject)) this.entries.delete(hash)
  }

  /** After a gap in which notifications may have been missed. */
  clear(): void {
    this.entries.clear()
  }
}

function subjectsOf(kind: 'session' | 'key', { id, userId, memberId, agentId }: Standing): string[] {
  const named = { user: userId, member: memberId, agent: agentId }
  return [
    `${kind}:${id}`,
    ...Object.entries(named).flatMap(([noun, value]) => (value === null ? [] : `${noun}:${value}`)),
  ]
}
