// Waits for the end of a process that runs for long.

import type { Terminal } from './terminal.ts'

/** Resolves on the first SIGINT or SIGTERM; the second ends the process at once, so the handlers stay. */
export function interrupted(terminal: Pick<Terminal, 'onInterrupt'>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  terminal.onInterrupt(resolve)
  return promise
}
