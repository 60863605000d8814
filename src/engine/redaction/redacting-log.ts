// The log of a process without the secrets that it knows.

import type { JsonObject } from '../../kernel/json.ts'
import { Redactor } from './redactor.ts'
import type { SecretKeeper } from './tenant-secrets.ts'

type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, detail: JsonObject) => void

/** Lines that name a tenant lose its secrets as well, where they are at hand; nothing is read for a line. */
export function redactingLog(log: Log, keeper: SecretKeeper, shared: Readonly<Record<string, string>>): Log {
  const ofAll = new Redactor(shared)
  return (level, message, detail) => {
    const { tenantId } = detail
    const redactor = (typeof tenantId === 'string' ? keeper.redactorAtHand(tenantId) : undefined) ?? ofAll
    log(level, redactor.text(message), redactor.json(detail))
  }
}
