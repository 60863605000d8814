// Which moves of an execution are legal in which status: read by the server, the worker and the button alike.

/**
 * `queued`: no worker has begun. `running`: it works, or waits for its turn. `waiting`: parked until a time or a signal.
 * `paused`: nothing new starts.
 */
export const executionStatuses = ['queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled'] as const
export type ExecutionStatus = (typeof executionStatuses)[number]

interface Move {
  readonly from: readonly ExecutionStatus[]
}

export const executionMoves = {
  cancel: { from: ['queued', 'running', 'waiting', 'paused'] },
  pause: { from: ['queued', 'running', 'waiting'] },
  resume: { from: ['paused'] },
  retry: { from: ['failed', 'cancelled'] },
  migrate: { from: ['waiting', 'paused'] },
} as const satisfies Record<string, Move>

export type ExecutionMove = keyof typeof executionMoves

export function isMoveLegal(move: ExecutionMove, status: ExecutionStatus): boolean {
  const { from }: Move = executionMoves[move]
  return from.includes(status)
}

export type EndedStatus = Extract<ExecutionStatus, 'completed' | 'failed' | 'cancelled'>

export function isEnded(status: ExecutionStatus): status is EndedStatus {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}
