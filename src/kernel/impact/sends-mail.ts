// Which steps send e-mails, which an approval has to allow by itself.

import type { Workflow } from '../definition/workflow.ts'
import type { JsonObject } from '../json.ts'

/** Whether a step, or its compensation, may send e-mails: also where only an expression knows. */
export function sendsMail({ steps }: Pick<Workflow, 'steps'>): boolean {
  return steps.some((step) => stepSendsMail(step) || (step.compensate !== undefined && stepSendsMail(step.compensate)))
}

export function stepSendsMail({
  action,
  config,
}: {
  readonly action: string
  readonly config?: JsonObject | undefined
}): boolean {
  if (action === 'email.send') return true
  if (action !== 'notification.send') return false
  const channels = config?.['channels'] ?? []
  if (!Array.isArray(channels)) return true
  return channels.some((channel) => channel === 'email' || String(channel).includes('{{'))
}
