// A real engine on a database of its own, or beside another one on the same, with a clock that the test can move.

import { forgetRecorded } from './test-pack.ts'
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { canonicalJson } from '../../src/kernel/definition/canonical-json.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import type { Json, JsonObject } from '../../src/kernel/json.ts'
import type { JournalEvent } from '../../src/kernel/plan/journal.ts'
import { isEnded } from '../../src/kernel/plan/moves.ts'
import { type Database, inTransaction, notifyRunnable, type Queryable } from '../../src/record/database.ts'
import { type Execution, findExecution, type NewExecution, startExecutions } from '../../src/record/executions.ts'
import { type JournalEntry, readJournal } from '../../src/record/journal.ts'
import { sendSignals, type SignalKind } from '../../src/record/signals.ts'
import { insertVersion } from '../../src/record/workflows.ts'
import { createTestTenant, newId, openOwnDatabase, type TestTenant } from '../setup/database.ts'
import { executionOf, type PartsSettings, testParts } from './test-parts.ts'

export interface EngineSettings extends Pick<PartsSettings, 'packs' | 'doors' | 'keeper'> {
  readonly leaseMs?: number
  readonly pollMs?: number
  readonly drainMs?: number
  readonly capacity?: number
  readonly maxPayload?: number
}

/** What an execution starts with besides its inputs. */
export type StartOptions = Partial<Pick<NewExecution, 'concurrency' | 'startedBy' | 'tenantId'>>

type Waiter = { readonly executionId: string; test(event: JournalEvent): boolean; resolve(event: JournalEvent): void }

export class TestEngine {
  readonly database: Database
  readonly tenant: TestTenant
  readonly engine: Engine
  readonly logs: { level: string; message: string; detail: JsonObject }[] = []
  /** Every event that this engine has made durable, in order. */
  readonly durable: JournalEntry[] = []
  private readonly waiters = new Set<Waiter>()
  private aheadMs = 0

  constructor(database: Database, tenant: TestTenant, settings: EngineSettings = {}) {
    this.database = database
    this.tenant = tenant
    const keeping = { fireDueSchedules: async () => 0, startChained: async () => 0 }
    const { leaseMs = 6000, pollMs = 200, drainMs = 5000, capacity = 1000, maxPayload = 1_000_000 } = settings
    const options = { name: 'test', leaseMs, pollMs, capacity, maxPayload, drainMs }
    const parts = testParts(database, {
      ...settings,
      now: this.now,
      log: (level, message, detail) => this.logs.push({ level, message, detail }),
      onDurable: (entries) => this.hear(entries),
    })
    this.engine = new Engine(database, parts, keeping, options)
  }

  now = (): number => Date.now() + this.aheadMs

  /** Moves the engine's clock and lets it look at what is due. */
  travel(ms: number): void {
    this.aheadMs += ms
    this.engine.worker.wake()
  }

  /** Saves a definition and starts an execution of it; returns its id. */
  async start(workflow: Workflow, inputs: JsonObject = {}, options: StartOptions = {}): Promise<string> {
    const [id = ''] = await this.startMany(workflow, [inputs], options)
    return id
  }

  async startMany(workflow: Workflow, inputs: readonly JsonObject[], options: StartOptions = {}): Promise<string[]> {
    await this.save(workflow, options.tenantId)
    const like = await this.row(workflow.name, {}, options.tenantId)
    const rows = inputs.map((given) => ({ ...like, ...options, id: newId(), inputs: given, trigger: given }))
    await startExecutions(this.database.engine, rows)
    await notifyRunnable(this.database.engine)
    return rows.map((row) => row.id)
  }

  /** Returns the id of the version. */
  async save(workflow: Workflow, tenantId = this.tenant.id): Promise<string> {
    const source = canonicalJson(workflow)
    const contentHash = createHash('sha256').update(source).digest('hex')
    const ids = { tenantId, workflowId: newId(), versionId: newId() }
    const given = { definition: workflow, source, contentHash, createdBy: 'test', createdAt: new Date() }
    await inTransaction(this.database.engine, (client) => insertVersion(client, { ...ids, status: 'active', ...given }))
    return (await this.row(workflow.name, {}, tenantId)).versionId
  }

  /** Starts it and waits for its end. */
  async run(workflow: Workflow, inputs: JsonObject = {}): Promise<{ execution: Execution; events: JournalEvent[] }> {
    return this.ended(await this.start(workflow, inputs))
  }

  async ended(id: string): Promise<{ execution: Execution; events: JournalEvent[] }> {
    const execution = await until(async () => {
      const found = await this.execution(id)
      return isEnded(found.status) ? found : undefined
    })
    return { execution, events: await this.events(id) }
  }

