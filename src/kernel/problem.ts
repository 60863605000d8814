// The one table of problem codes, and the object that carries a problem from the kernel to a screen.

interface ProblemKind {
  /** HTTP status under which the code is reported (RFC 9457). */
  readonly status: number
  readonly title: string
  /** Whether the same request may succeed later without a change. */
  readonly retry: boolean
}

const invalid = (title: string): ProblemKind => ({ status: 422, title, retry: false })

export const problemKinds = {
  // definitions
  yaml_syntax: invalid('The YAML cannot be read'),
  schema: invalid('The definition does not have the expected shape'),
  duplicate_step: invalid('Two steps share an id'),
  unknown_action: invalid('No such action'),
  action_config: invalid('The config does not fit the action'),
  unknown_step: invalid('No such step'),
  not_upstream: invalid('The step is not upstream'),
  unknown_outcome: invalid('No such outcome'),
  unknown_workflow: invalid('No such workflow'),
  cycle: invalid('Steps wait for each other'),
  unreachable_step: invalid('A step can never run'),
  expression_syntax: invalid('The expression cannot be read'),
  expression_type: invalid('The expression has the wrong type'),
  expression_reference: invalid('The expression names something that does not exist'),
  expression_place: invalid('An expression may not stand here'),
  missing_secret: invalid('No such secret'),
  invalid_cron: invalid('The schedule cannot be read'),
  invalid_timezone: invalid('No such time zone'),
  invalid_duration: invalid('The duration cannot be read'),
  unreachable_quorum: invalid('The votes can never be reached'),
  invalid_input: invalid('An input does not fit'),
  definition_too_large: { status: 413, title: 'The definition is too large', retry: false },
  // steps and executions
  expression_failed: invalid('The expression failed'),
  expression_limit: invalid('The expression took too long'),
  step_timeout: { status: 504, title: 'The step took too long', retry: true },
  step_failed: { status: 500, title: 'The step failed', retry: false },
  step_rejected: { status: 409, title: 'The step was rejected', retry: false },
  step_expired: { status: 409, title: 'The step expired', retry: false },
  execution_timeout: { status: 504, title: 'The execution took too long', retry: false },
  invalid_output: { status: 500, title: 'The action returned something else than it promises', retry: false },
  payload_too_large: { status: 413, title: 'The payload is too large', retry: false },
  worker_lost: { status: 500, title: 'The worker died while it ran the step', retry: true },
  not_countersigned: { status: 403, title: 'Nobody has countersigned this', retry: false },
  cancelled: { status: 409, title: 'The execution was cancelled', retry: false },
  address_refused: { status: 403, title: 'The address is not allowed', retry: false },
  http_failed: { status: 502, title: 'The HTTP request failed', retry: true },
  http_refused: { status: 422, title: 'The HTTP request was refused', retry: false },
  mail_failed: { status: 502, title: 'The e-mail could not be sent', retry: true },
  mail_refused: { status: 422, title: 'The e-mail was refused', retry: false },
  validation_failed: { status: 422, title: 'The data does not satisfy the rules', retry: false },
  child_failed: { status: 500, title: 'The child workflow failed', retry: false },
  not_configured: { status: 422, title: 'Something is not configured', retry: false },
  // requests
  malformed_request: { status: 400, title: 'The request cannot be read', retry: false },
  unauthenticated: { status: 401, title: 'Not signed in', retry: false },
  not_found: { status: 404, title: 'Not found', retry: false },
  method_not_allowed: { status: 405, title: 'Not this method', retry: false },
  conflict: { status: 409, title: 'The state does not allow this', retry: false },
  forbidden: { status: 403, title: 'Not allowed', retry: false },
  gone: { status: 410, title: 'No longer there', retry: false },
  precondition_failed: { status: 412, title: 'It has changed meanwhile', retry: false },
  precondition_required: { status: 428, title: 'If-Match is missing', retry: false },
  key_reused: { status: 422, title: 'The idempotency key was used for another request', retry: false },
  rate_limited: { status: 429, title: 'Too many requests', retry: true },
  signature_refused: { status: 401, title: 'The signature is refused', retry: false },
  unsupported_media_type: { status: 415, title: 'Not this kind of body', retry: false },
  unavailable: { status: 503, title: 'Not available right now', retry: true },
  internal: { status: 500, title: 'An internal error', retry: false },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problemKinds

/** One problem. `line` and `column` count from 1; `pointer` is a JSON Pointer (RFC 6901). */
export interface Problem {
  readonly code: ProblemCode
  readonly message: string
  readonly hint?: string
  readonly pointer?: string
  readonly line?: number
  readonly column?: number
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  /** `kept`: what was found and written down with the refusal stays, as that an approval has become void. */
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly kept?: true }

export const ok = <T>(value: T): Result<T> => ({ ok: true, value })
export const failed = (...problems: readonly Problem[]): Result<never> => ({ ok: false, problems })
