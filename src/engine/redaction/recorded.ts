// What an execution writes, without the secrets that it has used.

import type { Failure, JournalEvent } from '../../kernel/plan/journal.ts'
import type { Ended } from '../worker/act.ts'
import type { Records } from '../worker/outbox.ts'
import type { Redactor } from './redactor.ts'

/** The same with every secret replaced; ids, steps, types, outcomes and times stay what they are. */
export function withoutSecrets({ event, records }: Ended, redactor: Redactor | undefined): Ended {
  if (redactor === undefined) return { event, records }
  return {
    event: event === undefined ? undefined : withoutInEvent(event, redactor),
    records: records === undefined ? undefined : withoutInRecords(records, redactor),
  }
}

function withoutInEvent(event: JournalEvent, redactor: Redactor): JournalEvent {
  switch (event.type) {
    case 'step.completed':
    case 'compensation.completed':
      return { ...event, output: redactor.json(event.output) }
    case 'step.waiting':
      return event.memo === undefined ? event : { ...event, memo: redactor.json(event.memo) }
    case 'step.fanned_out':
      return { ...event, items: event.items.map((item) => redactor.json(item)) }
    case 'step.retrying':
    case 'step.failed':
    case 'compensation.retrying':
    case 'compensation.failed':
    case 'execution.failing':
      return { ...event, failure: withoutInFailure(event.failure, redactor) }
    case 'execution.ended':
      return {
        ...event,
        ...(event.output !== undefined && { output: redactor.json(event.output) }),
        ...(event.failure !== undefined && { failure: withoutInFailure(event.failure, redactor) }),
      }
    default:
      return event
  }
}

/** Failures quote the beginnings of answers and of messages. */
function withoutInFailure(failure: Failure, redactor: Redactor): Failure {
  const message = redactor.cutText(failure.message)
  return failure.detail === undefined
    ? { ...failure, message }
    : { ...failure, message, detail: redactor.cutJson(failure.detail) }
}

function withoutInRecords(records: Partial<Records>, redactor: Redactor): Partial<Records> {
  const { approvals, forms, notifications, eventWaits, executions, signals } = records
  return {
    ...records,
    ...(approvals !== undefined && {
      approvals: approvals.map((approval) => ({
        ...approval,
        summary: redactor.text(approval.summary),
        details: redactor.json(approval.details),
      })),
    }),
    // Who is asked stays who is asked.
    ...(forms !== undefined && {
      forms: forms.map(({ request: { audience = null, ...request }, ...form }) => ({
        ...form,
        request: { ...redactor.json(request), audience },
      })),
    }),
    ...(notifications !== undefined && {
      notifications: notifications.map((notification) => ({
        ...notification,
        title: notification.title === undefined ? undefined : redactor.text(notification.title),
        message: redactor.text(notification.message),
      })),
    }),
    ...(eventWaits !== undefined && {
      eventWaits: eventWaits.map((wait) => ({ ...wait, match: redactor.json(wait.match) })),
    }),
    ...(executions !== undefined && {
      executions: executions.map((execution) => ({
        ...execution,
        inputs: redactor.json(execution.inputs),
        trigger: redactor.json(execution.trigger),
      })),
    }),
    ...(signals !== undefined && {
      signals: signals.map((signal) => ({ ...signal, data: redactor.json(signal.data) })),
    }),
  }
}
