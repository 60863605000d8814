// Whether who opened a stream may go on listening to it.

import type { FastifyRequest } from 'fastify'
import { may } from '../../kernel/access/permissions.ts'
import type { Result } from '../../kernel/problem.ts'
import type { Principal } from '../principal.ts'
import type { StreamHub } from './hub.ts'

/** What the route of the stream is given of the house. */
export interface StreamParts {
  readonly hub: StreamHub
  stillAllowed(principal: Principal, request: FastifyRequest): Promise<boolean>
}

/** Asks again who the request is from: with another role or other scopes one has to come anew. */
export function createStreamParts(
  hub: StreamHub,
  authenticate: (request: FastifyRequest) => Promise<Result<Principal>>,
): StreamParts {
  return {
    hub,
    stillAllowed: async (before, request) => {
      const now = await authenticate(request)
      if (!now.ok) return now.problems.every(({ code }) => code === 'unavailable')
      const { tenantId, role, scopes } = now.value
      if (tenantId !== before.tenantId || role !== before.role) return false
      return may(role, 'stream:read', scopes) && String(scopes) === String(before.scopes)
    },
  }
}
