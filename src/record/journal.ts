// The journal's rows: written in bulk by the committer, read back in order for the fold.

import type { Json } from '../kernel/json.ts'
import type { JournalEvent } from '../kernel/plan/journal.ts'
import { plainArray, textArray } from './array-text.ts'
import type { Queryable } from './database.ts'
import { jsonText } from './json-text.ts'

export interface ExecutionKey {
  readonly tenantId: string
  readonly executionId: string
}

export interface JournalEntry extends ExecutionKey {
  readonly seq: number
  readonly event: JournalEvent
}

/** The columns of the journal, and the type in which each is handed over; times as epoch milliseconds. */
const columns = {
  tenant_id: 'uuid',
  execution_id: 'uuid',
  seq: 'integer',
  type: 'journal_event',
  step: 'text',
  item: 'integer',
  attempt: 'smallint',
  outcome: 'text',
  at: 'float8',
  started_at: 'float8',
  data: 'jsonb',
} as const

const names = Object.keys(columns).join(', ')
const values = Object.entries(columns).map(([name, type]) =>
  type === 'float8' ? `to_timestamp(j.${name} / 1000)` : `j.${name}`,
)
const parameters = (suffix: string) => Object.values(columns).map((type, index) => `$${index + 2}::${type}${suffix}`)

/** Where a statement finds one event: the values of `journalRow` are its parameters from $2 on. It takes half as long to read. */
export const oneEvent = `(values (${parameters('').join(', ')}))`
/**
 * Where a statement finds many: the arrays of `journalArrays` are its parameters from $2 on. Parallel arrays are 1.1 times as
 * fast as a JSON recordset, and typed.
 */
export const manyEvents = `unnest(${parameters('[]').join(', ')})`

/** Writes events, as far as the fence of the statement is open. */
export const insertEvents = (source: string): string =>
  `insert into journal (${names}) select ${values.join(', ')} from fence, ${source} as j (${names})`

/** One event as the values that `oneEvent` takes. */
export function journalRow({ tenantId, executionId, seq, event }: JournalEntry): unknown[] {
  const { step, item, attempt, outcome, startedAt, data } = rowOf(event)
  const { type, at } = event
  return [tenantId, executionId, seq, type, step, item, attempt, outcome, at, startedAt, data]
}

/** Events as the parallel arrays that `manyEvents` takes. */
export function journalArrays(entries: readonly JournalEntry[]): string[] {
  const rows = entries.map(({ event }) => rowOf(event))
  return [
    plainArray(entries.map(({ tenantId }) => tenantId)),
    plainArray(entries.map(({ executionId }) => executionId)),
    plainArray(entries.map(({ seq }) => seq)),
    plainArray(entries.map(({ event }) => event.type)),
    textArray(rows.map(({ step }) => step)),
    plainArray(rows.map(({ item }) => item)),
    plainArray(rows.map(({ attempt }) => attempt)),
    textArray(rows.map(({ outcome }) => outcome)),
    plainArray(entries.map(({ event }) => event.at)),
    plainArray(rows.map(({ startedAt }) => startedAt)),
    textArray(rows.map(({ data }) => data)),
  ]
}

interface EventRow {
  readonly step: string | null
  readonly item: number | null
  readonly attempt: number | null
  readonly outcome: string | null
  readonly startedAt: number | null
  readonly data: string | null
}

/** What nearly every event says is not written: a first attempt, and completion in no time and without an output. */
function rowOf(event: JournalEvent): EventRow {
  if (event.type !== 'step.completed') return anyRow(event)
  const { step, item = null, attempt, outcome, output, at, startedAt = at } = event
  return {
    step,
    item,
    attempt: attempt === 1 ? null : attempt,
    outcome: outcome === 'completed' ? null : outcome,
    startedAt: startedAt === at ? null : startedAt,
    data: output === null ? null : jsonText({ output }),
  }
}

interface Common {
  readonly step?: string
  readonly item?: number
  readonly attempt?: number
  readonly outcome?: string
  readonly output?: Json
}

