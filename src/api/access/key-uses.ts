// When keys were last used: gathered, and written in one statement for all of them.

import type { Queryable } from '../../record/database.ts'
import { touchApiKeys } from '../../record/api-keys.ts'

/** How often at most the use of one key is written. */
const everyMs = 60_000
const gatherMs = 1000

export class KeyUses {
  private readonly identity: Queryable
  private readonly now: () => number
  private readonly onTrouble: (error: Error) => void
  private readonly written = new Map<string, number>()
  private pending = new Map<string, Date>()
  private timer: NodeJS.Timeout | undefined

  constructor(identity: Queryable, now: () => number, onTrouble: (error: Error) => void) {
    this.identity = identity
    this.now = now
    this.onTrouble = onTrouble
  }

  note(keyId: string): void {
    const now = this.now()
    if (now - (this.written.get(keyId) ?? -Infinity) < everyMs) return
    this.written.set(keyId, now)
    this.pending.set(keyId, new Date(now))
    this.timer ??= setTimeout(() => void this.flush(), gatherMs).unref()
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    const uses = this.pending
    this.pending = new Map()
    const old = this.now() - everyMs
    for (const [id, at] of this.written) if (at <= old) this.written.delete(id)
    if (uses.size === 0) return
    await touchApiKeys(this.identity, uses).catch(this.onTrouble)
  }
}
