// A context for tests of actions: it records what would leave, and answers what the test says.

import type { ActionContext, Doors, HttpRequest, HttpResponse, Json, Mail, Recipient } from '../kit.ts'

export interface TestContext extends ActionContext<Json> {
  /** What went through the doors, in order. */
  readonly requests: HttpRequest[]
  readonly mails: { readonly mail: Mail; readonly idempotencyKey: string }[]
  readonly lines: { readonly level: string; readonly message: string; readonly data: Json | undefined }[]
}

/** 2026-03-01T12:00:00Z */
export const testNow = Date.UTC(2026, 2, 1, 12)

interface TestOptions {
  readonly answer?: Partial<HttpResponse>
  readonly recipients?: readonly Recipient[]
  readonly doors?: Doors
  readonly now?: number
  /** What an expression of the action's own gives. */
  readonly ownAnswer?: Json
}

export function testContext(
  config: Json,
  { answer = {}, recipients = [], doors, now = testNow, ownAnswer = true }: TestOptions = {},
): TestContext {
  const requests: HttpRequest[] = []
  const mails: TestContext['mails'] = []
  const lines: TestContext['lines'] = []
  return {
    ...{ config, requests, mails, lines, now },
    ...{
      tenantId: 'tenant-1',
      executionId: 'execution-1',
      workflow: 'test-workflow',
      step: 'test_step',
      item: undefined,
      attempt: 1,
    },
    ...{ idempotencyKey: 'execution-1:test_step', signal: new AbortController().signal, transaction: undefined },
    callbackUrl: () => 'https://countersign.example/callbacks/token-1',
    evaluateOwn: () => Promise.resolve(ownAnswer),
    recipients: () => Promise.resolve(recipients),
    log: (level, message, data) => void lines.push({ level, message, data }),
    doors: doors ?? {
      async http(request) {
        requests.push(request)
        return { status: 200, url: request.url, headers: {}, body: new Uint8Array(), ...answer }
      },
      async mail(mail, idempotencyKey) {
        mails.push({ mail, idempotencyKey })
        return { messageId: '<1@example.com>', accepted: mail.to }
      },
    },
  }
}

export function jsonAnswer(value: Json, status = 200): Partial<HttpResponse> {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) }
}
