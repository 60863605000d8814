// What was answered about executions that have ended: nothing in it changes while what the tables say of them is the same.

import type { DetailBody } from './shapes/execution-detail.ts'

export interface ExecutionAnswer {
  readonly status: 200
  readonly body: DetailBody
  /** Whether its text is worth keeping. */
  readonly isShared: boolean
}

interface Kept {
  /** What the tables said of the execution. */
  readonly stamp: string
  readonly answer: ExecutionAnswer
}

const mostKept = 1000
/** Larger ones are read anew, so that what is kept stays below some tens of megabytes. */
const longestText = 32_000

const kept = new Map<string, Kept>()

/** The answer to the same question, where the tables say the same as then. */
export function keptAnswer(question: string, stamp: string): ExecutionAnswer | undefined {
  const found = kept.get(question)
  if (found?.stamp !== stamp) return undefined
  // Those that nobody asks for any more go first.
  kept.delete(question)
  kept.set(question, found)
  return found.answer
}

export function keepAnswer(question: string, stamp: string, body: DetailBody): ExecutionAnswer {
  const isShared = stamp.length + JSON.stringify(body).length <= longestText
  const answer = { status: 200, body, isShared } as const
  if (!isShared) return answer
  kept.delete(question)
  kept.set(question, { stamp, answer })
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break
    kept.delete(oldest)
  }
  return answer
}
