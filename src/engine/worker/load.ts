// Claimed executions made ready to run: their tenants and versions loaded, their journals folded.

import { failAttempt, failCompensation } from '../../kernel/plan/attempt.ts'
import { nextCommands } from '../../kernel/plan/commands.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import { type JournalEvent, versionIdOf } from '../../kernel/plan/journal.ts'
import type { ClaimedExecution } from '../../record/claims.ts'
import type { WorkerHost } from './host.ts'
import type { LoadedVersion } from './loaded-version.ts'
import { OwnedExecution } from './owned-execution.ts'
import { isPassing } from './passing.ts'

/** After so many workers have died on an execution without a rest in between, what it was running counts as lost. */
const mostTakeovers = 3
/** After so many it is given up as a whole: something that is not written down as a run keeps killing them. */
const hopelessTakeovers = 10

interface Loaded {
  readonly executions: OwnedExecution[]
  readonly failed: { readonly execution: ClaimedExecution; readonly error: unknown }[]
}

export async function loadExecutions(
  host: WorkerHost,
  claimed: readonly ClaimedExecution[],
  journals: ReadonlyMap<string, readonly JournalEvent[]>,
): Promise<Loaded> {
  const loaded: Loaded = { executions: [], failed: [] }
  for (const execution of claimed) {
    try {
      const journal = journals.get(execution.id) ?? []
      const tenant = await host.parts.findTenant(execution.tenantId)
      const versions = await versionsOf(host, execution, journal)
      const owned = new OwnedExecution(host, execution, tenant, versions, journal)
      await owned.versions.openSecrets(host.parts, execution.tenantId)
      loaded.executions.push(owned)
    } catch (error) {
      if (isPassing(error)) throw error
      loaded.failed.push({ execution, error })
    }
  }
  return loaded
}

/** Gives up what workers have died of again and again. Nothing of the execution may have been started yet. */
export function giveUpWhatKills(execution: OwnedExecution): void {
  const { takeovers } = execution.claimed
  if (takeovers >= mostTakeovers && execution.state.ending !== undefined) giveUpLostCompensation(execution)
  else if (takeovers >= hopelessTakeovers) execution.giveUp('worker_lost', `${takeovers} workers died on it.`)
  else if (takeovers >= mostTakeovers) giveUpLostRuns(execution)
}

/** The version it started with, and those that it changed over to. */
async function versionsOf(
  host: WorkerHost,
  execution: ClaimedExecution,
  journal: readonly JournalEvent[],
): Promise<Map<string, LoadedVersion>> {
  const ids = new Set([execution.versionId])
  for (const event of journal) {
    const versionId = versionIdOf(event)
    if (versionId !== undefined) ids.add(versionId)
  }
  const versions = new Map<string, LoadedVersion>()
  for (const id of ids) versions.set(id, await host.versions.get(execution.tenantId, id))
  return versions
}

/** Runs that were written down as started and killed their workers again and again: each counts as a failed attempt. */
function giveUpLostRuns(execution: OwnedExecution): void {
  const { state, host, claimed } = execution
  const now = host.parts.now()
  const message = `${claimed.takeovers} workers died while they ran it.`
  const failure = { code: 'worker_lost', message, retry: true } as const
  for (const index of state.open) {
    const step = state.steps[index]
    const runs = step?.fanOut === undefined ? [step] : step.fanOut.runs
    for (const [position, run] of runs.entries()) {
      if (run?.status !== 'running') continue
      const item = step?.fanOut === undefined ? undefined : position
      const { attempt, startedAt } = run
      const failed = { item, attempt, failure, at: now, startedAt, chance: host.parts.chance() }
      execution.deduce(failAttempt(stepAt(state.graph, index), failed))
    }
  }
}

/** While an execution winds down, all that runs is one compensation after the other. */
function giveUpLostCompensation(execution: OwnedExecution): void {
  const { state, host, claimed, runs } = execution
  const now = host.parts.now()
  const [command] = nextCommands(state, now, runs).commands
  if (command?.do !== 'compensate') return
  const { index, attempt } = command
  const message = `${claimed.takeovers} workers died while they undid it.`
  const failure = { code: 'worker_lost', message, retry: true } as const
  const failed = { attempt, failure, at: now, startedAt: undefined, chance: host.parts.chance() }
  execution.deduce(failCompensation(stepAt(state.graph, index), failed))
}
