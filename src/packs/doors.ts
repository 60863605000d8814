// The guarded ways out of the process, as actions see them.

export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly timeoutMs?: number
  readonly maxBytes?: number
  /** Cuts a larger body off at `maxBytes` instead of refusing the response. */
  readonly cutsBody?: boolean
  readonly maxRedirects?: number
}

export interface HttpResponse {
  readonly status: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface Mail {
  readonly to: readonly string[]
  readonly cc?: readonly string[]
  readonly bcc?: readonly string[]
  readonly replyTo?: string
  readonly from?: string
  readonly subject: string
  readonly text?: string
  readonly html?: string
}

/**
 * The only ways out of the process. Each refuses what the configuration does not allow.
 * They throw `ActionError`: `http` with `address_refused`, `http_failed` (no answer; may be retried) or `http_refused` (limits);
 * `mail` with `not_configured`, `mail_failed` or `mail_refused`.
 */
export interface Doors {
  http(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>
  mail(
    mail: Mail,
    idempotencyKey: string,
    signal: AbortSignal,
  ): Promise<{ messageId: string; accepted: readonly string[] }>
}
