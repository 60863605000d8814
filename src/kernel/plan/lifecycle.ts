// The lifecycle events that subscribers see, and which journal events they come from.

import type { JournalEvent } from './journal.ts'

export const lifecycleTypes = [
  'workflow.started',
  'workflow.step_started',
  'workflow.step_completed',
  'workflow.step_failed',
  'workflow.step_retrying',
  'workflow.step_skipped',
  'workflow.step_waiting',
  'workflow.awaiting_approval',
  'workflow.approval_granted',
  'workflow.approval_rejected',
  'workflow.escalated',
  'workflow.step_compensated',
  'workflow.compensation_failed',
  'workflow.paused',
  'workflow.resumed',
  'workflow.cancelling',
  'workflow.retried',
  'workflow.migrated',
  'workflow.completed',
  'workflow.failed',
  'workflow.cancelled',
] as const
export type LifecycleType = (typeof lifecycleTypes)[number]

/** The lifecycle event a journal event is told as; undefined for those that concern the engine alone. */
export function lifecycleType(event: JournalEvent): LifecycleType | undefined {
  switch (event.type) {
    case 'step.started':
      return 'workflow.step_started'
    case 'step.waiting':
      return event.wait.on === 'approval' ? 'workflow.awaiting_approval' : 'workflow.step_waiting'
    case 'step.retrying':
      return 'workflow.step_retrying'
    case 'step.completed':
      return completedType(event.outcome)
    case 'step.failed':
      return event.outcome === 'expired' ? 'workflow.escalated' : 'workflow.step_failed'
    case 'step.skipped':
      return 'workflow.step_skipped'
    case 'compensation.completed':
      return 'workflow.step_compensated'
    case 'compensation.failed':
      return 'workflow.compensation_failed'
    case 'execution.paused':
      return 'workflow.paused'
    case 'execution.resumed':
      return 'workflow.resumed'
    case 'execution.cancelling':
      return 'workflow.cancelling'
    case 'execution.retried':
      return 'workflow.retried'
    case 'execution.migrated':
      return 'workflow.migrated'
    case 'execution.ended':
      return `workflow.${event.status}`
    case 'step.fanned_out':
    case 'compensation.retrying':
    case 'execution.failing':
      return undefined
  }
}

function completedType(outcome: string): LifecycleType {
  switch (outcome) {
    case 'approved':
      return 'workflow.approval_granted'
    case 'rejected':
      return 'workflow.approval_rejected'
    case 'expired':
      return 'workflow.escalated'
    default:
      return 'workflow.step_completed'
  }
}
