// What an action sees of its step in a rehearsal: every way out is nailed shut.

import { ActionError, type ActionContext, type Json } from '../../packs/kit.ts'

function nailed(): never {
  throw new ActionError('address_refused', 'Nothing leaves a rehearsal: this action is not as pure as it says.')
}

type Given = Pick<
  ActionContext<Json>,
  'config' | 'tenantId' | 'executionId' | 'workflow' | 'step' | 'item' | 'attempt' | 'now' | 'evaluateOwn'
>

export function nailedContext(given: Given): ActionContext<Json> {
  return {
    ...given,
    idempotencyKey: `${given.executionId}:${given.step}`,
    signal: new AbortController().signal,
    doors: { http: async () => nailed(), mail: async () => nailed() },
    callbackUrl: () => 'https://callbacks.invalid/rehearsal',
    recipients: async () => nailed(),
    log: () => {},
    transaction: undefined,
  }
}
