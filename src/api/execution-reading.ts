// Reads executions with their journals and folds them.

import { fold } from '../kernel/plan/fold.ts'
import { type JournalEvent, versionIdOf } from '../kernel/plan/journal.ts'
import { recordRuns } from '../kernel/plan/run-records.ts'
import type { ExecutionState } from '../kernel/plan/state.ts'
import type { Queryable } from '../record/database.ts'
import {
  type ExecutionDetail,
  findExecutionDetails,
  listExecutionVotes,
  listWaitingApprovals,
} from '../record/execution-details.ts'
import { readJournals } from '../record/journal.ts'
import { type ExecutionAnswer, keepAnswer, keptAnswer } from './ended-answers.ts'
import { type DetailBody, detailBody } from './shapes/execution-detail.ts'
import { type Asked, sayWaiting, waitingRuns } from './shapes/waiting-line.ts'
import { readTogether } from './tenant-reads.ts'
import { graphOfVersion, type VersionGraph } from './version-graphs.ts'

/** `include=votes` shows so many; the rest is on their own pages. */
const mostVotes = 1000

interface Wanted {
  readonly id: string
  readonly included: ReadonlySet<string>
  /** Epoch ms. */
  readonly now: number
}

/** The answer about an execution with the parts that are wanted; undefined when the tenant has none of the id. */
export const readExecution = readTogether(readExecutions)

async function readExecutions(
  db: Queryable,
  tenantId: string,
  wanted: readonly Wanted[],
): Promise<(ExecutionAnswer | undefined)[]> {
  const details = await findExecutionDetails(db, tenantId, [...new Set(wanted.map(({ id }) => id))])
  const stamps = new Map(details.map((execution) => [execution.id, stampOf(execution)]))
  const answers = wanted.map((one) => {
    const stamp = stamps.get(one.id)
    return stamp === undefined ? undefined : keptAnswer(questionOf(tenantId, one), stamp)
  })
  const missing = new Set(wanted.filter((_, index) => answers[index] === undefined).map(({ id }) => id))
  const folded = await foldAll(
    db,
    tenantId,
    details.filter(({ id }) => missing.has(id)),
  )
  const asked = await askedOf(db, tenantId, [...folded.values()])
  for (const [index, one] of wanted.entries()) {
    const found = folded.get(one.id)
    if (answers[index] !== undefined || found === undefined) continue
    const body = await bodyOf(db, tenantId, found, asked, one.included, one.now)
    const stamp = stamps.get(one.id)
    answers[index] =
      stamp === undefined || one.included.has('votes')
        ? { status: 200, body, isShared: false }
        : keepAnswer(questionOf(tenantId, one), stamp, body)
  }
  return answers
}

/** Of one that has ended all that may change, which is no more than a name or who was started by it. */
function stampOf(execution: ExecutionDetail): string | undefined {
  return execution.endedAt === null ? undefined : JSON.stringify(execution)
}

const questionOf = (tenantId: string, { id, included }: Wanted): string =>
  `${tenantId} ${id} ${[...included].toSorted().join()}`

async function foldAll(
  db: Queryable,
  tenantId: string,
  details: readonly ExecutionDetail[],
): Promise<Map<string, Folded>> {
  const folded = new Map<string, Folded>()
  if (details.length === 0) return folded
  const journals = await readJournals(
    db,
    details.map(({ id: executionId }) => ({ tenantId, executionId })),
  )
  for (const execution of details) {
    folded.set(execution.id, await foldExecution(db, tenantId, execution, journals.get(execution.id) ?? []))
  }
  return folded
}

interface Folded {
  readonly execution: ExecutionDetail
  readonly events: readonly JournalEvent[]
  readonly state: ExecutionState
  readonly versions: readonly number[]
}

async function foldExecution(
  db: Queryable,
  tenantId: string,
  execution: ExecutionDetail,
  events: readonly JournalEvent[],
): Promise<Folded> {
  const versions = await versionsOf(db, tenantId, execution, events)
  const graphOf = (versionId: string) => requireVersion(versions, versionId).graph
  const begun = (execution.startedAt ?? execution.createdAt).getTime()
  const state = fold(graphOf(execution.versionId), begun, events, graphOf)
  return { execution, events, state, versions: [...versions.values()].map(({ version }) => version) }
}

/** The version it started with, and those that it changed over to, in that order. */
async function versionsOf(
  db: Queryable,
  tenantId: string,
  { versionId }: ExecutionDetail,
  events: readonly JournalEvent[],
): Promise<Map<string, VersionGraph>> {
  const versions = new Map<string, VersionGraph>()
  for (const id of [versionId, ...events.map(versionIdOf)]) {
    if (id !== undefined && !versions.has(id)) versions.set(id, await graphOfVersion(db, tenantId, id))
  }
  return versions
}

function requireVersion(versions: ReadonlyMap<string, VersionGraph>, id: string): VersionGraph {
  const version = versions.get(id)
  if (version === undefined) throw new Error(`Version ${id} was not read`)
  return version
}

async function askedOf(db: Queryable, tenantId: string, folded: readonly Folded[]): Promise<Asked> {
  const ids = folded.flatMap(({ execution: { id, status }, state }) =>
    status === 'waiting' && waitingRuns(state).some(({ run }) => run.wait?.on === 'approval') ? id : [],
  )
  const approvals = ids.length === 0 ? [] : await listWaitingApprovals(db, tenantId, ids)
  return new Map(approvals.map((approval) => [approval.id, approval]))
}

async function bodyOf(
  db: Queryable,
  tenantId: string,
  folded: Folded,
  asked: Asked,
  included: ReadonlySet<string>,
  now: number,
): Promise<DetailBody> {
  const { execution, events, state } = folded
  const { votes } = included.has('votes')
    ? await listExecutionVotes(db, tenantId, execution.id, { limit: mostVotes, offset: 0 })
    : { votes: [] }
  const waitingFor = sayWaiting(execution, state, asked)
  return detailBody({ ...folded, votes, waitingFor, records: recordRuns(events) }, included, now)
}
