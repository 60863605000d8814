// What an execution wants written next: events, and the records that go with them.

import type { JournalEvent } from '../../kernel/plan/journal.ts'
import type { Commit } from '../../record/commit.ts'

type Lists = Omit<Commit, 'entries' | 'rests'>

/** The records of a commit, still growing. */
export type Records = { -readonly [Name in keyof Lists]: Lists[Name][number][] }

export function noRecords(): Records {
  return {
    consumed: [],
    closedWaits: [],
    approvals: [],
    forms: [],
    eventWaits: [],
    notifications: [],
    executions: [],
    signals: [],
    concurrencyMoves: [],
  }
}

/** Moves all of `from` behind what `to` holds. */
export function addRecords(to: Records, from: Partial<Records>): void {
  to.consumed.push(...(from.consumed ?? []))
  to.closedWaits.push(...(from.closedWaits ?? []))
  to.approvals.push(...(from.approvals ?? []))
  to.forms.push(...(from.forms ?? []))
  to.eventWaits.push(...(from.eventWaits ?? []))
  to.notifications.push(...(from.notifications ?? []))
  to.executions.push(...(from.executions ?? []))
  to.signals.push(...(from.signals ?? []))
  to.concurrencyMoves.push(...(from.concurrencyMoves ?? []))
}

/** Both together; most events bring nothing, and nothing is made for them. */
export function withRecords(records: Records | undefined, more: Partial<Records> | undefined): Records | undefined {
  if (more === undefined) return records
  const all = records ?? noRecords()
  addRecords(all, more)
  return all
}

/** One thing that happened. With an event, that follows from it; without, its records alone are written. */
export interface Outgoing {
  readonly event: JournalEvent | undefined
  readonly records: Partial<Records> | undefined
  /** The run that ended with it, free again once it is durable. */
  readonly run: { readonly index: number; readonly item: number | undefined } | undefined
}
