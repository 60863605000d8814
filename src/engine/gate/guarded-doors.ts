// The doors as one step sees them: what leaves through them is held against its grant once more.

import type { Impact } from '../../kernel/definition/action-shape.ts'
import { ActionError, type Doors, type HttpRequest, type HttpResponse } from '../../packs/kit.ts'
import { hostOf } from './internal-hosts.ts'
import { type Candidate, pass, titleOf } from './step-gate.ts'

/** Asked before a redirect is followed; throws where it must not be. */
export type HopCheck = (url: URL) => Promise<void>

export interface EngineDoors {
  readonly http: (request: HttpRequest, signal: AbortSignal, mayFollow?: HopCheck) => Promise<HttpResponse>
  readonly mail: Doors['mail']
}

/** Of a step of class C each call asks again, so that a revocation after its start is seen. Others reach internal hosts alone. */
export function guardedDoors(candidate: Candidate, impact: Impact): Doors {
  const { doors } = candidate.execution.host.parts
  return {
    http: async (request, signal) => {
      if (impact === 'C') {
        await pass(candidate, 'http')
        return doors.http(request, signal)
      }
      const mayCall: HopCheck = (url) => requireInternal(candidate, impact, url)
      const url = URL.parse(request.url)
      // An address that cannot be read is refused by the door itself.
      if (url !== null) await mayCall(url)
      return doors.http(request, signal, mayCall)
    },
    mail: async (mail, idempotencyKey, signal) => {
      if (impact === 'C') await pass(candidate, 'mail')
      else await requireOpen(candidate, () => `it sends an e-mail, and its class is ${impact}`, 'mail')
      return doors.mail(mail, idempotencyKey, signal)
    },
  }
}

async function requireInternal(candidate: Candidate, impact: Impact, url: URL): Promise<void> {
  const { gate } = candidate.execution.host.parts
  const rules = await gate.rulesOf(candidate.execution.claimed.tenantId)
  if (gate.isInternal(hostOf(url), rules)) return
  await requireOpen(candidate, () => `it calls ${url.host}, which is not internal, and its class is ${impact}`, 'http')
}

/** Where class C needs nobody's approval, a class that is too low does no harm. */
async function requireOpen(candidate: Candidate, why: () => string, leaves: 'http' | 'mail'): Promise<void> {
  const { gate } = candidate.execution.host.parts
  if (await gate.isOpen(candidate.execution.claimed.tenantId)) return
  const title = titleOf(candidate)
  const thing = leaves === 'mail' ? 'The policy' : 'The policy can name the host as internal, or it'
  throw new ActionError(
    'not_countersigned',
    `${title} was stopped at the door: ${why()}. ${thing} can raise ${candidate.action.name} to class C, so that it can be countersigned.`,
  )
}
