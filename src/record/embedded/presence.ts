// Asks the file system for what may not be there; anything else that goes wrong is still an error.

import { stat } from 'node:fs/promises'
import { errorCode } from './failure.ts'

/** For `.catch` behind a file operation. */
export function unlessMissing(error: unknown): undefined {
  const code = errorCode(error)
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(unlessMissing)) !== undefined
}
