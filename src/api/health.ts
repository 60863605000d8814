// Whether the process lives and whether it can work: for load balancers and supervisors, without a session.

import type { FastifyInstance } from 'fastify'

/** Names what keeps the process from working; empty when nothing does. */
export type Readiness = () => Promise<readonly string[]>

export function addHealth(app: FastifyInstance, readiness: Readiness): void {
  const config = { access: { open: 'Supervisors and load balancers have no session.' } }
  app.get('/health', { config }, () => ({ status: 'ok' }))
  app.get('/ready', { config }, async (_, reply) => {
    const reasons = await readiness()
    return reasons.length === 0 ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', reasons })
  })
}

export interface ReadinessParts {
  readonly now: () => number
  /** Rejects when the database does not answer. */
  readonly ping: () => Promise<void>
  readonly pingTimeoutMs: number
  /** Undefined before the engine is started. */
  readonly worker: () => { readonly lastClaimAt: number | undefined; readonly isFull: boolean } | undefined
  /** A worker that has claimed nothing, and has not found that there is nothing to claim, for longer is stuck. */
  readonly claimSilenceMs: () => number
}

/** Ready means: the database answers, and the worker has lately claimed something or found nothing to claim. */
export function createReadiness(parts: ReadinessParts): Readiness {
  return async () => {
    const reasons = [await databaseReason(parts), workerReason(parts)]
    return reasons.filter((reason) => reason !== undefined)
  }
}

async function databaseReason({ ping, pingTimeoutMs }: ReadinessParts): Promise<string | undefined> {
  const late = Promise.withResolvers<string>()
  const timer = setTimeout(() => late.resolve(`The database has not answered for ${pingTimeoutMs} ms.`), pingTimeoutMs)
  try {
    const answered = ping().then(
      () => undefined,
      (error: unknown) => `The database does not answer: ${error instanceof Error ? error.message : String(error)}.`,
    )
    return await Promise.race([answered, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function workerReason({ worker, now, claimSilenceMs }: ReadinessParts): string | undefined {
  const current = worker()
  if (current === undefined) return 'The engine is not started.'
  if (current.lastClaimAt === undefined) return 'The worker has not looked for executions yet.'
  const silence = now() - current.lastClaimAt
  // A worker whose hands are full does not look for more.
  if (current.isFull || silence <= claimSilenceMs()) return undefined
  return `The worker has not looked for executions for ${Math.round(silence / 1000)} s.`
}
