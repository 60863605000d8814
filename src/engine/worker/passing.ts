// Which errors of the database pass by themselves, and which say that the journal knows more than this process.

import { setTimeout as pause } from 'node:timers/promises'
import { LeaseLostError } from '../../record/workers.ts'

/** SQLSTATE classes that pass: connection, rollback, resources (disk full among them), object state, intervention, system. */
const passingClasses: ReadonlySet<string> = new Set(['08', '40', '53', '55', '57', '58'])
/** A server that is read-only for now, after a failover; a transaction that ended because its process stood still. */
const passingCodes: ReadonlySet<string> = new Set(['25006', '25P03'])

/** Whether the same statement may succeed later, once the database or the connection to it has recovered. */
export function isPassing(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof LeaseLostError) return false
  // An error of the socket: its code can look like an SQLSTATE, as EPIPE does.
  if ('syscall' in error) return true
  if (!('code' in error) || typeof error.code !== 'string') return /connection|timeout|terminated/i.test(error.message)
  const { code } = error
  return code.length !== 5 || passingClasses.has(code.slice(0, 2)) || passingCodes.has(code)
}

const longestPauseMs = 2000

/** Asks the database again until the trouble has passed: a look-up of the engine's own must not cost a step its attempt. */
export async function pastTrouble<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error
      await pause(Math.min(longestPauseMs, 50 * 2 ** attempt))
    }
  }
}

/** Whether an event with the same number is in the journal already: an earlier write, thought to be lost, has landed. */
export function isJournalConflict(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !('table' in error)) return false
  return error.code === '23505' && typeof error.table === 'string' && error.table.startsWith('journal')
}