  /** Waits until all of them have ended; returns how many ended in which status. */
  async allEnded(ids: readonly string[]): Promise<Record<string, number>> {
    return until(async () => {
      const { rows } = await this.database.engine.query<{ status: string; count: number }>(
        `select status, count(*)::integer as count from execution_ends where id = any($1) group by status`,
        [ids],
      )
      const count = rows.reduce((sum, row) => sum + row.count, 0)
      return count === ids.length ? Object.fromEntries(rows.map((row) => [row.status, row.count])) : undefined
    })
  }

  /** Resolves with the last event that passes the test, past or to come, once it is durable. */
  async seen(executionId: string, test: (event: JournalEvent) => boolean): Promise<JournalEvent> {
    const coming = new Promise<JournalEvent>((resolve) => this.waiters.add({ executionId, test, resolve }))
    const past = (await this.events(executionId)).findLast(test)
    return past ?? coming
  }

  async execution(id: string): Promise<Execution> {
    const { rows } = await this.database.engine.query<{ tenant_id: string }>(
      `select tenant_id from executions where id = $1`,
      [id],
    )
    const found = await findExecution(this.database.engine, rows[0]?.tenant_id ?? this.tenant.id, id)
    if (found === undefined) throw new Error(`No execution ${id}`)
    return found
  }

  /** Waits until it is parked: nobody owns it, and only a time or a signal makes it go on. */
  async parked(id: string): Promise<Execution> {
    return until(async () => {
      const found = await this.execution(id)
      const isParked = found.workerId === null && (found.status === 'waiting' || found.status === 'paused')
      return isParked && (found.runnableAt === null || found.runnableAt.getTime() > this.now()) ? found : undefined
    })
  }

  async events(id: string): Promise<JournalEvent[]> {
    const entries = await readJournal(this.database.engine, { tenantId: this.tenant.id, executionId: id })
    return entries.map((entry) => entry.event)
  }

  async signal(executionId: string, kind: SignalKind, data: Json = {}, step?: string, item?: number): Promise<boolean> {
    const id = newId()
    const place = { ...(step !== undefined && { step }), ...(item !== undefined && { item }) }
    const signal = { tenantId: this.tenant.id, executionId, id, kind, data, createdAt: new Date(this.now()), ...place }
    return (await sendSignals(this.database.engine, [signal])).has(id)
  }

  async rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.database.engine.query<Row>(text, [...values])).rows
  }

  private async row(name: string, inputs: JsonObject, tenantId = this.tenant.id): Promise<NewExecution> {
    const found = await executionOf(this.database, tenantId, name, inputs, this.now())
    if (found === undefined) throw new Error(`No workflow ${name}`)
    return found
  }

  private hear(entries: readonly JournalEntry[]): void {
    this.durable.push(...entries)
    for (const { executionId, event } of entries) {
      for (const waiter of this.waiters) {
        if (waiter.executionId !== executionId || !waiter.test(event)) continue
        this.waiters.delete(waiter)
        waiter.resolve(event)
      }
    }
  }
}

/** An engine on a database of its own, stopped after the file's last test. */
export async function startTestEngine(settings: EngineSettings = {}): Promise<TestEngine> {
  forgetRecorded()
  const database = await openOwnDatabase()
  const engine = new TestEngine(database, await createTestTenant(database), settings)
  await engine.engine.start()
  afterAll(async () => {
    await engine.engine.stop()
    await database.close()
  })
  return engine
}

/** Long enough for any busy machine, and an end to the waiting of a test that has failed. */
const longestWaitMs = 50_000

/** Asks again and again until there is an answer: for what the database tells nobody of. */
export async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = performance.now() + longestWaitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${ask.toString()}`)
    await pause(10)
  }
}

/** The journals of executions, checked: numbered without a gap, one end at most, nothing after it. */
export async function readWholeJournals(db: Queryable, ids: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await db.query<{
    execution_id: string
    seq: number
    type: string
    step: string | null
    item: number | null
  }>(
    `select execution_id, seq, type, step, item from journal where execution_id = any($1) order by execution_id, seq`,
    [ids],
  )
  const journals = new Map<string, string[]>(ids.map((id) => [id, []]))
  for (const row of rows) {
    const journal = journals.get(row.execution_id) ?? []
    if (row.seq !== journal.length + 1)
      throw new Error(`The journal of ${row.execution_id} has a gap before ${row.seq}`)
    if (journal.includes('execution.ended')) throw new Error(`The journal of ${row.execution_id} goes on after its end`)
    const place = row.step === null ? '' : ` ${row.step}${row.item === null ? '' : `[${row.item}]`}`
    if (row.type === 'step.completed' && journal.includes(row.type + place)) throw new Error(`${place} completed twice`)
    journal.push(row.type + place)
  }
  return journals
}

/** Events in short: `completed a`, `failed b[2]`, `ended`. */
export function inShort(events: readonly JournalEvent[]): string[] {
  return events.map((event) => {
    const what = event.type.split('.')[1] ?? ''
    if (!('step' in event)) return what
    return `${what} ${event.step}${'item' in event && event.item !== undefined ? `[${event.item}]` : ''}`
  })
}
