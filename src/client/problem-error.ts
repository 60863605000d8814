// What a call throws: a problem that the server answered with, or a server that could not be reached.

import { isJsonObject, type JsonObject } from '../kernel/json.ts'
import type { Problem } from './api.generated.ts'

/** An answer that is no success (RFC 9457). */
export class ProblemError extends Error {
  /** One of the codes in the reference of problems; `unreadable` for an answer that is no problem body, as of a proxy. */
  readonly code: string
  readonly status: number
  /** All that is wrong, the first of them as `code` and `message`. */
  readonly errors: Problem['errors']
  /** What the log of the server names the request by. */
  readonly requestId: string | null

  constructor(problem: Pick<Problem, 'code' | 'status' | 'detail' | 'errors'>, requestId: string | null) {
    super(problem.detail)
    this.name = 'ProblemError'
    this.code = problem.code
    this.status = problem.status
    this.errors = problem.errors
    this.requestId = requestId
  }

  /** What to do about the first of them. */
  get hint(): string | undefined {
    return this.errors[0]?.hint
  }
}

/** No answer came: the address is wrong, the server is down, or it took too long. */
export class ConnectionError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'ConnectionError'
  }
}

/** The error that an answer means. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const body = await bodyOf(response)
  const requestId = response.headers.get('x-request-id')
  const { status } = response
  const { code, detail, errors } = body
  if (typeof code !== 'string' || typeof detail !== 'string') {
    const message = `The server answered ${status} with something that is no problem body. Is this the address of Countersign?`
    return new ProblemError({ code: 'unreadable', status, detail: message, errors: [] }, requestId)
  }
  return new ProblemError(
    { code, status, detail, errors: Array.isArray(errors) ? errors.flatMap(errorOf) : [] },
    requestId,
  )
}

async function bodyOf(response: Response): Promise<JsonObject> {
  try {
    const body: unknown = await response.json()
    return isJsonObject(body) ? body : {}
  } catch {
    return {}
  }
}

function errorOf(value: unknown): Problem['errors'] {
  if (!isJsonObject(value)) return []
  const { code, message, hint, pointer, line, column } = value
  if (typeof code !== 'string' || typeof message !== 'string') return []
  return [
    {
      code,
      message,
      ...(typeof hint === 'string' && { hint }),
      ...(typeof pointer === 'string' && { pointer }),
      ...(typeof line === 'number' && { line }),
      ...(typeof column === 'number' && { column }),
    },
  ]
}