function anyRow(event: JournalEvent): EventRow {
  const { type, at: _at, startedAt = null, ...rest } = event
  const { step, item, attempt = 1, outcome = 'completed', output, ...others }: object & Common = rest
  const isPlain = output === undefined || (output === null && type === 'compensation.completed')
  const data = isPlain ? others : { ...others, output }
  return {
    step: step ?? null,
    item: item ?? null,
    attempt: attempt === 1 ? null : attempt,
    outcome: outcome === 'completed' ? null : outcome,
    startedAt,
    data: Object.keys(data).length === 0 ? null : jsonText(data),
  }
}

export interface JournalRow {
  readonly execution_id: string
  readonly type: string
  readonly step: string | null
  readonly item: number | null
  readonly attempt: number | null
  readonly outcome: string | null
  readonly at: Date
  readonly started_at: Date | null
  readonly data: object | null
}

/** The events of some executions, in order, by execution id. */
export async function readJournals(db: Queryable, keys: readonly ExecutionKey[]): Promise<Map<string, JournalEvent[]>> {
  const { rows } = await db.query<JournalRow>({
    name: 'read_journals',
    text: `select j.execution_id, type, step, item, attempt, outcome, at, started_at, data
      from unnest($1::uuid[], $2::uuid[]) as k (tenant_id, execution_id)
      join journal j on j.tenant_id = k.tenant_id and j.execution_id = k.execution_id
      order by j.execution_id, j.seq`,
    values: [keys.map((key) => key.tenantId), keys.map((key) => key.executionId)],
  })
  const journals = new Map<string, JournalEvent[]>(keys.map((key) => [key.executionId, []]))
  for (const row of rows) journals.get(row.execution_id)?.push(eventOf(row))
  return journals
}

/** The events of one execution after a position, for whoever follows it; all of them, or so many at most. */
export async function readJournal(
  db: Queryable,
  key: ExecutionKey,
  afterSeq = 0,
  most: number | null = null,
): Promise<{ seq: number; event: JournalEvent }[]> {
  const { rows } = await db.query<JournalRow & { seq: number }>({
    name: 'read_journal',
    text: `select execution_id, seq, type, step, item, attempt, outcome, at, started_at, data
      from journal where tenant_id = $1 and execution_id = $2 and seq > $3 order by seq limit $4`,
    values: [key.tenantId, key.executionId, afterSeq, most],
  })
  return rows.map((row) => ({ seq: row.seq, event: eventOf(row) }))
}

const isCompletion = (type: string): boolean => type === 'step.completed' || type === 'compensation.completed'

export function eventOf(row: JournalRow): JournalEvent {
  const isAttempt = row.type.startsWith('step.') && row.type !== 'step.fanned_out' && row.type !== 'step.skipped'
  const event = {
    type: row.type,
    at: row.at.getTime(),
    ...((row.started_at !== null || row.type === 'step.completed') && {
      startedAt: (row.started_at ?? row.at).getTime(),
    }),
    ...(row.step !== null && { step: row.step }),
    ...(row.item !== null && { item: row.item }),
    ...((isAttempt || row.type.startsWith('compensation.')) && { attempt: row.attempt ?? 1 }),
    ...((row.type === 'step.completed' || row.outcome !== null) && { outcome: row.outcome ?? 'completed' }),
    ...(isCompletion(row.type) && { output: null }),
    ...row.data,
  }
  // oxlint-disable-next-line typescript/consistent-type-assertions -- written by `journalArrays`, behind the fence: the shape is ours
  return event as JournalEvent
}

/**
 * Whether a commit whose answer never came was written. It was written as a whole or not at all, so its first event, or
 * its first rest, speaks for it. An event with its number may also be another worker's, once this one has lost its lease.
 */
export async function wasCommitted(
  db: Queryable,
  workerId: string,
  commit: { readonly entries: readonly JournalEntry[]; readonly rests: readonly ExecutionKey[] },
): Promise<boolean> {
  const [entry] = commit.entries
  const [rest] = commit.rests
  if (entry !== undefined) {
    const { rowCount } = await db.query(
      `select from journal where tenant_id = $1 and execution_id = $2 and seq = $3
        and exists (select from workers where id = $4 and status = 'alive')`,
      [entry.tenantId, entry.executionId, entry.seq, workerId],
    )
    return rowCount === 1
  }
  if (rest === undefined) return false
  const { rowCount } = await db.query(
    `select from live_executions where tenant_id = $1 and id = $2 and worker_id = $3`,
    [rest.tenantId, rest.executionId, workerId],
  )
  return rowCount === 0
}
