// Tells when it is worth looking at an execution again: at each event of its stream, and now and then in any case.

import type { Client } from '../../client/client.ts'

/** Children have streams of their own, and a stream may be cut off by what lies between: so it is looked at in any case. */
const beatMs = 2000

export class Pulse {
  private readonly leaving = new AbortController()
  private wake: () => void = () => undefined
  private hasNews = false

  constructor(client: Client, executionId: string) {
    // Without the stream the beat goes on: what is wrong shows when the execution is read.
    this.listen(client, executionId).catch(() => undefined)
  }

  async next(): Promise<void> {
    if (!this.hasNews) {
      await new Promise<void>((resolve) => {
        this.wake = resolve
        setTimeout(resolve, beatMs)
      })
    }
    this.hasNews = false
  }

  stop(): void {
    this.leaving.abort()
    this.wake()
  }

  private async listen(client: Client, executionId: string): Promise<void> {
    for await (const _ of client.follow(executionId, { signal: this.leaving.signal })) {
      this.hasNews = true
      this.wake()
    }
  }
}
