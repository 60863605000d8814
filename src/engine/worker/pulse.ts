// Things done again and again, one at a time each, until they are stopped.

import { setTimeout as pause } from 'node:timers/promises'

export class Pulse {
  private readonly timers = new Set<NodeJS.Timeout>()
  private isStopped = false
  private readonly onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.onError = onError
  }

  /** Runs `work` every `ms`; a run that takes longer delays the next one rather than meeting it. */
  every(ms: number, work: () => void | Promise<void>): void {
    let isRunning = false
    const timer = setInterval(() => {
      if (isRunning) return
      isRunning = true
      void this.attempt(work).finally(() => {
        isRunning = false
      })
    }, ms)
    this.timers.add(timer)
  }

  /** Runs `work` now, and again after a pause for as long as it fails. */
  soon(work: () => Promise<void>, pauseMs = 200): void {
    const again = async (): Promise<void> => {
      while (!this.isStopped) {
        try {
          return await work()
        } catch (error) {
          this.onError(error)
          await pause(pauseMs)
        }
      }
    }
    void again()
  }

  /** Runs `work` once, `ms` from now. */
  after(ms: number, work: () => void | Promise<void>): void {
    if (this.isStopped) return
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      void this.attempt(work)
    }, ms)
    this.timers.add(timer)
  }

  next(ms: number): Promise<void> {
    return pause(ms)
  }

  stop(): void {
    this.isStopped = true
    for (const timer of this.timers) clearInterval(timer)
    this.timers.clear()
  }

  private async attempt(work: () => void | Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!this.isStopped) this.onError(error)
    }
  }
}
