// Hears what the database notifies, over a connection of its own that comes back when it breaks.

import { setTimeout as pause } from 'node:timers/promises'
import { channels, type Channel, type Database, listen } from '../record/database.ts'

export type Hear = (channel: Channel, payload: string) => void

/** Notifications wake early; the poll is the net, so a gap while the connection is down loses time and nothing else. */
export class Listener {
  private readonly database: Database
  private readonly hear: Hear
  private readonly onTrouble: (error: Error) => void
  private readonly onReturn: () => void
  private close: (() => Promise<void>) | undefined
  private isStopped = false

  /** `onReturn` is told when it listens again after a gap, in which notifications may have been missed. */
  constructor(database: Database, hear: Hear, onTrouble: (error: Error) => void, onReturn: () => void) {
    this.database = database
    this.hear = hear
    this.onTrouble = onTrouble
    this.onReturn = onReturn
  }

  async start(): Promise<void> {
    let isListening = false
    const close = await listen(this.database, channels, this.hear, (error) => {
      // One that breaks before it listens fails the start, which is all that needs to be known.
      if (!isListening || this.isStopped) return
      this.close = undefined
      this.onTrouble(error)
      void this.restart()
    })
    isListening = true
    if (this.isStopped) return close()
    this.close = close
  }

  async stop(): Promise<void> {
    this.isStopped = true
    await this.close?.()
  }

  private async restart(): Promise<void> {
    for (let attempt = 0; !this.isStopped; attempt++) {
      await pause(Math.min(2000, 50 * 2 ** attempt))
      try {
        await this.start()
        return this.onReturn()
      } catch (error) {
        if (error instanceof Error && attempt === 0) this.onTrouble(error)
      }
    }
  }
}
